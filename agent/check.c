/* enrolld -t: the configuration and everything it names, without starting anything. Problems go to
 * standard error, one line each; exit 0 and "configuration ok", or 2. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/accounts.h"
#include "agent/ca/ca.h"
#include "agent/conf/conf.h"
#include "agent/http/tls.h"
#include "agent/ops/roles.h"
#include "agent/options.h"
#include "ldap/dir.h"
#include "ldap/dir_bind.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/str.h"
#include "lib/pki/cert.h"

#define PEM_MAX (256 * 1024)
#define CHAIN_MAX 9
#define BUNDLE_MAX (4 * 1024 * 1024)
#define BUNDLE_CERTS 4096
#define REPORT_MAX 65536

struct check {
	const struct options *o;
	struct conf *conf;
	struct ca *ca; /* NULL: it could not be opened */
	int problems;
};

static void problem(struct check *c, const char *where, const struct fail *f)
{
	c->problems++;
	fprintf(stderr, "enrolld: %s: %s [%s %s]\n", where, f->evidence, code_name(f->code),
		code_row(f->code)->word);
}

/* --- each row of the table below looks at one thing ---------------------------------------------
 */

static void check_accounts(struct check *c)
{
	struct accounts a;
	struct fail f = FAIL_INIT;

	if (accounts_find(c->conf, c->o->single_user, &a, &f) < 0)
		problem(c, "accounts", &f);
}

/* 1 if there is an account of the core to become. */
static int core_account(const struct check *c, struct accounts *a)
{
	*a = (struct accounts){ .drops = 0 };
	return accounts_find(c->conf, c->o->single_user, a, NULL) == 0 && a->drops;
}

/* Files are read as the account that will read them; root always can change over and back. */
static void become(const struct account *core)
{
	if (setegid(core->gid) < 0 || seteuid(core->uid) < 0)
		abort();
}

static void become_root(void)
{
	if (seteuid(0) < 0 || setegid(0) < 0)
		abort();
}

static int look_at_state(const char *dir, const struct accounts *a, struct fail *f)
{
	struct stat st;

	if (stat(dir, &st) < 0)
		return errno == ENOENT ? 0 : fail_errno(f, ENR_FILE_FAILED, "%s", dir);
	if (!S_ISDIR(st.st_mode))
		return fail(f, ENR_FILE_FAILED, "%s: is not a folder", dir);
	if (a->drops && st.st_uid != 0 && st.st_uid != a->core.uid)
		return fail(f, ENR_FILE_FAILED, "%s: belongs to uid %u, not to the agent's account",
			dir, (unsigned)st.st_uid);
	if (faccessat(AT_FDCWD, dir, R_OK | W_OK | X_OK, AT_EACCESS) < 0)
		return fail_errno(f, ENR_FILE_FAILED, "%s", dir);
	return 0;
}

/* A start makes the folder and hands it over from root to the core; the rest it would refuse. */
static void check_state(struct check *c)
{
	struct fail f = FAIL_INIT;
	struct accounts a;

	(void)core_account(c, &a);
	if (look_at_state(c->conf->state_dir, &a, &f) < 0)
		problem(c, "[agent] state-dir", &f);
}

/* The keys belong to the core, once enrolld has run. */
static void check_ca(struct check *c)
{
	struct fail f = FAIL_INIT;
	struct accounts a;
	struct stat st;
	int as_core = core_account(c, &a) && stat(c->conf->ca_dir, &st) == 0 &&
		st.st_uid == a.core.uid;

	if (as_core)
		become(&a.core);
	c->ca = ca_open(c->conf->ca_dir, &f);
	if (as_core)
		become_root();
	if (c->ca == NULL)
		problem(c, "CA", &f);
}

static int check_password(const struct conf *conf, struct fail *f)
{
	autoclean(bytes_wipe) struct bytes password = BYTES_INIT;
	const char *file = conf->bind_password_file;

	if (file == NULL)
		return 0;
	if (file_is_private(file, f) < 0 || file_is_readable(file, f) < 0)
		return -1;
	return dir_password_read(file, &password, f);
}

static int check_keytab(const struct conf *conf, struct fail *f)
{
	return conf->keytab == NULL || conf->principal == NULL
		? 0
		: dir_keytab_check(conf->keytab, conf->principal, f);
}

static int check_client_key(const struct conf *conf, struct fail *f)
{
	const char *file = conf->client_key;

	return file == NULL ? 0 : file_is_private(file, f) < 0 ? -1
							       : file_is_readable(file, f);
}

static int check_certificate(const struct conf *conf, struct fail *f)
{
	return conf->client_certificate == NULL ? 0 : file_is_readable(conf->client_certificate, f);
}

/* The certificates of tls-ca-file; none, if it is not set. */
static int tls_cas(const struct conf *conf, struct cert_list *out, struct fail *f)
{
	autoclean(bytes_free) struct bytes pem = BYTES_INIT;
	const char *file = conf->tls_ca_file;

	if (file == NULL)
		return 0;
	if (file_read(file, BUNDLE_MAX, &pem, f) < 0)
		return -1;
	return cert_list_parse_pem(pem.data, pem.len, BUNDLE_CERTS, out, f) < 0
		? fail_in(f, "%s", file)
		: 0;
}

static int check_tls_ca(const struct conf *conf, struct fail *f)
{
	autoclean(cert_list_free) struct cert_list list = { 0 };

	return tls_cas(conf, &list, f);
}

/* The files that the core logs in to the directory with. */
static const struct {
	const char *name;
	int (*check)(const struct conf *conf, struct fail *f);
} login_files[] = {
	{ "[directory] bind-password-file", check_password },
	{ "[directory] keytab", check_keytab },
	{ "[directory] client-certificate", check_certificate },
	{ "[directory] client-key", check_client_key },
	{ "[directory] tls-ca-file", check_tls_ca },
};

static void check_directory(struct check *c)
{
	struct accounts a;
	int as_core = core_account(c, &a);

	for (size_t i = 0; i < ARRAY_LEN(login_files); i++) {
		struct fail f = FAIL_INIT;
		int rc;

		if (as_core)
			become(&a.core);
		rc = login_files[i].check(c->conf, &f);
		if (as_core)
			become_root();
		if (rc < 0)
			problem(c, login_files[i].name, &f);
	}
}

static void check_suffixes(struct check *c)
{
	char name[300];

	for (size_t i = 0; c->ca != NULL && i < c->conf->n_ou; i++) {
		struct fail f = FAIL_INIT;

		snprintf(name, sizeof(name), "[ou %s] suffix", c->conf->ou[i].name);
		if (c->conf->ou[i].suffix != NULL &&
			ca_permits(c->ca, c->conf->ou[i].suffix, &f) < 0)
			problem(c, name, &f);
	}
}

/* What domain controllers do with a chain decides about the CA. */
static void check_ca_keys(struct check *c)
{
	struct fail f = FAIL_INIT;

	if (c->ca == NULL || strcmp(c->conf->flavour, "ad") != 0 || ca_is_rsa(c->ca))
		return;
	fail(&f, ENR_CA_NOT_RSA, "%s: flavour = ad needs RSA keys in root and devices CA",
		c->conf->ca_dir);
	problem(c, "CA", &f);
}

static int is_same(const struct bytes *a, const struct bytes *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* libldap looks at who signed the directory's certificate and at its name, not at what it is for:
 * by our root a device that is called like the directory would be the directory. */
static void check_directory_trust(struct check *c)
{
	autoclean(cert_list_free) struct cert_list list = { 0 };
	struct fail f = FAIL_INIT;

	if (c->ca == NULL || tls_cas(c->conf, &list, NULL) < 0)
		return;
	for (size_t i = 0; i < list.n && f.code == ENR_NONE; i++)
		if (is_same(&list.der[i], ca_root(c->ca)) ||
			is_same(&list.der[i], ca_devices(c->ca)))
			fail(&f, ENR_CONFIG_INVALID,
				"%s holds our own CA of devices: a device that has the name of the "
				"directory could pass for it",
				c->conf->tls_ca_file);
	if (f.code != ENR_NONE)
		problem(c, "[directory] tls-ca-file", &f);
}

static int check_names(const struct conf_listener *l, const struct bytes *leaf, struct fail *f)
{
	for (size_t i = 0; i < l->public_name.n; i++)
		if (!cert_has_name(leaf->data, leaf->len, l->public_name.item[i]))
			return fail(f, ENR_NAME_MISMATCH, "%s does not carry the public name %s",
				l->certificate, l->public_name.item[i]);
	return 0;
}

static int check_dates(const struct conf_listener *l, const struct bytes *leaf, struct fail *f)
{
	autoclean(cert_info_clear) struct cert_info info = { .subject = NULL };
	char when[CLOCK_TEXT_MAX];

	if (cert_info_read(leaf->data, leaf->len, &info, f) < 0)
		return -1;
	if (clock_now() > info.not_after)
		return fail(f, ENR_CHAIN_UNTRUSTED, "%s ended at %s", l->certificate,
			clock_text(info.not_after, when));
	return 0;
}

/* Devices trust what the bootstrap vouches for: our root, and the end of another CA's chain. */
static int check_chain(const struct check *c, const struct conf_listener *l,
	const struct bytes *pem, struct fail *f)
{
	autoclean(cert_list_free) struct cert_list chain = { 0 }, anchors = { 0 };
	struct cert_check check = {
		.anchors = &anchors, .intermediates = &chain, .at = clock_now()
	};

	if (c->ca == NULL)
		return 0;
	if (cert_list_parse_pem(pem->data, pem->len, CHAIN_MAX, &chain, f) < 0)
		return fail_in(f, "%s", l->certificate);
	cert_list_add(&anchors, ca_root(c->ca)->data, ca_root(c->ca)->len);
	if (!cert_is_issued_by(&chain.der[0], ca_services(c->ca)))
		cert_list_add(&anchors, chain.der[chain.n - 1].data, chain.der[chain.n - 1].len);
	if (cert_verify(chain.der[0].data, chain.der[0].len, &check, f) < 0)
		return fail_in(f, "%s is no chain that devices can follow", l->certificate);
	return 0;
}

/* Certificate and key belong together, carry the names, are in time and lead to an anchor. */
static int check_listener(const struct check *c, const struct conf_listener *l, struct fail *f)
{
	autoclean(bytes_free) struct bytes cert = BYTES_INIT;
	autoclean(bytes_wipe) struct bytes key = BYTES_INIT;
	autoclean(tls_free) struct tls *tls = NULL;

	if (file_read(l->certificate, PEM_MAX, &cert, f) < 0 ||
		file_read(l->key, PEM_MAX, &key, f) < 0)
		return -1;
	tls = tls_new(&cert, &key, f);
	if (tls == NULL)
		return fail_in(f, "%s, %s", l->certificate, l->key);
	if (check_names(l, tls_leaf(tls), f) < 0 || check_dates(l, tls_leaf(tls), f) < 0)
		return -1;
	return check_chain(c, l, &cert, f);
}

/* A certificate of the CA folder that is missing is made at the start. */
static int is_made_at_start(const struct check *c, const struct conf_listener *l)
{
	autoclean(text_free) char *path = file_join(c->conf->ca_dir, "server.pem");

	return c->ca != NULL && strcmp(l->certificate, path) == 0 && file_exists(path) == 0;
}

static void check_listeners(struct check *c)
{
	char name[300];

	for (size_t i = 0; i < c->conf->n_listener; i++) {
		const struct conf_listener *l = &c->conf->listener[i];
		struct fail f = FAIL_INIT;

		snprintf(name, sizeof(name), "[listener %s]", l->name);
		if (l->serves_enroll && !is_made_at_start(c, l) && check_listener(c, l, &f) < 0)
			problem(c, name, &f);
	}
}

/* Not a problem: a group may come from a service that is not up yet. But nobody tells later. */
static void check_roles(struct check *c)
{
	gid_t gid;

	for (size_t i = 0; i < c->conf->n_role; i++) {
		const struct conf_role_row *row = &c->conf->role[i];

		for (size_t k = 0; k < row->group.n; k++)
			if (roles_system_group(row->group.item[k], &gid) < 0)
				fprintf(stderr,
					"enrolld: note: [role %s] group: there is no group \"%s\" "
					"on this host now\n",
					row->name, row->group.item[k]);
	}
}

static void (*const checks[])(struct check *c) = {
	check_accounts,
	check_state,
	check_ca,
	check_suffixes,
	check_ca_keys,
	check_directory,
	check_directory_trust,
	check_listeners,
	check_roles,
};

static int load(struct check *c)
{
	autoclean(str_free) struct str report = STR_INIT(REPORT_MAX);
	struct fail f = FAIL_INIT;

	c->conf = conf_load(c->o->config, &report, &f);
	if (c->conf != NULL)
		return 0;
	if (report.len > 0)
		fprintf(stderr, "%s%s", str_text(&report),
			report.data[report.len - 1] == '\n' ? "" : "\n");
	else
		problem(c, "configuration", &f);
	return -1;
}

int check_run(const struct options *o)
{
	struct check c = { .o = o };

	tls_prepare();
	if (load(&c) < 0)
		return EXIT_USAGE;
	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		checks[i](&c);
	ca_close(&c.ca);
	conf_free(&c.conf);
	if (c.problems > 0) {
		fprintf(stderr, "enrolld: %s: %d problem%s\n", o->config, c.problems,
			c.problems == 1 ? "" : "s");
		return EXIT_USAGE;
	}
	puts("configuration ok");
	return EXIT_DONE;
}
