#include "client/ticket.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <krb5.h>
#include <profile.h>

#include "lib/base/clean.h"

#define SECONDS 12

/* What a KDC's refusals mean; anything else leaves the question open. */
static const struct {
	krb5_error_code error;
	enum code code;
} answers[] = {
	{ KRB5KDC_ERR_PREAUTH_FAILED, ENR_KEY_UNKNOWN },
	{ KRB5KRB_AP_ERR_BAD_INTEGRITY, ENR_KEY_UNKNOWN },
	{ KRB5KDC_ERR_ETYPE_NOSUPP, ENR_KEY_UNKNOWN },
	{ KRB5_KT_NOTFOUND, ENR_KEY_UNKNOWN },
	{ KRB5KDC_ERR_KEY_EXP, ENR_KEY_UNKNOWN },
	{ KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, ENR_ACCOUNT_UNKNOWN },
	{ KRB5KDC_ERR_CLIENT_REVOKED, ENR_ACCOUNT_DISABLED },
	{ KRB5KDC_ERR_NAME_EXP, ENR_ACCOUNT_DISABLED },
	{ KRB5KRB_AP_ERR_SKEW, ENR_CLOCK_WRONG },
	{ KRB5_KDCREP_SKEW, ENR_CLOCK_WRONG },
};

static const enum code codes[] = {
	ENR_KEY_UNKNOWN,
	ENR_ACCOUNT_UNKNOWN,
	ENR_ACCOUNT_DISABLED,
	ENR_CLOCK_WRONG,
	ENR_NONE,
};

struct ticket {
	const struct ticket_of *of;
	const char *name; /* ACCOUNT@REALM */
	krb5_context ctx;
	krb5_keytab kt; /* in memory */
};

static int failed(struct ticket *t, krb5_error_code rc, const char *what, struct fail *f)
{
	const char *text = krb5_get_error_message(t->ctx, rc);
	enum code code = ENR_CONTROLLER_UNREACHABLE;

	for (size_t i = 0; i < ARRAY_LEN(answers); i++)
		if (answers[i].error == rc)
			code = answers[i].code;
	fail(f, code, "%s: %s", what, text);
	krb5_free_error_message(t->ctx, text);
	return -1;
}

/* From the octets to a keytab in memory: later the child may open no file of root's. */
static krb5_error_code copy_keys(struct ticket *t, const char *file)
{
	krb5_keytab from;
	krb5_kt_cursor cursor;
	krb5_keytab_entry e;
	krb5_error_code rc = krb5_kt_resolve(t->ctx, file, &from);

	if (rc == 0)
		rc = krb5_kt_resolve(t->ctx, "MEMORY:machine", &t->kt);
	if (rc == 0)
		rc = krb5_kt_start_seq_get(t->ctx, from, &cursor);
	while (rc == 0 && (rc = krb5_kt_next_entry(t->ctx, from, &e, &cursor)) == 0) {
		rc = krb5_kt_add_entry(t->ctx, t->kt, &e);
		krb5_free_keytab_entry_contents(t->ctx, &e);
	}
	return rc == KRB5_KT_END ? 0 : rc;
}

static int begin(void *arg, struct fail *f)
{
	struct ticket *t = arg;
	const char *files[] = { t->of->conf, NULL };
	const struct bytes *keytab = t->of->keytab;
	int fd = memfd_create("keytab", MFD_CLOEXEC);
	profile_t profile;
	char name[64];
	krb5_error_code rc;

	if (fd < 0 || write(fd, keytab->data, keytab->len) != (ssize_t)keytab->len)
		return fail_errno(f, ENR_CONTROLLER_UNREACHABLE, "memory for a keytab");
	if (profile_init(files, &profile) != 0 ||
		krb5_init_context_profile(profile, 0, &t->ctx) != 0)
		return fail(f, ENR_CONTROLLER_UNREACHABLE, "%s cannot be read", t->of->conf);
	snprintf(name, sizeof(name), "FILE:/proc/self/fd/%d", fd);
	rc = copy_keys(t, name);
	return rc ? failed(t, rc, "keytab", f) : 0;
}

static int go(void *arg, char words[ERRAND_WORDS_MAX], struct fail *f)
{
	struct ticket *t = arg;
	krb5_principal who;
	krb5_creds creds;
	krb5_error_code rc = krb5_parse_name(t->ctx, t->name, &who);

	if (rc == 0)
		rc = krb5_get_init_creds_keytab(t->ctx, &creds, who, t->kt, 0, NULL, NULL);
	if (rc != 0)
		return failed(t, rc, t->name, f);
	snprintf(words, ERRAND_WORDS_MAX, "ticket for %s with the keytab", t->name);
	return 0;
}

int ticket_ask(const struct ticket_of *of, char words[ERRAND_WORDS_MAX], struct fail *f)
{
	autoclean(text_free) char *name = mem_printf("%s@%s", of->account, of->realm);
	struct ticket t = { .of = of, .name = name };
	const struct errand e = { .begin = begin,
		.go = go,
		.arg = &t,
		.seconds = SECONDS,
		.late = ENR_CONTROLLER_UNREACHABLE,
		.codes = codes };

	return errand_run(&e, words, f);
}
