/* The domain section of a document, and what is written of it where people log in: nothing a server
 * says may add a line, a section or a word of its own to those files. And the files of the machine
 * that get a line of ours: adding it twice is adding it once. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client/domain.h"
#include "client/login_text.h"
#include "lib/base/clean.h"
#include "lib/wire/wapdoc_names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const uint8_t key[AEAD_KEY_LEN]; /* zeros, as of the seeds */

static size_t count(const char *text, char c)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == c;
	return n;
}

static void check_files(const struct domain *d)
{
	autoclean(str_free) struct str krb5 = STR_INIT(65536), sssd = STR_INIT(65536);
	size_t more = d->controller != NULL;

	login_krb5_conf(d, &krb5);
	login_sssd_conf(d, "a.example", &sssd);
	if (krb5.overflow || sssd.overflow)
		abort();
	if (count(str_text(&krb5), '\n') != 15 + more || count(str_text(&krb5), '[') != 3 ||
		count(str_text(&krb5), '{') != 1 || count(str_text(&krb5), '#') != 1)
		abort();
	if (count(str_text(&sssd), '\n') != 20 || count(str_text(&sssd), '[') != 2 ||
		count(str_text(&sssd), '=') != 16 || count(str_text(&sssd), ',') != 1 + more)
		abort();
}

static void read_document(const uint8_t *data, size_t len)
{
	autoclean(wapdoc_free) struct wapdoc_node *doc = wapdoc_parse(data, len, NULL);
	const struct wapdoc_node *n = doc ? wapdoc_find(doc, WAPDOC_DOMAIN) : NULL;
	autoclean(domain_clear) struct domain d = { 0 };

	if (n == NULL || domain_read(doc, n, key, &d, NULL) < 0)
		return;
	if (d.dns == NULL || (d.account != NULL && (d.realm == NULL || d.password.len == 0)))
		abort();
	if (d.account != NULL)
		check_files(&d);
}

static void read_text(const char *text, size_t len)
{
	autoclean(str_free) struct str out = STR_INIT(2 * len + 256), again = STR_INIT(4096);

	if (login_nsswitch(text, &out) == 0 && login_nsswitch(str_text(&out), &again) != 1)
		abort();
	str_clear(&out);
	if (login_include(text, "/etc/krb5.conf.d", &out) == 0 &&
		login_include(str_text(&out), "/etc/krb5.conf.d", &again) != 1)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	autoclean(text_free) char *text = mem_textn((const char *)data, len);

	read_document(data, len);
	read_text(text, len);
	return 0;
}
