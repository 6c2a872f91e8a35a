#include "tests/unit/agent/enrollment/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/str.h"

static void must(int ok, const char *what, const struct fail *f)
{
	if (ok)
		return;
	fprintf(stderr, "fixture: %s: %s %s\n", what, f ? code_name(f->code) : "",
		f ? f->evidence : "");
	abort();
}

static void write_conf(const struct fixture *x, const char *directory, const char *agent)
{
	autoclean(str_free) struct str s = STR_INIT(16384);
	autoclean(text_free) char *path = file_join(x->dir, "enrolld.conf");
	struct fail f = FAIL_INIT;

	str_printf(&s, "[agent]\nstate-dir = %s/state\ncontrol-socket = %s/control.sock\n"
		"discovery-domain = contoso.test\n%s\n", x->dir, x->dir, agent ? agent : "");
	str_printf(&s, "[directory]\n%s\n", directory ? directory :
		"uri = ldapi://%2Fnonexistent%2Fldapi\nbind = external\nldap-timeout = 2s\n");
	str_printf(&s, "[ca]\nca-dir = %s/ca\ncrl-url = http://crl.contoso.test/devices.crl\n"
		"crl-file = %s/devices.crl\nkey-types = p256 rsa2048\n", x->dir, x->dir);
	str_printf(&s, "[listener main]\naddress = 127.0.0.1:8443\npublic-name = %s\n",
		FIXTURE_SERVER);
	str_printf(&s, "[ou devices]\ndn = ou=Managed Devices,dc=contoso,dc=test\n"
		"suffix = contoso.test\n");
	str_printf(&s, "[profile default]\nou = ou=Sales,ou=Managed Devices,dc=contoso,dc=test\n"
		"dm-server = https://dm.contoso.test/oma\n");
	str_printf(&s, "[profile road]\nvpn = yes\nvpn-gateway = vpn.contoso.test\n");
	must(file_write(path, str_text(&s), s.len, 0600, &f) == 0, "configuration", &f);
}

static void make_ca(const struct fixture *x)
{
	static const char *const names[] = { FIXTURE_SERVER };
	static const char *const suffixes[] = { "contoso.test" };
	autoclean(text_free) char *dir = file_join(x->dir, "ca");
	autoclean(text_free) char *root = file_join(x->dir, "root.key");
	struct ca_plan plan = {
		.dir = dir, .organization = "Contoso", .kind = KEY_P256,
		.server_names = names, .n_server_names = 1, .suffixes = suffixes, .n_suffixes = 1,
		.root_key_file = root,
	};
	struct ca_made made;
	struct fail f = FAIL_INIT;

	must(ca_make(&plan, &made, &f) == 0, "CA", &f);
}

void fixture_start(struct fixture *x)
{
	struct enrollment_parts parts;
	struct fail f = FAIL_INIT;

	x->store = store_open(x->conf, &f);
	must(x->store != NULL, "store", &f);
	x->ca = ca_open(x->conf->ca_dir, &f);
	must(x->ca != NULL, "ca", &f);
	x->join = join_open(x->conf, &f);
	must(x->join != NULL, "join", &f);
	parts = (struct enrollment_parts){
		.store = x->store, .join = x->join, .ca = x->ca };
	x->e = enrollment_open(x->conf, &parts, &f);
	must(x->e != NULL, "enrollment", &f);
	enrollment_leaf(x->e, "main", x->leaf);
}

void fixture_stop(struct fixture *x)
{
	enrollment_close(&x->e);
	join_close(&x->join);
	ca_close(&x->ca);
	store_close(&x->store);
}

void fixture_open(struct fixture *x, const char *directory, const char *agent)
{
	autoclean(str_free) struct str report = STR_INIT(8192);
	autoclean(text_free) char *path = NULL, *state = NULL;
	struct fail f = FAIL_INIT;

	memset(x, 0, sizeof(*x));
	snprintf(x->dir, sizeof(x->dir), "/tmp/e.XXXXXX");
	must(mkdtemp(x->dir) != NULL, "folder", NULL);
	path = file_join(x->dir, "enrolld.conf");
	state = file_join(x->dir, "state");
	must(file_mkdirs(state, 0700, &f) == 0, "state", &f);
	write_conf(x, directory, agent);
	x->conf = conf_load(path, &report, &f);
	must(x->conf != NULL, str_text(&report), &f);
	make_ca(x);
	memset(x->leaf, 0x1e, sizeof(x->leaf));
	fixture_start(x);
}

void fixture_restart(struct fixture *x)
{
	fixture_stop(x);
	fixture_start(x);
}

void fixture_close(struct fixture *x)
{
	pid_t child;

	fixture_stop(x);
	conf_free(&x->conf);
	child = fork();
	if (child == 0) {
		execlp("rm", "rm", "-rf", "--", x->dir, NULL);
		_exit(127);
	}
	if (child > 0)
		waitpid(child, NULL, 0);
}

void fixture_expect(struct fixture *x, const char *name, fixture_change *change,
	char id[ID_MAX], char password[PASSWORD_TEXT_MAX])
{
	uint8_t root[STORE_ROOT_LEN], selector[STORE_SELECTOR_LEN];
	struct store_password password_kept = { .root = root, .selector = selector };
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_PENDING };
	struct store_actor by = { .who = "test" };
	char canonical[PASSWORD_LEN + 1];
	struct fail f = FAIL_INIT;

	r.identity = mem_text(FIXTURE_IDENTITY);
	r.name = mem_text(name);
	r.fqdn = mem_printf("%s.contoso.test", name);
	r.ou_dn = mem_text("ou=Sales,ou=Managed Devices,dc=contoso,dc=test");
	r.ou_guid = mem_text("11111111-2222-3333-4444-555555555555");
	r.profile = mem_text("default");
	r.dialects = mem_text("native");
	r.created_by = mem_text("test");
	r.not_before = clock_now();
	r.expires = clock_now() + 3600;
	if (change)
		change(&r);
	password_new(canonical);
	native_root(canonical, r.identity, root);
	native_selector(root, selector);
	must(store_add(x->store, &r, &password_kept, &by, &f) == 0, "record", &f);
	memcpy(id, r.id, ID_MAX);
	password_show(canonical, password);
}

/* --- a peer's message, as the core gets it --- */

static void request_of(const struct fixture *x, const struct peer *p, enum request_kind kind,
	struct enroll_request *q)
{
	*q = (struct enroll_request){ .kind = kind, .dialect = "native", .listener = "main",
		.address = "192.0.2.7" };
	memcpy(q->leaf_used, x->leaf, sizeof(q->leaf_used));
	if (kind == REQUEST_DISCOVERY) {
		memcpy(q->client, p->discovery.client, sizeof(q->client));
		memcpy(q->shown, p->discovery.shown, sizeof(q->shown));
		memcpy(q->identity, p->discovery.identity, sizeof(q->identity));
		memcpy(q->server_name, p->discovery.server_name, sizeof(q->server_name));
		memcpy(q->nonce, p->discovery.nonce, sizeof(q->nonce));
	} else if (kind == REQUEST_BOOTSTRAP) {
		const struct native_bootstrap *m = &p->bootstrap;

		q->version = m->version;
		memcpy(q->identity, m->identity, sizeof(q->identity));
		memcpy(q->server_name, m->server_name, sizeof(q->server_name));
		memcpy(q->leaf_seen, m->leaf, sizeof(q->leaf_seen));
		memcpy(q->selector, m->selector, sizeof(q->selector));
		bytes_set(&q->state, m->state.data, m->state.len);
		memcpy(q->mac, m->mac, sizeof(q->mac));
	} else if (kind == REQUEST_ENROLLMENT) {
		const struct native_enrollment *m = &p->enrollment;

		q->version = m->version;
		memcpy(q->identity, m->identity, sizeof(q->identity));
		memcpy(q->server_name, m->server_name, sizeof(q->server_name));
		memcpy(q->leaf_seen, m->leaf, sizeof(q->leaf_seen));
		memcpy(q->serial, m->serial, sizeof(q->serial));
		bytes_set(&q->csr, m->csr.data, m->csr.len);
		bytes_set(&q->state, m->state.data, m->state.len);
		memcpy(q->mac, m->mac, sizeof(q->mac));
	}
}

static void take_refusal(const struct peer *p, const struct enroll_reply *a,
	struct fixture_answer *out)
{
	struct native_refused m = { .version = a->version, .code = a->code, .time = a->time,
		.valid_until = a->valid_until, .has_mac = a->has_mac };

	memcpy(m.shown, a->shown, sizeof(m.shown));
	memcpy(m.attempt, a->attempt, sizeof(m.attempt));
	memcpy(m.mac, a->mac, sizeof(m.mac));
	out->proved = peer_refused(p, &m);
}

static void take_grant(struct peer *p, enum request_kind kind, const struct enroll_reply *a,
	struct fixture_answer *out)
{
	if (kind == REQUEST_DISCOVERY) {
		struct native_discovered m = { .version = a->version, .eligible = a->eligible,
			.time = a->time, .state = a->state };

		memcpy(m.shown, a->shown, sizeof(m.shown));
		memcpy(m.nonce, a->nonce, sizeof(m.nonce));
		memcpy(m.attempt, a->attempt, sizeof(m.attempt));
		peer_discovered(p, &m);
	} else if (kind == REQUEST_BOOTSTRAP) {
		struct native_bootstrapped m = { .version = a->version,
			.time = a->time,
			.valid_until = a->valid_until,
			.n_anchors = a->n_anchors,
			.state = a->state };

		for (size_t i = 0; i < a->n_anchors; i++)
			m.anchors[i] = (struct native_anchor){ a->anchors[i].roles,
				a->anchors[i].der };
		memcpy(m.attempt, a->attempt, sizeof(m.attempt));
		memcpy(m.mac, a->mac, sizeof(m.mac));
		out->proved = peer_bootstrapped(p, &m);
	} else {
		struct native_enrolled m = { .version = a->version, .time = a->time,
			.document = a->document };

		memcpy(m.attempt, a->attempt, sizeof(m.attempt));
		memcpy(m.mac, a->mac, sizeof(m.mac));
		out->proved = peer_enrolled(p, &m);
	}
}

/* Through the pipe's form both ways, as in the product. */
static void handle(struct fixture *x, const struct enroll_request *q, struct enroll_reply *a,
	struct fixture_answer *out)
{
	autoclean(str_free) struct str octets = STR_INIT(EDGE_MESSAGE_MAX);
	autoclean(enroll_request_clear) struct enroll_request got = { 0 };
	autoclean(enroll_reply_clear) struct enroll_reply made = { 0 };
	struct fail f = FAIL_INIT;

	enroll_request_pack(q, &octets);
	if (enroll_request_unpack((const uint8_t *)str_text(&octets), octets.len, &got, &f) < 0) {
		out->code = f.code;
		return;
	}
	enrollment_handle(x->e, &got, &made, out->log, sizeof(out->log));
	str_clear(&octets);
	enroll_reply_pack(&made, &octets);
	must(enroll_reply_unpack((const uint8_t *)str_text(&octets), octets.len, a, &f) == 0,
		"reply", &f);
	out->code = a->code;
}

void fixture_send(struct fixture *x, struct peer *p, enum request_kind kind,
	fixture_spoil *spoil, struct fixture_answer *out)
{
	autoclean(enroll_request_clear) struct enroll_request q = { 0 };
	autoclean(enroll_reply_clear) struct enroll_reply a = { 0 };

	memset(out, 0, sizeof(*out));
	request_of(x, p, kind, &q);
	if (spoil)
		spoil(&q);
	handle(x, &q, &a, out);
	out->eligible = a.eligible;
	out->valid_until = a.valid_until;
	out->retry_after = a.retry_after;
	out->charge = a.charge;
	memcpy(out->attempt, a.attempt, sizeof(out->attempt));
	if (kind == REQUEST_BOOTSTRAP)
		peer_bootstrap_sent(p);
	if (kind == REQUEST_ENROLLMENT)
		peer_enrollment_sent(p);
	if (a.code == ENR_NONE)
		take_grant(p, kind, &a, out);
	else
		take_refusal(p, &a, out);
}

void fixture_bootstrap(struct fixture *x, struct peer *p, struct fixture_answer *out)
{
	memcpy(p->leaf, x->leaf, sizeof(p->leaf));
	peer_discovery(p);
	fixture_send(x, p, REQUEST_DISCOVERY, NULL, out);
	if (out->code != ENR_NONE)
		return;
	peer_bootstrap(p);
	peer_bootstrap_prove(p);
	fixture_send(x, p, REQUEST_BOOTSTRAP, NULL, out);
}

void fixture_enroll(struct fixture *x, struct peer *p, struct fixture_answer *out)
{
	fixture_bootstrap(x, p, out);
	if (out->code != ENR_NONE)
		return;
	peer_enrollment(p);
	peer_enrollment_prove(p);
	fixture_send(x, p, REQUEST_ENROLLMENT, NULL, out);
}

enum record_state fixture_state(struct fixture *x, const char *id)
{
	autoclean(store_record_clear) struct store_record r = { 0 };

	return store_by_id(x->store, id, &r, NULL) == ANSWER_YES ? r.state : RECORD_NONE;
}
