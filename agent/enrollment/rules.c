#include "agent/enrollment/rules.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/encode.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

static int first_label_is(const char *host, const char *name)
{
	size_t len = strlen(name);

	return strncasecmp(host, name, len) == 0 && (host[len] == '.' || host[len] == '\0');
}

int rules_url_host(const char *url, char *out, size_t size)
{
	const char *host = strstr(url, "://"), *at;
	size_t len;

	if (!host)
		return -1;
	host += 3;
	len = strcspn(host, "/?#");
	at = memrchr(host, '@', len);
	if (at) {
		len -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	if (memchr(host, ':', len))
		len = (size_t)((const char *)memchr(host, ':', len) - host);
	if (len == 0 || len >= size)
		return -1;
	memcpy(out, host, len);
	out[len] = '\0';
	return 0;
}

static int reserved(struct fail *f, const char *name, const char *by)
{
	fail(f, ENR_NAME_RESERVED, "%s: %s", name, by);
	return fail_told(f, "%s: %s", name, by);
}

/* cn=NAME,… is the account that makes the objects. */
static int is_agents_own(const struct conf *c, const char *name)
{
	const char *value = c->bind_dn ? strchr(c->bind_dn, '=') : NULL;
	size_t len = strlen(name);

	if (!value)
		return 0;
	value += 1 + strspn(value + 1, " ");
	return strncasecmp(value, name, len) == 0 && strchr(",+ ", value[len]);
}

int rules_name(const struct conf *c, const char *name, struct fail *f)
{
	char host[256], quoted[272];

	if (!text_is_label(name)) {
		fail(f, ENR_NAME_INVALID,
			"%s: a name is 1 to 63 letters, digits and dashes, no dash at an end, not "
			"all "
			"digits",
			text_quote(name, 64, quoted, sizeof(quoted)));
		return fail_told(f, "a name is 1 to 63 letters, digits and dashes, not all digits");
	}
	for (size_t i = 0; i < c->reserved_names.n; i++) {
		if (text_equal_ci(c->reserved_names.item[i], name))
			return reserved(f, name, "on the list reserved-names");
	}
	if (is_agents_own(c, name))
		return reserved(f, name, "the name of the server's account in the directory");
	for (size_t i = 0; i < c->n_listener; i++) {
		for (size_t k = 0; k < c->listener[i].public_name.n; k++) {
			if (first_label_is(c->listener[i].public_name.item[k], name))
				return reserved(f, name, "the server's own name");
		}
	}
	for (size_t i = 0; i < c->n_profile; i++) {
		const char *url = c->profile[i].dm_server;

		if (url && rules_url_host(url, host, sizeof(host)) == 0 &&
			first_label_is(host, name))
			return reserved(f, name, "the DM server's name");
	}
	return 0;
}

int rules_lifetime(const struct conf *c, int64_t wanted, int64_t *seconds, struct fail *f)
{
	char given[48], longest[48];

	if (wanted == 0)
		wanted = c->default_lifetime;
	if (wanted < RULES_LIFETIME_MIN || wanted > c->max_lifetime) {
		text_duration_words(c->max_lifetime, longest, sizeof(longest));
		fail(f, ENR_LIFETIME_INVALID, "%s; it is between 1 minute and %s",
			text_duration_words(wanted, given, sizeof(given)), longest);
		return fail_told(f, "between one minute and %s", longest);
	}
	*seconds = wanted;
	return 0;
}

char *rules_fqdn(const char *name, const char *suffix)
{
	char *fqdn = mem_printf("%s.%s", name, suffix);

	for (char *p = fqdn; *p; p++)
		*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
	return fqdn;
}

static enum key_kind effective_kind(const struct pki_csr *csr)
{
	if (csr->rsa_bits >= 2048 && csr->rsa_bits <= 4096)
		return csr->rsa_bits == 4096 ? KEY_RSA4096 :
			csr->rsa_bits >= 3072 ? KEY_RSA3072 : KEY_RSA2048;
	return csr->rsa_bits ? KEY_NONE : csr->kind;
}

const char *rules_key_words(const struct pki_csr *csr)
{
	return csr->kind == KEY_P256 ? "P-256" : csr->kind == KEY_P384 ? "P-384" :
		csr->key_words[0] ? csr->key_words : key_kind_name(csr->kind);
}

static int is_of_use(const struct conf *c, const struct conf_profile *p, enum key_kind kind)
{
	if (!text_equal(c->flavour, "ad"))
		return 1;
	return p && p->pkinit ? kind == KEY_RSA2048 || kind == KEY_RSA3072 || kind == KEY_RSA4096
			      : kind != KEY_ED25519;
}

int rules_key(const struct conf *c, const struct conf_profile *p, const struct pki_csr *csr,
	struct fail *f)
{
	autoclean(str_free) struct str list = STR_INIT(FAIL_TOLD_MAX);
	enum key_kind kind = effective_kind(csr);

	for (size_t i = 0; i < c->key_types.n; i++) {
		enum key_kind accepted = key_kind_find(c->key_types.item[i]);

		if (!is_of_use(c, p, accepted))
			continue;
		if (kind != KEY_NONE && accepted == kind)
			return 0;
		str_printf(&list, "%s%s", list.len ? ", " : "", c->key_types.item[i]);
	}
	fail(f, ENR_KEY_REFUSED, "%s is not accepted; accepted are %s", rules_key_words(csr),
		str_text(&list));
	return fail_told(f, "accepted are %s", str_text(&list));
}

int rules_dialect(const char *dialects, const char *dialect, struct fail *f)
{
	size_t len = strlen(dialect);

	for (const char *p = dialects; p && *p;) {
		size_t n = strcspn(p, ",");

		if (n == len && memcmp(p, dialect, n) == 0)
			return 0;
		p += n;
		p += *p == ',';
	}
	return fail(f, ENR_DIALECT_REFUSED, "dialect %s, the record allows %s", dialect,
		dialects ? dialects : "none");
}

int rules_server_name(const struct conf_listener *l, const char *name, struct fail *f)
{
	if (!l)
		return fail(f, ENR_SERVER_NAME_UNKNOWN, "%s: no such listener", name);
	for (size_t i = 0; i < l->public_name.n; i++) {
		if (text_equal_ci(l->public_name.item[i], name))
			return 0;
	}
	return fail(f, ENR_SERVER_NAME_UNKNOWN, "%s is not a public-name of [listener %s]", name,
		l->name);
}

int64_t rules_good_until(const struct store_record *r, int64_t now)
{
	switch (r->state) {
	case RECORD_PENDING:
	case RECORD_CLAIMED:
	case RECORD_ISSUED:
	case RECORD_UNCERTAIN:
		return r->expires > now ? r->expires : 0;
	default:
		return 0;
	}
}

static int refuse_pending(const struct store_record *r, int64_t now, struct fail *f)
{
	char when[CLOCK_TEXT_MAX];

	if (now < r->not_before)
		return fail(f, ENR_PASSWORD_EARLY, "%s: valid from %s", r->id,
			clock_text(r->not_before, when));
	if (now >= r->expires)
		return fail(f, ENR_PASSWORD_EXPIRED, "%s: expired %s", r->id,
			clock_text(r->expires, when));
	return 0;
}

int rules_may_go_on(const struct store_record *r, int64_t now, struct fail *f)
{
	switch (r->state) {
	case RECORD_PENDING:
		return refuse_pending(r, now, f);
	case RECORD_CLAIMED:
	case RECORD_ISSUED:
	case RECORD_UNCERTAIN:
		return 0; /* the same key may go on; the claim knows the key */
	case RECORD_ENROLLED:
		if (now < store_window(r))
			return 0;
		return fail(f, ENR_PASSWORD_USED, "%s: enrolled, and its time is over", r->id);
	case RECORD_CANCELED:
		return fail(f, ENR_PASSWORD_CANCELED, "%s: canceled", r->id);
	default:
		return fail(f, ENR_PASSWORD_USED, "%s: %s", r->id,
			record_state_word(r->state, r->expires, now));
	}
}

void rules_mark(const struct store_record *r, char out[RULES_MARK_MAX])
{
	autoclean(str_free) struct str nonce = STR_INIT(2 * STORE_NONCE_LEN);

	hex_add(&nonce, r->nonce, sizeof(r->nonce));
	snprintf(out, RULES_MARK_MAX, "1:%s:%lld:%s", r->id, (long long)r->epoch, str_text(&nonce));
}
