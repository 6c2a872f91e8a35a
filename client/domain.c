#include "client/domain.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/encode.h"
#include "lib/base/str.h"
#include "lib/base/text.h"
#include "lib/wire/native_keys.h"
#include "lib/wire/wapdoc_names.h"

#define SECRET_MAX 1024
#define KEY_VERSION_MAX 2147483647

static int is_anything(const char *t);
static int is_account(const char *t);
static int is_sid(const char *t);

enum letters { AS_IS,
	LOWER,
	UPPER };

/* Texts of the section. Those that go with an account must be there if it is. */
static const struct {
	const char *parm;
	size_t at;
	int (*is_ok)(const char *t);
	enum letters letters;
	int needed, needed_with_account;
} texts[] = {
	{ WAPDOC_DNS_DOMAIN, offsetof(struct domain, dns), text_is_hostname, LOWER, 1, 1 },
	{ WAPDOC_DIRECTORY_SERVER, offsetof(struct domain, server), is_anything, AS_IS, 0, 0 },
	{ WAPDOC_DN, offsetof(struct domain, object), is_anything, AS_IS, 0, 0 },
	{ WAPDOC_ACCOUNT, offsetof(struct domain, account), is_account, AS_IS, 0, 1 },
	{ WAPDOC_REALM, offsetof(struct domain, realm), text_is_hostname, UPPER, 0, 1 },
	{ WAPDOC_NETBIOS_DOMAIN, offsetof(struct domain, netbios), text_is_label, AS_IS, 0, 0 },
	{ WAPDOC_SID, offsetof(struct domain, sid), is_sid, AS_IS, 0, 0 },
	{ WAPDOC_DOMAIN_CONTROLLER, offsetof(struct domain, controller), text_is_hostname, LOWER, 0,
		0 },
};

static int is_anything(const char *t)
{
	return !text_has_control(t, strlen(t));
}

static int is_account(const char *t)
{
	size_t len = strlen(t);

	if (len < 2 || len > DOMAIN_ACCOUNT_MAX || t[len - 1] != '$')
		return 0;
	for (size_t i = 0; i < len - 1; i++)
		if (!isalnum((unsigned char)t[i]) && strchr("-_.", t[i]) == NULL)
			return 0;
	return 1;
}

static int is_sid(const char *t)
{
	return strncmp(t, "S-1-", 4) == 0 && strspn(t + 4, "0123456789-") == strlen(t + 4);
}

/* "HOST/name": a word, and a host name or label. */
static int is_service(const char *t)
{
	size_t word = strcspn(t, "/");

	for (size_t i = 0; i < word; i++)
		if (!isalnum((unsigned char)t[i]))
			return 0;
	return word > 0 && word < 32 && t[word] == '/' && text_is_hostname(t + word + 1);
}

void domain_clear(struct domain *d)
{
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		text_free((char **)((char *)d + texts[i].at));
	for (size_t i = 0; i < d->n_services; i++)
		text_free(&d->service[i]);
	bytes_wipe(&d->password);
	*d = (struct domain){ 0 };
}

static int read_texts(const struct wapdoc_node *n, struct domain *d, struct fail *f)
{
	int account = wapdoc_value(n, WAPDOC_ACCOUNT) != NULL;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		const char *value = wapdoc_value(n, texts[i].parm);
		char **at = (char **)((char *)d + texts[i].at);

		if (value == NULL && !texts[i].needed &&
			(!account || !texts[i].needed_with_account))
			continue;
		if (value == NULL)
			return fail(f, ENR_DOCUMENT_INVALID, "no %s", texts[i].parm);
		if (!texts[i].is_ok(value) || value[0] == '\0')
			return fail(f, ENR_DOCUMENT_INVALID, "%s is not usable", texts[i].parm);
		*at = mem_text(value);
		for (char *c = *at; *c && texts[i].letters != AS_IS; c++)
			*c = (char)(texts[i].letters == LOWER ? tolower((unsigned char)*c)
							      : toupper((unsigned char)*c));
	}
	return 0;
}

static int read_services(const struct wapdoc_node *n, struct domain *d, struct fail *f)
{
	autoclean(text_free) char *copy = mem_text(wapdoc_value(n, WAPDOC_SERVICE_PRINCIPALS));
	char *rest = copy, *word;

	while (rest != NULL && (word = strsep(&rest, " ")) != NULL) {
		if (word[0] == '\0')
			continue;
		if (!is_service(word) || d->n_services == DOMAIN_SERVICES_MAX)
			return fail(f, ENR_DOCUMENT_INVALID, "%s is not usable",
				WAPDOC_SERVICE_PRINCIPALS);
		d->service[d->n_services++] = mem_text(word);
	}
	return 0;
}

static int open_password(const struct wapdoc_node *doc, const struct wapdoc_node *n,
	const uint8_t key[AEAD_KEY_LEN], struct domain *d, struct fail *f)
{
	const struct wapdoc_node *e = wapdoc_find(doc, WAPDOC_ENROLLMENT);
	const char *id = e ? wapdoc_value(e, WAPDOC_ENROLLMENT_ID) : NULL;
	const char *text = wapdoc_value(n, WAPDOC_MACHINE_PASSWORD);
	autoclean(str_free) struct str aad = STR_INIT(512);
	autoclean(bytes_free) struct bytes sealed = BYTES_INIT;
	struct bytes bound;

	if (text == NULL || id == NULL)
		return fail(f, ENR_DOCUMENT_INVALID, "no %s",
			text ? WAPDOC_ENROLLMENT_ID : WAPDOC_MACHINE_PASSWORD);
	if (key == NULL)
		return fail(f, ENR_LOCAL_STATE, "the key of the document's secrets is gone");
	native_secret_aad(WAPDOC_MACHINE_PASSWORD, id, &aad);
	bound = (struct bytes){ (uint8_t *)aad.data, aad.len };
	if (b64_decode(text, strlen(text), SECRET_MAX, &sealed) < 0 ||
		pki_open(key, &bound, sealed.data, sealed.len, &d->password) < 0)
		return fail(f, ENR_DOCUMENT_INVALID, "%s does not open", WAPDOC_MACHINE_PASSWORD);
	if (d->password.len == 0 ||
		!text_is_utf8((const char *)d->password.data, d->password.len))
		return fail(f, ENR_DOCUMENT_INVALID, "%s is not usable", WAPDOC_MACHINE_PASSWORD);
	return 0;
}

static int read_account(const struct wapdoc_node *n, struct domain *d, struct fail *f)
{
	const char *version = wapdoc_value(n, WAPDOC_KEY_VERSION);
	const char *login = wapdoc_value(n, WAPDOC_LOGIN);

	if (version == NULL || text_number(version, 1, KEY_VERSION_MAX, &d->key_version) < 0)
		return fail(f, ENR_DOCUMENT_INVALID, "%s is not usable", WAPDOC_KEY_VERSION);
	if (login != NULL && !text_equal(login, "sssd") && !text_equal(login, "none"))
		return fail(f, ENR_DOCUMENT_INVALID, "%s is not usable", WAPDOC_LOGIN);
	d->login = text_equal(login, "sssd");
	return read_services(n, d, f);
}

int domain_read(const struct wapdoc_node *doc, const struct wapdoc_node *n,
	const uint8_t key[AEAD_KEY_LEN], struct domain *out, struct fail *f)
{
	autoclean(domain_clear) struct domain d = { 0 };

	if (read_texts(n, &d, f) < 0)
		return -1;
	if (d.account != NULL &&
		(read_account(n, &d, f) < 0 || open_password(doc, n, key, &d, f) < 0))
		return -1;
	domain_clear(out);
	*out = d;
	d = (struct domain){ 0 };
	return 0;
}
