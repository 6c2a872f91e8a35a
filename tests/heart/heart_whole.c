/* What works when nothing fails, and who wins. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/enrollment/rules.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/str.h"
#include "lib/pki/crl.h"
#include "lib/wire/wapdoc.h"
#include "tests/heart/heart.h"

static void a_device_becomes_a_member(void)
{
	autoclean(store_record_clear) struct store_record r = { 0 };
	autoclean(store_cert_list_clear) struct store_cert_list certs = { 0 };
	autoclean(store_event_list_clear) struct store_event_list story = { 0 };
	autoclean(peer_end) struct peer p = { 0 };
	autoclean(wapdoc_free) struct wapdoc_node *doc = NULL;
	struct fixture_answer a;
	char id[ID_MAX], password[PASSWORD_TEXT_MAX];

	check_code(add("WM-ONE", id, password), ENR_NONE, "add");
	CHECK(ask("objects", "WM-ONE") == 0);
	device(&p, password);
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_NONE, a.log);
	CHECK(a.proved);
	CHECK(ask("objects", "WM-ONE") == 1);
	CHECK(ask("whole", "WM-ONE") == 1);
	CHECK(store_by_id(x.store, id, &r, NULL) == ANSWER_YES && r.state == RECORD_ENROLLED);
	CHECK(r.object_guid && r.object_dn && r.object_server && r.owner_dn);
	CHECK(store_certs(x.store, id, &certs, NULL) == 0 && certs.n == 1);
	CHECK(certs.n == 1 && certs.item[0].state == CERT_VALID);
	doc = wapdoc_parse(p.enrolled.document.data, p.enrolled.document.len, NULL);
	CHECK(doc != NULL);
	CHECK(store_events(x.store, &(struct store_range){ id, 0, 100 }, &story, NULL) == 0);
	for (size_t i = 0; i < story.n; i++)
		printf("  story: %s %s\n", story.item[i].event,
			story.item[i].detail ? story.item[i].detail : "");
	CHECK(sweep(0) == 0);
}

static void the_same_key_gets_the_same_again(void)
{
	autoclean(peer_end) struct peer p = { 0 }, thief = { 0 };
	autoclean(bytes_free) struct bytes first = BYTES_INIT;
	struct fixture_answer a;
	char id[ID_MAX], password[PASSWORD_TEXT_MAX];

	check_code(add("WM-AGAIN", id, password), ENR_NONE, "add");
	device(&p, password);
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_NONE, a.log);
	bytes_set(&first, p.enrolled.document.data, p.enrolled.document.len);
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_NONE, a.log);
	CHECK(a.proved && first.len > 0 && first.len == p.enrolled.document.len &&
		memcmp(first.data, p.enrolled.document.data, first.len) == 0);
	fixture_restart(&x);
	fixture_enroll(&x, &p, &a);
	CHECK(a.code == ENR_NONE && memcmp(first.data, p.enrolled.document.data, first.len) == 0);

	device(&thief, password);
	fixture_enroll(&x, &thief, &a);
	check_code(a.code, ENR_PASSWORD_USED, "another key");
	CHECK(a.proved && a.valid_until == 0);
	clock_set_offset(RECORD_NONE + 86400 + 60);
	fixture_enroll(&x, &p, &a);
	clock_set_offset(0);
	check_code(a.code, ENR_PASSWORD_USED, "the same key a day later");
	CHECK(ask("objects", "WM-AGAIN") == 1);
}

/* An enrollment message kept from one conversation and sent again, or with another key. */
static void replays_win_nothing(void)
{
	autoclean(peer_end) struct peer p = { 0 };
	struct native_context before;
	struct fixture_answer a;
	char id[ID_MAX], password[PASSWORD_TEXT_MAX];

	check_code(add("WM-REPLAY", id, password), ENR_NONE, "add");
	device(&p, password);
	fixture_bootstrap(&x, &p, &a);
	before = p.context;
	peer_enrollment(&p);
	peer_enrollment_prove(&p);
	fixture_send(&x, &p, REQUEST_ENROLLMENT, NULL, &a);
	check_code(a.code, ENR_NONE, a.log);
	/* The same message again: the same key, so the same answer and nothing new. */
	p.context = before;
	fixture_send(&x, &p, REQUEST_ENROLLMENT, NULL, &a);
	check_code(a.code, ENR_NONE, "the same message");
	/* The same conversation with another key. */
	p.context = before;
	pki_key_free(&p.key);
	peer_enrollment(&p);
	peer_enrollment_prove(&p);
	fixture_send(&x, &p, REQUEST_ENROLLMENT, NULL, &a);
	check_code(a.code, ENR_PASSWORD_USED, "another key in the same conversation");
	CHECK(ask("objects", "WM-REPLAY") == 1);
}

#define CROWD 12
#define EACH 84 /* a thousand in all */

struct member {
	pthread_t thread;
	const char *password;
	struct peer peer;
	int own_key;
	int granted, used, elsewhere, busy, other;
	struct bytes document;
};

static void *member_run(void *arg)
{
	struct member *m = arg;
	struct fixture_answer a;

	for (int i = 0; i < EACH; i++) {
		if (m->own_key)
			pki_key_free(&m->peer.key);
		fixture_enroll(&x, &m->peer, &a);
		m->granted += a.code == ENR_NONE;
		m->used += a.code == ENR_PASSWORD_USED;
		m->elsewhere += a.code == ENR_ENROLLING_ELSEWHERE;
		m->busy += a.code == ENR_SERVER_BUSY;
		if (a.code == ENR_NONE)
			bytes_set(&m->document, m->peer.enrolled.document.data,
				m->peer.enrolled.document.len);
		else if (a.code != ENR_PASSWORD_USED && a.code != ENR_ENROLLING_ELSEWHERE &&
			a.code != ENR_SERVER_BUSY) {
			m->other++;
			printf("  %s\n", a.log);
		}
	}
	return NULL;
}

static void crowd(const char *name, struct pki_key *shared, struct member *sum)
{
	static struct member m[CROWD];
	char id[ID_MAX], password[PASSWORD_TEXT_MAX];

	check_code(add(name, id, password), ENR_NONE, "add");
	for (size_t i = 0; i < CROWD; i++) {
		m[i] = (struct member){ .password = password, .own_key = shared == NULL };
		device(&m[i].peer, password);
		m[i].peer.key = shared;
	}
	for (size_t i = 0; i < CROWD; i++)
		pthread_create(&m[i].thread, NULL, member_run, &m[i]);
	*sum = (struct member){ 0 };
	for (size_t i = 0; i < CROWD; i++) {
		pthread_join(m[i].thread, NULL);
		sum->granted += m[i].granted;
		sum->used += m[i].used;
		sum->elsewhere += m[i].elsewhere;
		sum->busy += m[i].busy;
		sum->other += m[i].other;
		if (m[i].document.len && !sum->document.len)
			bytes_set(&sum->document, m[i].document.data, m[i].document.len);
		if (m[i].document.len)
			CHECK(m[i].document.len == sum->document.len &&
				memcmp(m[i].document.data, sum->document.data,
					sum->document.len) == 0);
		if (shared)
			m[i].peer.key = NULL;
		peer_end(&m[i].peer);
		bytes_free(&m[i].document);
	}
	printf("  %d tries: %d granted, %d used, %d elsewhere, %d busy\n", CROWD * EACH,
		sum->granted, sum->used, sum->elsewhere, sum->busy);
	CHECK(sum->other == 0);
	CHECK(ask("objects", name) == 1);
	CHECK(fixture_state(&x, id) == RECORD_ENROLLED);
}

static void of_a_crowd_with_one_password_one_wins(void)
{
	struct member sum;

	crowd("WM-CROWD", NULL, &sum);
	CHECK(sum.granted == 1);
	CHECK(sum.granted + sum.used + sum.elsewhere == CROWD * EACH);
	bytes_free(&sum.document);
}

static void of_a_crowd_with_one_key_all_get_the_same(void)
{
	struct pki_key *key = pki_key_generate(KEY_P256, NULL);
	struct member sum;

	crowd("WM-ONEKEY", key, &sum);
	CHECK(sum.granted > 0);
	CHECK(sum.granted + sum.busy == CROWD * EACH);
	bytes_free(&sum.document);
	pki_key_free(&key);
}

#define FLEET 500
#define FLEET_THREADS 8

struct fleet {
	char password[FLEET][PASSWORD_TEXT_MAX];
	pthread_mutex_t lock;
	int next, granted, first_ms, last_ms;
};

static void *fleet_run(void *arg)
{
	struct fleet *fleet = arg;

	for (;;) {
		autoclean(peer_end) struct peer p = { 0 };
		struct fixture_answer a;
		int64_t began;
		int i;

		pthread_mutex_lock(&fleet->lock);
		i = fleet->next++;
		pthread_mutex_unlock(&fleet->lock);
		if (i >= FLEET)
			return NULL;
		device(&p, fleet->password[i]);
		began = clock_mono_ms();
		fixture_enroll(&x, &p, &a);
		pthread_mutex_lock(&fleet->lock);
		fleet->granted += a.code == ENR_NONE;
		if (i < FLEET / 5)
			fleet->first_ms += (int)(clock_mono_ms() - began);
		if (i >= FLEET - FLEET / 5)
			fleet->last_ms += (int)(clock_mono_ms() - began);
		pthread_mutex_unlock(&fleet->lock);
		if (a.code != ENR_NONE)
			printf("  %s\n", a.log);
	}
}

/* The password alone tells them apart. */
static void five_hundred_share_an_address(void)
{
	static struct fleet fleet;
	pthread_t thread[FLEET_THREADS];
	char id[ID_MAX], name[24];

	pthread_mutex_init(&fleet.lock, NULL);
	for (int i = 0; i < FLEET; i++) {
		snprintf(name, sizeof(name), "WM-FLEET-%d", i);
		check_code(add(name, id, fleet.password[i]), ENR_NONE, name);
	}
	for (size_t i = 0; i < FLEET_THREADS; i++)
		pthread_create(&thread[i], NULL, fleet_run, &fleet);
	for (size_t i = 0; i < FLEET_THREADS; i++)
		pthread_join(thread[i], NULL);
	printf("  %d of %d granted; the first fifth took %d ms, the last %d ms\n", fleet.granted,
		FLEET, fleet.first_ms, fleet.last_ms);
	CHECK(fleet.granted == FLEET);
	CHECK(ask("objects", "WM-FLEET-*") == FLEET);
	CHECK(fleet.last_ms < 3 * fleet.first_ms + 1000);
	pthread_mutex_destroy(&fleet.lock);
}

/* --- what admins do --- */

static void orders_are_checked_before_anything_is_made(void)
{
	static const struct {
		struct device_order o;
		enum code code;
	} rows[] = {
		{ { .name = "two.labels", .vpn = -1 }, ENR_NAME_INVALID },
		{ { .name = "root", .vpn = -1 }, ENR_NAME_RESERVED },
		{ { .name = "mobileenroll", .vpn = -1 }, ENR_NAME_RESERVED },
		{ { .name = "dm", .vpn = -1 }, ENR_NAME_RESERVED },
		{ { .name = "A1", .identity = "no mail", .vpn = -1 }, ENR_IDENTITY_INVALID },
		{ { .name = "A1", .profile = "none", .vpn = -1 }, ENR_PROFILE_UNKNOWN },
		{ { .name = "A1", .lifetime = 5, .vpn = -1 }, ENR_LIFETIME_INVALID },
		{ { .name = "A1", .serial = "b\303\244d", .vpn = -1 }, ENR_USAGE },
		{ { .name = "A1", .profile = "road", .vpn = -1 }, ENR_USAGE }, /* names no OU */
		{ { .name = "A1", .ou = "ou=Nowhere,ou=Managed Devices,dc=contoso,dc=test",
			.vpn = -1 }, ENR_OU_NOT_FOUND },
		{ { .name = "A1", .ou = "ou=Servers,dc=contoso,dc=test", .vpn = -1 },
			ENR_OU_NOT_ALLOWED },
		{ { .name = "A1", .owner = "nobody@contoso.test", .vpn = -1 },
			ENR_OWNER_NOT_FOUND },
		{ { .name = "A1", .owner = "*", .vpn = -1 }, ENR_OWNER_NOT_FOUND },
		{ { .name = "A1", .identity = "unknown@contoso.test", .dry = 1, .vpn = -1 },
			ENR_NONE },
	};
	struct store_actor by = { .who = "test" };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autoclean(device_done_clear) struct device_done done = { 0 };
		struct fail f = FAIL_INIT;

		device_add(x.e, &rows[i].o, &by, &done, &f);
		check_code(f.code, rows[i].code, rows[i].o.name);
		CHECK(done.password[0] == '\0');
	}
	CHECK(store_by_name(x.store, "A1", &(struct store_record){ 0 }, NULL) == ANSWER_NO);
}

static void adding_twice_is_once(void)
{
	struct device_order o = { .name = "WM-TWICE", .identity = FIXTURE_IDENTITY, .vpn = -1,
		.key = "order-7", .description = "(cn=*)" };
	autoclean(device_done_clear) struct device_done first = { 0 }, second = { 0 };
	autoclean(peer_end) struct peer p = { 0 };
	struct store_actor by = { .who = "test" };
	struct fixture_answer a;
	struct fail f = FAIL_INIT;

	CHECK(device_add(x.e, &o, &by, &first, &f) == 0 && first.changed && first.password[0]);
	CHECK(device_add(x.e, &o, &by, &second, &f) == 0 && !second.changed);
	CHECK(!second.password[0] && strcmp(first.record.id, second.record.id) == 0);
	o.vpn = 1;
	CHECK(device_add(x.e, &o, &by, &second, &f) < 0);
	check_code(f.code, ENR_USAGE, "VPN without a gateway");
	o.vpn = -1;
	o.description = "another";
	CHECK(device_add(x.e, &o, &by, &second, &f) < 0);
	check_code(f.code, ENR_RECORD_CONFLICT, "with other options");
	o.description = "(cn=*)";
	o.name = "wm-twice";
	o.key = NULL;
	CHECK(device_add(x.e, &o, &by, &second, &f) < 0);
	check_code(f.code, ENR_RECORD_CONFLICT, "in other letters");
	device(&p, first.password);
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_NONE, a.log);
	CHECK(device_add(x.e, &o, &by, &second, &f) < 0);
	check_code(f.code, ENR_NAME_TAKEN, "when it is a member");
	o.key = "order-7";
	device_done_clear(&second);
	CHECK(device_add(x.e, &o, &by, &second, &f) == 0 && !second.changed);
	ask("place", "WM-THERE");
	o = (struct device_order){ .name = "WM-there", .vpn = -1 };
	CHECK(device_add(x.e, &o, &by, &second, &f) < 0);
	check_code(f.code, ENR_NAME_TAKEN, "when the directory has it");
}

static void passwords_are_replaced_extended_withdrawn(void)
{
	autoclean(device_done_clear) struct device_done d = { 0 };
	autoclean(peer_end) struct peer old = { 0 }, new = { 0 };
	struct store_actor by = { .who = "test" };
	char id[ID_MAX], password[PASSWORD_TEXT_MAX];
	struct device_change c = { .id = id, .by = &by }, dry = { .id = id, .by = &by, .dry = 1 };
	struct device_change days = { .id = id, .by = &by, .lifetime = 2 * 86400 };
	struct device_change nobody = { .id = "E-0000-0000", .by = &by };
	struct fail f = FAIL_INIT;
	struct fixture_answer a;

	check_code(add("WM-WORD", id, password), ENR_NONE, "add");
	device(&old, password);
	CHECK(device_reissue(x.e, &dry, &d, &f) == 0 && d.changed && !d.password[0]);
	device_done_clear(&d);
	CHECK(device_reissue(x.e, &c, &d, &f) == 0 && d.password[0]);
	device(&new, d.password);
	fixture_bootstrap(&x, &old, &a);
	check_code(a.code, ENR_PASSWORD_WRONG, "the replaced password");
	fixture_bootstrap(&x, &new, &a);
	check_code(a.code, ENR_NONE, "the new one");
	device_done_clear(&d);
	CHECK(device_extend(x.e, &days, &d, &f) == 0 && d.changed);
	CHECK(d.record.expires > clock_now() + 86400);
	device_done_clear(&d);
	CHECK(device_extend(x.e, &days, &d, &f) == 0 && !d.changed);
	fixture_bootstrap(&x, &new, &a);
	check_code(a.code, ENR_NONE, "after the extension");
	device_done_clear(&d);
	CHECK(device_cancel(x.e, &dry, &d, &f) == 0 && d.changed);
	CHECK(fixture_state(&x, id) == RECORD_PENDING);
	device_done_clear(&d);
	CHECK(device_cancel(x.e, &c, &d, &f) == 0 && d.changed);
	fixture_bootstrap(&x, &new, &a);
	check_code(a.code, ENR_PASSWORD_CANCELED, "withdrawn");
	CHECK(a.proved);
	device_done_clear(&d);
	CHECK(device_cancel(x.e, &c, &d, &f) == 0 && !d.changed);
	CHECK(device_extend(x.e, &c, &d, &f) < 0);
	check_code(f.code, ENR_STATE_WRONG, "extending what was withdrawn");
	device_done_clear(&d);
	CHECK(device_reissue(x.e, &c, &d, &f) == 0 && d.changed);
	CHECK(fixture_state(&x, id) == RECORD_PENDING);
	CHECK(device_cancel(x.e, &nobody, &d, &f) < 0);
	check_code(f.code, ENR_DEVICE_NOT_FOUND, "nobody");
}

static void a_revoked_device_is_off(void)
{
	autoclean(device_switched_clear) struct device_switched d = { 0 };
	autoclean(bytes_free) struct bytes crl = BYTES_INIT;
	autoclean(peer_end) struct peer p = { 0 };
	struct store_actor by = { .who = "test" };
	char id[ID_MAX], password[PASSWORD_TEXT_MAX];
	struct device_change c = { .id = id, .reason = "stolen", .by = &by }, dry = c, angry = c;
	struct fail f = FAIL_INIT;
	struct fixture_answer a;
	struct crl_info info = { 0 };

	dry.dry = 1;
	angry.reason = "angry";
	check_code(add("WM-STOLEN", id, password), ENR_NONE, "add");
	CHECK(device_switch(x.e, DEVICE_REVOKE, &c, &d, &f) < 0);
	check_code(f.code, ENR_STATE_WRONG, "before it is a member");
	device(&p, password);
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_NONE, a.log);
	CHECK(device_switch(x.e, DEVICE_REVOKE, &angry, &d, &f) < 0 && f.code == ENR_USAGE);
	CHECK(device_switch(x.e, DEVICE_REVOKE, &dry, &d, &f) == 0 && d.certificates == 1);
	CHECK(fixture_state(&x, id) == RECORD_ENROLLED);
	device_switched_clear(&d);
	d = (struct device_switched){ 0 };
	CHECK(device_switch(x.e, DEVICE_REVOKE, &c, &d, &f) == 0);
	CHECK(d.done.changed && d.certificates == 1 && d.left == 0 &&
		d.later.code == ENR_NONE && d.crl_number > 0);
	CHECK(fixture_state(&x, id) == RECORD_REVOKED);
	CHECK(ask("disabled", "WM-STOLEN") == 1);
	CHECK(file_read(x.conf->crl_file, 65536, &crl, &f) == 0);
	CHECK(crl_info_read(crl.data, crl.len, &info, &f) == 0 && info.n_entries == 1);
	device_switched_clear(&d);
	d = (struct device_switched){ 0 };
	CHECK(device_switch(x.e, DEVICE_REVOKE, &c, &d, &f) == 0);
	CHECK(!d.done.changed && d.left == 0 && d.later.code == ENR_NONE);
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_PASSWORD_USED, "its own key");
	CHECK(sweep(0) == 0);
}

/* --- taking over --- */

static struct store_record taken;
static char taken_mark[RULES_MARK_MAX];

static void take(struct store_record *r)
{
	char **const texts[] = { &r->fqdn, &r->ou_dn, &r->ou_guid };
	const char *const of[] = { taken.fqdn, taken.ou_dn, taken.ou_guid };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		free(*texts[i]);
		*texts[i] = mem_text(of[i]);
	}
	r->take_guid = mem_text(taken.object_guid);
	r->take_mark = mem_text(taken_mark);
	r->take_record = mem_text(taken.id);
}

static void an_object_is_taken_over_and_the_old_one_ends(void)
{
	autoclean(store_cert_list_clear) struct store_cert_list certs = { 0 };
	autoclean(store_record_clear) struct store_record r = { 0 };
	autoclean(bytes_free) struct bytes crl = BYTES_INIT;
	autoclean(peer_end) struct peer p = { 0 }, next = { 0 }, late = { 0 };
	struct fixture_answer a;
	struct crl_info info = { 0 };
	struct fail f = FAIL_INIT;
	char id[ID_MAX], password[PASSWORD_TEXT_MAX];

	check_code(add("WM-REIMAGE", id, password), ENR_NONE, "add");
	device(&p, password);
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_NONE, a.log);
	CHECK(store_by_id(x.store, id, &taken, NULL) == ANSWER_YES);
	rules_mark(&taken, taken_mark);
	fixture_expect(&x, "WM-REIMAGE", take, id, password);
	device(&next, password);
	fixture_enroll(&x, &next, &a);
	check_code(a.code, ENR_NONE, a.log);
	CHECK(a.proved && ask("objects", "WM-REIMAGE") == 1 && ask("whole", "WM-REIMAGE") == 1);
	CHECK(store_by_id(x.store, id, &r, NULL) == ANSWER_YES && r.state == RECORD_ENROLLED);
	CHECK(strcmp(r.object_guid, taken.object_guid) == 0);
	CHECK(strcmp(r.object_dn, taken.object_dn) == 0);
	CHECK(fixture_state(&x, taken.id) == RECORD_REPLACED);
	CHECK(store_certs(x.store, taken.id, &certs, NULL) == 0 && certs.n == 1);
	CHECK(certs.n == 1 && certs.item[0].state == CERT_REVOKED && certs.item[0].reason == 4);
	CHECK(file_read(x.conf->crl_file, 65536, &crl, &f) == 0);
	CHECK(crl_info_read(crl.data, crl.len, &info, &f) == 0 && info.n_entries >= 1);
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_PASSWORD_USED, "the key of before");
	/* Decided on what stood before: refused before anything is changed. */
	store_record_clear(&taken);
	CHECK(store_by_id(x.store, id, &taken, NULL) == ANSWER_YES);
	fixture_expect(&x, "WM-REIMAGE", take, id, password);
	device(&late, password);
	fixture_enroll(&x, &late, &a);
	check_code(a.code, ENR_NOT_OURS, a.log);
	CHECK(fixture_state(&x, id) == RECORD_PENDING && ask("whole", "WM-REIMAGE") == 1);
	CHECK(fixture_state(&x, taken.id) == RECORD_ENROLLED);
	store_record_clear(&taken);
}

static void the_document_is_shown_as_it_was_or_would_be(void)
{
	autoclean(str_free) struct str before = STR_INIT(131072), after = STR_INIT(131072);
	autoclean(peer_end) struct peer p = { 0 };
	struct fixture_answer a;
	char id[ID_MAX], password[PASSWORD_TEXT_MAX];

	check_code(add("WM-SHOW", id, password), ENR_NONE, "add");
	CHECK(device_document(x.e, id, &before, NULL) == 0 && before.len > 0);
	device(&p, password);
	fixture_enroll(&x, &p, &a);
	CHECK(device_document(x.e, id, &after, NULL) == 0 && after.len > before.len);
	CHECK(after.len == p.enrolled.document.len &&
		memcmp(after.data, p.enrolled.document.data, after.len) == 0);
}

const struct scenario scenarios_whole[] = {
	{ "a device becomes a member", a_device_becomes_a_member },
	{ "the same key gets the same again", the_same_key_gets_the_same_again },
	{ "replays win nothing", replays_win_nothing },
	{ "of a crowd with one password one wins", of_a_crowd_with_one_password_one_wins },
	{ "of a crowd with one key all get the same", of_a_crowd_with_one_key_all_get_the_same },
	{ "five hundred share an address", five_hundred_share_an_address },
	{ "orders are checked before anything is made",
		orders_are_checked_before_anything_is_made },
	{ "adding twice is once", adding_twice_is_once },
	{ "passwords are replaced, extended, withdrawn",
		passwords_are_replaced_extended_withdrawn },
	{ "a revoked device is off", a_revoked_device_is_off },
	{ "an object is taken over, and the old one ends",
		an_object_is_taken_over_and_the_old_one_ends },
	{ "the document is shown as it was or would be",
		the_document_is_shown_as_it_was_or_would_be },
	{ NULL, NULL },
};
