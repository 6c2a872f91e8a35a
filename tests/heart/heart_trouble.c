/* A directory that refuses, is down, or loses an answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <sqlite3.h>

#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/pki/csr.h"
#include "tests/heart/heart.h"

static void a_missing_right_costs_nothing(void)
{
	autoclean(store_record_clear) struct store_record r = { 0 };
	autoclean(store_cert_list_clear) struct store_cert_list certs = { 0 };
	autoclean(peer_end) struct peer p = { 0 };
	struct fixture_answer a;
	char id[ID_MAX], password[PASSWORD_TEXT_MAX], other[ID_MAX];

	check_code(add("WM-DENIED", id, password), ENR_NONE, "add");
	device(&p, password);
	ask("deny", NULL);
	check_code(add("WM-DENIED-2", other, (char[PASSWORD_TEXT_MAX]){ 0 }), ENR_CREATE_DENIED,
		"add without the right");
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_CREATE_DENIED, a.log);
	CHECK(a.proved && a.valid_until > clock_now());
	CHECK(store_by_id(x.store, id, &r, NULL) == ANSWER_YES && r.state == RECORD_PENDING);
	CHECK(r.last_code == ENR_CREATE_DENIED && r.last_phase &&
		strcmp(r.last_phase, "directory") == 0);
	CHECK(store_certs(x.store, id, &certs, NULL) == 0 && certs.n == 0);
	CHECK(ask("objects", "WM-DENIED") == 0);
	ask("allow", NULL);
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_NONE, a.log);
	store_record_clear(&r);
	CHECK(store_by_id(x.store, id, &r, NULL) == ANSWER_YES && r.last_code == ENR_NONE);
}

static void a_directory_that_is_down_costs_nothing(void)
{
	autoclean(peer_end) struct peer p = { 0 };
	struct fixture_answer a;
	char id[ID_MAX], password[PASSWORD_TEXT_MAX];

	check_code(add("WM-DOWN", id, password), ENR_NONE, "add");
	device(&p, password);
	ask("stop", NULL);
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_DIRECTORY_UNREACHABLE, a.log);
	CHECK(a.proved && a.valid_until > 0 && a.retry_after > 0);
	CHECK(fixture_state(&x, id) == RECORD_PENDING);
	ask("start", NULL);
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_NONE, a.log);
}

/* The object was made, its answer was lost: presence is certain, so the sweep goes forward. */
static void a_lost_answer_is_found_by_the_sweep(void)
{
	autoclean(peer_end) struct peer p = { 0 }, other = { 0 };
	struct fixture_answer a;
	char id[ID_MAX], password[PASSWORD_TEXT_MAX];

	check_code(add("WM-LOST", id, password), ENR_NONE, "add");
	device(&p, password);
	device(&other, password);
	ask("wire", "lose-answer");
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_UNCERTAIN, a.log);
	CHECK(a.proved && a.valid_until > 0 && a.retry_after > 0);
	CHECK(fixture_state(&x, id) == RECORD_UNCERTAIN);
	ask("wire", "pass");
	ask("rename", "Sales:Trade");
	fixture_enroll(&x, &other, &a);
	check_code(a.code, ENR_ENROLLING_ELSEWHERE, "another key");
	CHECK(sweep(0) == 0);
	CHECK(fixture_state(&x, id) == RECORD_ENROLLED);
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_NONE, a.log);
	CHECK(ask("objects-in", "WM-LOST:Trade") == 1);
	ask("rename", "Trade:Sales");
}

static void a_lost_answer_is_found_by_the_same_key(void)
{
	autoclean(peer_end) struct peer p = { 0 };
	struct fixture_answer a;
	char id[ID_MAX], password[PASSWORD_TEXT_MAX];

	check_code(add("WM-LOST2", id, password), ENR_NONE, "add");
	device(&p, password);
	ask("wire", "lose-answer");
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_UNCERTAIN, a.log);
	ask("wire", "pass");
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_NONE, a.log);
	CHECK(ask("objects", "WM-LOST2") == 1 && ask("whole", "WM-LOST2") == 1);
}

/* The add never arrived: absence counts only after the time limit, then another key may win, and
 * the certificate that was made for the first is revoked. */
static void a_lost_request_is_taken_back_when_it_is_certain(void)
{
	autoclean(store_cert_list_clear) struct store_cert_list certs = { 0 };
	autoclean(peer_end) struct peer p = { 0 }, other = { 0 };
	struct fixture_answer a;
	char id[ID_MAX], password[PASSWORD_TEXT_MAX];
	int64_t began;

	check_code(add("WM-NEVER", id, password), ENR_NONE, "add");
	device(&p, password);
	device(&other, password);
	ask("wire", "lose-request");
	fixture_enroll(&x, &p, &a);
	began = clock_mono_ms();
	check_code(a.code, ENR_UNCERTAIN, a.log);
	ask("wire", "pass");
	CHECK(enrollment_sweep(x.e, NULL) == 1);
	CHECK(fixture_state(&x, id) == RECORD_UNCERTAIN);
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_UNCERTAIN, "the same key, too early");
	CHECK(fixture_state(&x, id) == RECORD_UNCERTAIN);
	CHECK(sweep(5) == 0);
	CHECK(clock_mono_ms() - began >= x.conf->ldap_timeout * 1000 - 50);
	CHECK(fixture_state(&x, id) == RECORD_PENDING);
	CHECK(ask("objects", "WM-NEVER") == 0);
	fixture_enroll(&x, &other, &a);
	check_code(a.code, ENR_NONE, a.log);
	CHECK(store_certs(x.store, id, &certs, NULL) == 0 && certs.n == 2);
	for (size_t i = 0; i < certs.n; i++)
		CHECK(certs.item[i].state == CERT_VALID || certs.item[i].state == CERT_REVOKED);
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_PASSWORD_USED, "the first key");
	CHECK(ask("objects", "WM-NEVER") == 1);
}

/* After certainty the same key may also go on, with the certificate that was kept. */
static void a_kept_certificate_serves_the_same_key(void)
{
	autoclean(store_cert_list_clear) struct store_cert_list certs = { 0 };
	autoclean(peer_end) struct peer p = { 0 };
	struct fixture_answer a;
	char id[ID_MAX], password[PASSWORD_TEXT_MAX];

	check_code(add("WM-KEPT", id, password), ENR_NONE, "add");
	device(&p, password);
	ask("wire", "lose-request");
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_UNCERTAIN, a.log);
	ask("wire", "pass");
	CHECK(sweep(5) == 0);
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_NONE, a.log);
	CHECK(store_certs(x.store, id, &certs, NULL) == 0 && certs.n == 1);
	CHECK(certs.n == 1 && certs.item[0].state == CERT_VALID);
}

static void an_answer_that_does_not_come_is_waited_for_in_vain(void)
{
	autoclean(peer_end) struct peer p = { 0 };
	struct fixture_answer a;
	char id[ID_MAX], password[PASSWORD_TEXT_MAX];

	check_code(add("WM-HELD", id, password), ENR_NONE, "add");
	device(&p, password);
	ask("wire", "hold");
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_UNCERTAIN, a.log);
	ask("wire", "pass");
	fixture_restart(&x);
	CHECK(sweep(0) == 0);
	CHECK(fixture_state(&x, id) == RECORD_ENROLLED);
}

static void a_place_that_moved_is_followed_one_that_is_new_is_not(void)
{
	autoclean(peer_end) struct peer p = { 0 }, q = { 0 };
	struct fixture_answer a;
	char id[ID_MAX], id2[ID_MAX], password[PASSWORD_TEXT_MAX], word2[PASSWORD_TEXT_MAX];

	check_code(add("WM-MOVED", id, password), ENR_NONE, "add");
	check_code(add("WM-MOVED2", id2, word2), ENR_NONE, "add");
	device(&p, password);
	device(&q, word2);
	ask("rename", "Sales:Trade");
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_NONE, a.log);
	CHECK(ask("objects-in", "WM-MOVED:Trade") == 1);
	ask("renew", "Sales");
	ask("drop", "Trade");
	fixture_enroll(&x, &q, &a);
	check_code(a.code, ENR_OU_CHANGED, a.log);
	CHECK(a.proved && fixture_state(&x, id2) == RECORD_PENDING);
}

/* Given up for absent, and carried out after all: what it made is nobody's, and in nobody's way. */
static void an_add_that_comes_too_late_is_taken_back(void)
{
	autoclean(store_cert_list_clear) struct store_cert_list certs = { 0 };
	autoclean(peer_end) struct peer p = { 0 }, other = { 0 };
	struct timespec pause = { 0, 100000000 };
	struct fixture_answer a;
	char id[ID_MAX], password[PASSWORD_TEXT_MAX];
	int valid = 0;

	check_code(add("WM-LATE", id, password), ENR_NONE, "add");
	device(&p, password);
	device(&other, password);
	ask("wire", "late");
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_UNCERTAIN, a.log);
	CHECK(sweep(5) == 0);
	CHECK(fixture_state(&x, id) == RECORD_PENDING);
	ask("wire", "deliver");
	for (int i = 0; i < 50 && ask("objects", "WM-LATE") == 0; i++)
		nanosleep(&pause, NULL);
	CHECK(ask("objects", "WM-LATE") == 1);
	ask("wire", "pass");
	fixture_enroll(&x, &other, &a);
	check_code(a.code, ENR_NONE, a.log);
	CHECK(ask("objects", "WM-LATE") == 1 && ask("whole", "WM-LATE") == 1);
	CHECK(store_certs(x.store, id, &certs, NULL) == 0 && certs.n == 2);
	for (size_t i = 0; i < certs.n; i++)
		valid += certs.item[i].state == CERT_VALID;
	CHECK(valid == 1);
}

/* Presence is presence, wherever somebody put it. */
static void a_lost_answer_is_found_where_the_object_was_moved(void)
{
	autoclean(store_record_clear) struct store_record r = { 0 };
	autoclean(peer_end) struct peer p = { 0 };
	struct fixture_answer a;
	char id[ID_MAX], password[PASSWORD_TEXT_MAX];

	check_code(add("WM-ASTRAY", id, password), ENR_NONE, "add");
	device(&p, password);
	ask("renew", "Attic");
	ask("wire", "lose-answer");
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_UNCERTAIN, a.log);
	ask("wire", "pass");
	ask("move", "WM-ASTRAY:Attic");
	CHECK(sweep(0) == 0);
	CHECK(store_by_id(x.store, id, &r, NULL) == ANSWER_YES && r.state == RECORD_ENROLLED);
	CHECK(r.object_dn && strncasecmp(r.object_dn, "cn=WM-ASTRAY-moved,ou=Attic,", 28) == 0);
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_NONE, a.log);
	ask("drop", "Attic");
}

/* What stood in an OU went with it. */
static void an_ou_that_is_gone_leaves_nobody_uncertain(void)
{
	autoclean(peer_end) struct peer p = { 0 };
	struct fixture_answer a;
	char id[ID_MAX], password[PASSWORD_TEXT_MAX];

	check_code(add("WM-NOWHERE", id, password), ENR_NONE, "add");
	device(&p, password);
	ask("wire", "lose-answer");
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_UNCERTAIN, a.log);
	ask("wire", "pass");
	ask("drop", "Sales");
	CHECK(sweep(5) == 0);
	CHECK(fixture_state(&x, id) == RECORD_PENDING);
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_OU_CHANGED, a.log);
	ask("renew", "Sales");
}

/* --- the store --- */

static void store_sql(const char *sql)
{
	autoclean(text_free) char *path = mem_printf("%s/store.sqlite", x.conf->state_dir);
	sqlite3 *db = NULL;

	CHECK(sqlite3_open(path, &db) == SQLITE_OK);
	CHECK(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
	sqlite3_close(db);
}

/* From that line of its story on nothing more can be written of the record; wire: what happens to
 * the add. -1: it was granted all the same. Else the state it was left in. */
static int full_from(const char *name, int line, const char *wire)
{
	autoclean(store_cert_list_clear) struct store_cert_list certs = { 0 };
	autoclean(text_free) char *sql = NULL;
	autoclean(peer_end) struct peer p = { 0 };
	char id[ID_MAX], password[PASSWORD_TEXT_MAX];
	struct fixture_answer a, again;
	enum record_state left;
	int valid = 0;

	check_code(add(name, id, password), ENR_NONE, "add");
	device(&p, password);
	p.key = pki_key_generate(KEY_P256, NULL);
	sql = mem_printf("CREATE TRIGGER full BEFORE INSERT ON event WHEN NEW.record = '%s' AND "
		"(SELECT count(*) FROM event WHERE record = NEW.record) >= %d "
		"BEGIN SELECT RAISE(ABORT, 'no room'); END", id, line);
	store_sql(sql);
	ask("wire", wire);
	fixture_enroll(&x, &p, &a);
	ask("wire", "pass");
	left = fixture_state(&x, id);
	store_sql("DROP TRIGGER full");
	CHECK(sweep(6) == 0);
	CHECK(fixture_state(&x, id) == RECORD_PENDING || fixture_state(&x, id) == RECORD_ENROLLED);
	CHECK(ask("objects", name) == (fixture_state(&x, id) == RECORD_ENROLLED));
	fixture_enroll(&x, &p, &again);
	check_code(again.code, ENR_NONE, again.log);
	CHECK(ask("objects", name) == 1 && ask("whole", name) == 1);
	CHECK(store_certs(x.store, id, &certs, NULL) == 0);
	for (size_t i = 0; i < certs.n; i++)
		valid += certs.item[i].state == CERT_VALID;
	CHECK(valid == 1);
	if (a.code == ENR_NONE)
		return -1;
	CHECK(a.proved && (a.code == ENR_STORE_UNAVAILABLE || a.code == ENR_UNCERTAIN));
	return (int)left;
}

static void a_full_disk_costs_nothing(void)
{
	int left[RECORD_STATES] = { 0 }, line = 1, state;
	char name[24];

	do {
		snprintf(name, sizeof(name), "WM-FULL-%d", line);
		state = full_from(name, line, "pass");
		if (state > 0)
			left[state]++;
	} while (state != -1 && line++ < 30);
	CHECK(state == -1);
	CHECK(left[RECORD_PENDING] > 0 && left[RECORD_CLAIMED] > 0 && left[RECORD_ISSUED] > 0);
	CHECK(full_from("WM-FULL-LOST", 7, "lose-answer") == RECORD_ISSUED);
	printf("  full at %d places; left %d pending, %d claimed, %d issued\n", line - 1,
		left[RECORD_PENDING], left[RECORD_CLAIMED], left[RECORD_ISSUED]);
}

static void a_name_that_was_taken_meanwhile_is_refused(void)
{
	autoclean(peer_end) struct peer p = { 0 };
	struct fixture_answer a;
	char id[ID_MAX], password[PASSWORD_TEXT_MAX];

	check_code(add("WM-TAKEN", id, password), ENR_NONE, "add");
	device(&p, password);
	ask("place", "WM-TAKEN");
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_NAME_TAKEN, a.log);
	CHECK(a.proved && fixture_state(&x, id) == RECORD_PENDING);
	ask("unplace", "WM-TAKEN");
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_NONE, a.log);
}

static void a_revocation_does_not_wait_for_the_directory(void)
{
	autoclean(device_switched_clear) struct device_switched d = { 0 };
	autoclean(peer_end) struct peer p = { 0 };
	struct store_actor by = { .who = "test" };
	char id[ID_MAX], password[PASSWORD_TEXT_MAX];
	struct device_change c = { .id = id, .reason = "lost", .by = &by };
	struct fail f = FAIL_INIT;
	struct fixture_answer a;

	check_code(add("WM-GONE", id, password), ENR_NONE, "add");
	device(&p, password);
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_NONE, a.log);
	ask("stop", NULL);
	CHECK(device_switch(x.e, DEVICE_REVOKE, &c, &d, &f) == 0);
	CHECK(d.certificates == 1 && (d.left & 1U << TODO_DISABLE));
	check_code(d.later.code, ENR_DIRECTORY_UNREACHABLE, "later");
	CHECK(fixture_state(&x, id) == RECORD_REVOKED);
	CHECK(sweep(0) == 1);
	fixture_restart(&x);
	ask("start", NULL);
	CHECK(sweep(5) == 0);
	CHECK(ask("disabled", "WM-GONE") == 1);
}

const struct scenario scenarios_trouble[] = {
	{ "a missing right costs nothing", a_missing_right_costs_nothing },
	{ "a directory that is down costs nothing", a_directory_that_is_down_costs_nothing },
	{ "a lost answer is found by the sweep", a_lost_answer_is_found_by_the_sweep },
	{ "a lost answer is found by the same key", a_lost_answer_is_found_by_the_same_key },
	{ "a lost request is taken back when it is certain",
		a_lost_request_is_taken_back_when_it_is_certain },
	{ "a kept certificate serves the same key", a_kept_certificate_serves_the_same_key },
	{ "an add that comes too late is taken back", an_add_that_comes_too_late_is_taken_back },
	{ "a lost answer is found where the object was moved",
		a_lost_answer_is_found_where_the_object_was_moved },
	{ "a full disk costs nothing", a_full_disk_costs_nothing },
	{ "an answer that does not come is waited for in vain",
		an_answer_that_does_not_come_is_waited_for_in_vain },
	{ "a name that was taken meanwhile is refused",
		a_name_that_was_taken_meanwhile_is_refused },
	{ "a revocation does not wait for the directory",
		a_revocation_does_not_wait_for_the_directory },
	{ "a place that moved is followed, one that is new is not",
		a_place_that_moved_is_followed_one_that_is_new_is_not },
	{ "an OU that is gone leaves nobody uncertain",
		an_ou_that_is_gone_leaves_nobody_uncertain },
	{ NULL, NULL },
};
