/* Enrolld.Domain, second half: people of the domain log in here by sssd, or nobody but this machine
 * is a member. What --login said counts more than the document. */
#include "client/apply.h"

#include <string.h>

#include "client/login.h"
#include "client/login_text.h"
#include "client/put.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"
#include "lib/wire/wapdoc_names.h"

#define KRB5_CONF "/etc/krb5.conf"
#define KRB5_DIR "/etc/krb5.conf.d"
#define KRB5_OURS KRB5_DIR "/enroll.conf"
#define OURS "# Written by enroll."
#define START_SECONDS 3

/* What sssd leaves of a domain: names of its people, and hashes of their passwords. %d: the domain,
 * %r: the realm, %u: the domain with _ for a dot. */
static const char *const traces[] = {
	"/var/lib/sss/db/cache_%d.ldb",
	"/var/lib/sss/db/timestamps_%d.ldb",
	"/var/lib/sss/db/ccache_%r",
	"/var/lib/sss/pubconf/kdcinfo.%r",
	"/var/lib/sss/pubconf/kpasswdinfo.%r",
	"/var/lib/sss/pubconf/krb5.include.d/domain_realm_%u",
	"/var/lib/sss/mc/passwd",
	"/var/lib/sss/mc/group",
	"/var/lib/sss/mc/initgroups",
	"/var/lib/sss/mc/sid",
};

static int wants_login(const struct apply *a)
{
	const char *wish = a->state->login_wish;

	return wish != NULL ? text_equal(wish, "sssd") : a->domain.login;
}

/* sssd serves somebody else already: two masters would not do. */
static int is_taken(struct apply *a, struct fail *f)
{
	autoclean(text_free) char *path = place_file(a->place, LOGIN_SSSD_CONF);
	autoclean(bytes_wipe) struct bytes data = BYTES_INIT;
	int there = put_read(path, &data, NULL, f);

	if (there <= 0)
		return there;
	if (strncmp((const char *)data.data, OURS, strlen(OURS)) == 0 ||
		strstr((const char *)data.data, "[domain/") == NULL)
		return 0;
	fail(f, ENR_LOGIN_TAKEN, "%s has a domain", LOGIN_SSSD_CONF);
	return fail_told(f, "%s serves another domain.", LOGIN_SSSD_CONF);
}

static int look(struct apply *a, const struct wapdoc_node *n, struct fail *f)
{
	int wanted = wants_login(a);

	(void)n;
	text_free(&a->state->login);
	if (a->domain.account == NULL) {
		if (!wanted)
			return 0;
		fail(f, ENR_LOGIN_MISSING, "the domain has no Kerberos");
		return fail_told(f, "This domain has no Kerberos for sssd to use.");
	}
	a->state->login = mem_text(wanted ? "sssd" : "none");
	if (!wanted)
		return 0;
	return login_installed(a->place, f) < 0 ? -1 : is_taken(a, f);
}

static int put(struct apply *a, const char *path, const struct str *text, mode_t mode,
	struct fail *f)
{
	struct bytes data = { (uint8_t *)text->data, text->len };

	if (text->overflow)
		return fail(f, ENR_APPLY_FAILED, "%s would be too large", path);
	return journal_put(a->journal, path, &data, mode, f);
}

static int read_text(struct apply *a, const char *name, struct bytes *out, struct fail *f)
{
	autoclean(text_free) char *path = place_file(a->place, name);

	return put_read(path, out, NULL, f);
}

/* Our file first: what names it must not be there before it. */
static int put_krb5(struct apply *a, struct fail *f)
{
	autoclean(str_free) struct str ours = STR_INIT(PLACE_TEXT_MAX);
	autoclean(str_free) struct str whole = STR_INIT(PUT_MAX);
	autoclean(bytes_free) struct bytes data = BYTES_INIT;

	login_krb5_conf(&a->domain, &ours);
	if (put(a, KRB5_OURS, &ours, 0644, f) < 0 || read_text(a, KRB5_CONF, &data, f) < 0)
		return -1;
	if (login_include((const char *)data.data, KRB5_DIR, &whole))
		return 0;
	return put(a, KRB5_CONF, &whole, 0644, f);
}

static int put_nsswitch(struct apply *a, struct fail *f)
{
	autoclean(str_free) struct str whole = STR_INIT(PUT_MAX);
	autoclean(bytes_free) struct bytes data = BYTES_INIT;

	if (read_text(a, LOGIN_NSSWITCH, &data, f) < 0)
		return -1;
	if (login_nsswitch((const char *)data.data, &whole))
		return 0;
	return put(a, LOGIN_NSSWITCH, &whole, 0644, f);
}

/* free() it. */
static char *trace_path(const struct domain *d, const char *pattern)
{
	autoclean(text_free) char *under = mem_text(d->dns);
	size_t before = strcspn(pattern, "%");
	const char *name = d->dns;

	for (char *c = under; *c; c++)
		if (*c == '.')
			*c = '_';
	if (pattern[before] == '\0')
		return mem_text(pattern);
	if (pattern[before + 1] == 'r')
		name = d->realm;
	if (pattern[before + 1] == 'u')
		name = under;
	return mem_printf("%.*s%s%s", (int)before, pattern, name, pattern + before + 2);
}

static int put_sssd(struct apply *a, struct fail *f)
{
	autoclean(str_free) struct str conf = STR_INIT(PLACE_TEXT_MAX);
	const struct domain *d = &a->domain;

	for (size_t i = 0; i < ARRAY_LEN(traces); i++) {
		autoclean(text_free) char *path = trace_path(d, traces[i]);

		if (journal_trace(a->journal, path, f) < 0)
			return -1;
	}
	login_sssd_conf(d, a->state->fqdn ? a->state->fqdn : d->dns, &conf);
	return put(a, LOGIN_SSSD_CONF, &conf, 0600, f);
}

static int apply(struct apply *a, const struct wapdoc_node *n, struct str *words, struct fail *f)
{
	int nsswitch;

	(void)n;
	if (!text_equal(a->state->login, "sssd")) {
		str_text_add(words, "of the domain: none");
		return 0;
	}
	/* PAM first: a tool that refuses leaves nothing else to put back. */
	if (login_pam(a->journal, &nsswitch, f) < 0 || put_krb5(a, f) < 0 || put_sssd(a, f) < 0 ||
		(!nsswitch && put_nsswitch(a, f) < 0))
		return -1;
	if (!a->place->live) {
		str_text_add(words, "krb5.conf, sssd.conf, NSS; PAM is for its own tool, in there");
		return 0;
	}
	if (login_service(a->journal, f) < 0)
		return -1;
	str_printf(words, "krb5.conf, sssd.conf, NSS, PAM; homes are made at first login%s",
		login_runs(a->place, START_SECONDS) ? "" : "; now start sssd");
	return 0;
}

const struct section section_login = {
	.type = WAPDOC_DOMAIN,
	.name = "Login",
	.label = "Login",
	.look = look,
	.apply = apply,
};
