/* A directory that refuses, is down, or loses an answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/clock.h"
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
	{ "an answer that does not come is waited for in vain",
		an_answer_that_does_not_come_is_waited_for_in_vain },
	{ "a name that was taken meanwhile is refused",
		a_name_that_was_taken_meanwhile_is_refused },
	{ "a revocation does not wait for the directory",
		a_revocation_does_not_wait_for_the_directory },
	{ "a place that moved is followed, one that is new is not",
		a_place_that_moved_is_followed_one_that_is_new_is_not },
	{ NULL, NULL },
};
