#include "client/keytab.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include <krb5.h>
#include <profile.h>

#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/base/str.h"
#include "lib/base/text.h"

/* What the domain controllers are asked to make, too (msDS-SupportedEncryptionTypes). */
static const krb5_enctype kinds[] = {
	ENCTYPE_AES256_CTS_HMAC_SHA1_96,
	ENCTYPE_AES128_CTS_HMAC_SHA1_96,
};

static const uint8_t empty_keytab[] = { 5, 2 }; /* version 2 of the format, no entry */

/* A keytab as libkrb5 wants it, without a name in the file system. */
struct tab {
	krb5_context ctx;
	krb5_keytab kt;
	int fd;
};

static void tab_close(struct tab *t)
{
	if (t->kt != NULL)
		krb5_kt_close(t->ctx, t->kt);
	if (t->ctx != NULL)
		krb5_free_context(t->ctx);
	fd_close(&t->fd);
}

static int krb_fail(struct tab *t, krb5_error_code rc, const char *what, struct fail *f)
{
	const char *text = krb5_get_error_message(t->ctx, rc);

	fail(f, ENR_KEYTAB_FAILED, "%s: %s", what, text);
	krb5_free_error_message(t->ctx, text);
	return -1;
}

/* No file of the machine has a say: what it says about realms is about to change. */
static krb5_error_code make_context(krb5_context *out)
{
	profile_t empty = NULL;
	krb5_error_code rc = profile_init(NULL, &empty);

	if (rc != 0)
		return rc;
	rc = krb5_init_context_profile(empty, 0, out);
	profile_release(empty);
	return rc;
}

static int tab_open(struct tab *t, const struct bytes *data, struct fail *f)
{
	const uint8_t *octets = data->len > 0 ? data->data : empty_keytab;
	size_t len = data->len > 0 ? data->len : sizeof(empty_keytab);
	char name[64];
	krb5_error_code rc;

	if (make_context(&t->ctx) != 0)
		return fail(f, ENR_KEYTAB_FAILED, "libkrb5 does not start");
	t->fd = memfd_create("keytab", MFD_CLOEXEC);
	if (t->fd < 0 || write(t->fd, octets, len) != (ssize_t)len)
		return fail_errno(f, ENR_KEYTAB_FAILED, "memory for a keytab");
	snprintf(name, sizeof(name), "FILE:/proc/self/fd/%d", t->fd);
	rc = krb5_kt_resolve(t->ctx, name, &t->kt);
	return rc ? krb_fail(t, rc, "keytab", f) : 0;
}

static int tab_octets(struct tab *t, struct bytes *out, struct fail *f)
{
	if (lseek(t->fd, 0, SEEK_SET) < 0)
		return fail_errno(f, ENR_KEYTAB_FAILED, "keytab");
	if (file_read_fd(t->fd, KEYTAB_MAX, out, f) < 0)
		return fail(f, ENR_KEYTAB_FAILED, "the keytab is too large");
	return 0;
}

/* Every entry in turn; visit returns 1 to go on. 0, or -1. */
static int tab_walk(struct tab *t, int (*visit)(struct tab *, krb5_keytab_entry *, void *),
	void *arg, struct fail *f)
{
	krb5_kt_cursor cursor;
	krb5_keytab_entry e;
	krb5_error_code rc = krb5_kt_start_seq_get(t->ctx, t->kt, &cursor);
	int more = 1;

	if (rc != 0)
		return krb_fail(t, rc, "keytab", f);
	while (more && (rc = krb5_kt_next_entry(t->ctx, t->kt, &e, &cursor)) == 0) {
		more = visit(t, &e, arg);
		krb5_free_keytab_entry_contents(t->ctx, &e);
	}
	krb5_kt_end_seq_get(t->ctx, t->kt, &cursor);
	return more && rc != KRB5_KT_END ? krb_fail(t, rc, "keytab", f) : 0;
}

/* Is there an entry like this one, and with the same key? */
struct wanted {
	const krb5_keytab_entry *like;
	int found, same;
};

static int visit_wanted(struct tab *t, krb5_keytab_entry *e, void *arg)
{
	struct wanted *w = arg;

	if (e->vno != w->like->vno || e->key.enctype != w->like->key.enctype ||
		!krb5_principal_compare(t->ctx, e->principal, w->like->principal))
		return 1;
	w->found = 1;
	w->same = e->key.length == w->like->key.length &&
		mem_equal(e->key.contents, w->like->key.contents, e->key.length);
	return 0;
}

static char *lower(char *t)
{
	for (char *c = t; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return t;
}

/* free() it. */
static char *salt_of(const struct domain *d)
{
	autoclean(text_free) char *account = lower(mem_text(d->account));
	autoclean(text_free) char *dns = lower(mem_text(d->realm));

	account[strlen(account) - 1] = '\0';
	return mem_printf("%shost%s.%s", d->realm, account, dns);
}

struct adding {
	const struct domain *domain;
	krb5_keyblock key[ARRAY_LEN(kinds)];
	struct tab before, made;
	int missing; /* a key of ours was not in before */
};

static int add_entry(struct adding *a, krb5_keytab_entry *e, struct fail *f)
{
	struct wanted w = { .like = e };
	krb5_error_code rc;

	if (tab_walk(&a->before, visit_wanted, &w, f) < 0)
		return -1;
	a->missing |= !w.same;
	rc = krb5_kt_add_entry(a->made.ctx, a->made.kt, e);
	return rc ? krb_fail(&a->made, rc, "keytab", f) : 0;
}

static int add_principal(struct adding *a, const char *name, struct fail *f)
{
	autoclean(text_free) char *full = mem_printf("%s@%s", name, a->domain->realm);
	krb5_keytab_entry e = { .vno = (krb5_kvno)a->domain->key_version };
	krb5_error_code rc = krb5_parse_name(a->made.ctx, full, &e.principal);

	if (rc != 0)
		return krb_fail(&a->made, rc, full, f);
	for (size_t i = 0; i < ARRAY_LEN(kinds) && rc == 0; i++) {
		e.key = a->key[i];
		rc = add_entry(a, &e, f);
	}
	krb5_free_principal(a->made.ctx, e.principal);
	return rc;
}

static int make_keys(struct adding *a, struct fail *f)
{
	const struct domain *d = a->domain;
	autoclean(text_free) char *salt = salt_of(d);
	const krb5_data salted = { .data = salt, .length = (unsigned)strlen(salt) };
	const krb5_data password = { .data = (char *)d->password.data,
		.length = (unsigned)d->password.len };
	krb5_error_code rc = 0;

	for (size_t i = 0; i < ARRAY_LEN(kinds) && rc == 0; i++)
		rc = krb5_c_string_to_key(a->made.ctx, kinds[i], &password, &salted, &a->key[i]);
	return rc ? krb_fail(&a->made, rc, "key", f) : 0;
}

static int add_ours(struct adding *a, struct fail *f)
{
	const struct domain *d = a->domain;

	if (make_keys(a, f) < 0 || add_principal(a, d->account, f) < 0)
		return -1;
	for (size_t i = 0; i < d->n_services; i++) {
		const char *service = d->service[i];
		int host = strncasecmp(service, "HOST/", 5) == 0;
		autoclean(text_free) char *name =
			mem_printf("%s%s", host ? "host/" : "", host ? service + 5 : service);

		if (add_principal(a, name, f) < 0)
			return -1;
	}
	return 0;
}

/* Behind ours: programs take the realm of the first entry for the machine's. */
static int visit_other(struct tab *t, krb5_keytab_entry *e, void *arg)
{
	struct adding *a = arg;
	struct wanted w = { .like = e };

	(void)t;
	return tab_walk(&a->made, visit_wanted, &w, NULL) == 0 &&
		(w.found || krb5_kt_add_entry(a->made.ctx, a->made.kt, e) == 0);
}

static int count(struct tab *t, krb5_keytab_entry *e, void *arg)
{
	(void)t;
	(void)e;
	return ++*(size_t *)arg > 0;
}

static int add_others(struct adding *a, struct fail *f)
{
	size_t had = 0, has = 0;

	if (tab_walk(&a->before, count, &had, f) < 0 ||
		tab_walk(&a->before, visit_other, a, f) < 0 ||
		tab_walk(&a->made, count, &has, f) < 0)
		return -1;
	return has < had ? fail(f, ENR_KEYTAB_FAILED, "not every key could be kept") : 0;
}

static void adding_clear(struct adding *a)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		krb5_free_keyblock_contents(a->made.ctx, &a->key[i]);
	tab_close(&a->before);
	tab_close(&a->made);
}

int keytab_add(const struct bytes *before, const struct domain *d, struct bytes *after,
	struct fail *f)
{
	autoclean(adding_clear) struct adding a = { .domain = d, .before.fd = -1, .made.fd = -1 };

	if (tab_open(&a.before, before, f) < 0 || tab_open(&a.made, &BYTES_INIT, f) < 0 ||
		add_ours(&a, f) < 0)
		return -1;
	if (!a.missing) {
		bytes_set(after, before->data, before->len);
		return 0;
	}
	return add_others(&a, f) < 0 ? -1 : tab_octets(&a.made, after, f);
}

struct looking {
	const char *name; /* ACCOUNT@REALM */
	struct keytab_seen seen;
};

static int visit_account(struct tab *t, krb5_keytab_entry *e, void *arg)
{
	struct looking *l = arg;
	char *name = NULL;

	if (krb5_unparse_name(t->ctx, e->principal, &name) == 0 && text_equal_ci(name, l->name)) {
		l->seen.keys++;
		if (e->vno > l->seen.version)
			l->seen.version = e->vno;
	}
	krb5_free_unparsed_name(t->ctx, name);
	return 1;
}

int keytab_look(const struct bytes *data, const char *account, const char *realm,
	struct keytab_seen *out, struct fail *f)
{
	autoclean(tab_close) struct tab t = { .fd = -1 };
	autoclean(text_free) char *name = mem_printf("%s@%s", account, realm);
	struct looking l = { .name = name };

	if (tab_open(&t, data, f) < 0 || tab_walk(&t, visit_account, &l, f) < 0)
		return -1;
	*out = l.seen;
	return 0;
}

struct strangers {
	const char *realm;
	struct tab *before;
	int found;
};

static int visit_stranger(struct tab *t, krb5_keytab_entry *e, void *arg)
{
	struct strangers *s = arg;
	const krb5_data *realm = &e->principal->realm;
	struct wanted w = { .like = e };

	(void)t;
	if (realm->length == strlen(s->realm) && memcmp(realm->data, s->realm, realm->length) == 0)
		return 1;
	s->found = tab_walk(s->before, visit_wanted, &w, NULL) < 0 || !w.same;
	return !s->found;
}

int keytab_is_ours(const struct bytes *data, const struct bytes *before, const char *realm)
{
	autoclean(tab_close) struct tab t = { .fd = -1 };
	autoclean(tab_close) struct tab b = { .fd = -1 };
	struct strangers s = { .realm = realm, .before = &b };

	if (tab_open(&t, data, NULL) < 0 || tab_open(&b, before, NULL) < 0)
		return 0;
	return tab_walk(&t, visit_stranger, &s, NULL) == 0 && !s.found;
}
