/* Waiting for the disk, with a disk that is slow, that is watched, and that fails. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "agent/store/store_sqlite.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "tests/unit/agent/store/fixture.h"
#include "tests/unit/cunit.h"

#define THREADS 8
#define EACH 5

static _Atomic int flushes, open_gate;

static void pause_ms(long ms)
{
	struct timespec t = { 0, ms * 1000000 };

	nanosleep(&t, NULL);
}

static int slow_disk(int fd)
{
	(void)fd;
	pause_ms(5);
	flushes++;
	return 0;
}

/* Does not end before it may. */
static int held_disk(int fd)
{
	(void)fd;
	flushes++;
	while (!open_gate)
		pause_ms(1);
	return 0;
}

static int broken_disk(int fd)
{
	(void)fd;
	flushes++;
	errno = EIO;
	return -1;
}

static void begin(struct fixture *x, int (*disk)(int fd))
{
	store_fixture_open(x);
	flushes = open_gate = 0;
	x->s->sync.flush = disk;
}

static int tell(struct store *s, const char *who, struct fail *f)
{
	struct store_actor by = { .who = who };
	struct store_story line = { .event = "told", .by = &by };

	return store_event(s, &line, f);
}

static void a_change_waits_for_the_disk_and_what_may_be_lost_does_not(void)
{
	struct fixture x;

	begin(&x, slow_disk);
	CU_ASSERT_EQUAL(tell(x.s, "admin", NULL), 0);
	CU_ASSERT_EQUAL(flushes, 1);
	CU_ASSERT_EQUAL(tell(x.s, NULL, NULL), 0);
	CU_ASSERT_EQUAL(flushes, 1);
	CU_ASSERT_EQUAL(tell(x.s, "admin", NULL), 0);
	CU_ASSERT_EQUAL(flushes, 2);
	store_fixture_close(&x);
}

static void *tell_often(void *arg)
{
	struct fixture *x = arg;

	for (int i = 0; i < EACH; i++)
		CU_ASSERT_EQUAL(tell(x->s, "admin", NULL), 0);
	return NULL;
}

static void who_comes_together_waits_together(void)
{
	struct fixture x;
	pthread_t thread[THREADS];

	begin(&x, slow_disk);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, tell_often, &x);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	CU_ASSERT(flushes >= EACH);
	CU_ASSERT(flushes < THREADS * EACH / 2);
	CU_ASSERT_EQUAL(x.s->sync.flushed, x.s->sync.announced);
	store_fixture_close(&x);
}

struct asked {
	struct fixture *x;
	const char *id;
	_Atomic int done;
	size_t seen;
};

static void *change(void *arg)
{
	struct asked *a = arg;

	CU_ASSERT_EQUAL(tell(a->x->s, "admin", NULL), 0);
	a->done = 1;
	return NULL;
}

static void *look(void *arg)
{
	struct asked *a = arg;
	struct store_range all = { .max = 0 };
	struct store_event_list l = { NULL, 0 };

	CU_ASSERT_EQUAL(store_events(a->x->s, &all, &l, NULL), 0);
	a->seen = l.n;
	store_event_list_clear(&l);
	a->done = 1;
	return NULL;
}

static void nobody_is_told_what_is_not_yet_on_the_disk(void)
{
	struct fixture x;
	struct asked writer = { .x = &x }, late = { .x = &x }, reader = { .x = &x };
	pthread_t w, l, r;

	begin(&x, held_disk);
	pthread_create(&w, NULL, change, &writer);
	while (flushes == 0) /* it is committed, and the disk is at it */
		pause_ms(1);
	pthread_create(&r, NULL, look, &reader);
	pthread_create(&l, NULL, change, &late);
	pause_ms(50);
	CU_ASSERT(!writer.done);
	CU_ASSERT(!reader.done);
	/* What leads to a change before anything is done about it does not wait. */
	CU_ASSERT_EQUAL(store_expects(x.s, "a@contoso.test", 0, NULL), ANSWER_NO);
	open_gate = 1;
	pthread_join(w, NULL);
	pthread_join(r, NULL);
	pthread_join(l, NULL);
	CU_ASSERT(reader.seen >= 1);
	CU_ASSERT_EQUAL(flushes, 2); /* the first had begun before the second change */
	store_fixture_close(&x);
}

/* A claim that finds everything done changes nothing, and still waits for what it found. */
static void *claim_again(void *arg)
{
	struct asked *a = arg;
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	enum claim_kind kind = CLAIM_NONE;

	CU_ASSERT_EQUAL(claim_device(a->x, a->id, 1, &kind, &r), ENR_NONE);
	CU_ASSERT_EQUAL(kind, CLAIM_FINISHED);
	a->done = 1;
	return NULL;
}

static void the_same_key_waits_for_what_the_first_try_wrote(void)
{
	struct fixture x;
	struct asked writer = { .x = &x }, again = { .x = &x };
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	char id[ID_MAX];
	pthread_t w, c;

	begin(&x, slow_disk);
	CU_ASSERT_EQUAL_FATAL(add_device(&x, "LT-1", "a@contoso.test", 1, id), ENR_NONE);
	enroll_device(&x, id, 1, &r);
	again.id = id;
	flushes = 0;
	x.s->sync.flush = held_disk;
	pthread_create(&w, NULL, change, &writer);
	while (flushes == 0)
		pause_ms(1);
	pthread_create(&c, NULL, claim_again, &again);
	pause_ms(50);
	CU_ASSERT(!again.done);
	open_gate = 1;
	pthread_join(w, NULL);
	pthread_join(c, NULL);
	CU_ASSERT_EQUAL(flushes, 1); /* it changed nothing itself */
	store_fixture_close(&x);
}

static void a_claim_may_wait_with_its_certificate(void)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	uint8_t spki[STORE_HASH_LEN], serial[16], der[] = { 0x30, 0x00 };
	struct bytes certificate = { der, sizeof(der) };
	struct store_claim claim = { .spki_sha256 = spki, .cert_serial = serial };
	enum claim_kind kind = CLAIM_NONE;
	struct fixture x;
	char id[2][ID_MAX];

	begin(&x, slow_disk);
	CU_ASSERT_EQUAL_FATAL(add_device(&x, "LT-1", "a@contoso.test", 1, id[0]), ENR_NONE);
	CU_ASSERT_EQUAL_FATAL(add_device(&x, "LT-2", "a@contoso.test", 2, id[1]), ENR_NONE);
	claim.now = clock_now();
	claim.cert_not_after = claim.now + 60;
	for (int i = 0; i < 2; i++) {
		key_hash_of(i, spki);
		cert_serial_of(i, serial);
		claim.id = id[i];
		claim.lazy = i;
		flushes = 0;
		CU_ASSERT_EQUAL(store_claim(x.s, &claim, &kind, &r, NULL), 0);
		CU_ASSERT_EQUAL(flushes, i == 0);
		CU_ASSERT_EQUAL(store_issued(x.s, &r, &certificate, NULL, NULL), 0);
		CU_ASSERT_EQUAL(flushes, i == 0 ? 2 : 1);
	}
	store_fixture_close(&x);
}

static void a_disk_that_failed_is_not_asked_again(void)
{
	struct fixture x;
	struct fail f = FAIL_INIT;

	begin(&x, broken_disk);
	CU_ASSERT_EQUAL(tell(x.s, "admin", &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_STORE_UNAVAILABLE);
	x.s->sync.flush = slow_disk;
	CU_ASSERT_EQUAL(tell(x.s, "admin", NULL), -1);
	CU_ASSERT_EQUAL(tell(x.s, NULL, NULL), -1);
	CU_ASSERT_EQUAL(flushes, 1);
	fixture_reopen(&x);
	CU_ASSERT_EQUAL(tell(x.s, "admin", NULL), 0);
	store_fixture_close(&x);
}

static CU_TestInfo tests[] = {
	{ "a change waits for the disk, and what may be lost does not",
		a_change_waits_for_the_disk_and_what_may_be_lost_does_not },
	{ "who comes together waits together", who_comes_together_waits_together },
	{ "nobody is told what is not yet on the disk",
		nobody_is_told_what_is_not_yet_on_the_disk },
	{ "the same key waits for what the first try wrote",
		the_same_key_waits_for_what_the_first_try_wrote },
	{ "a claim may wait with its certificate", a_claim_may_wait_with_its_certificate },
	{ "a disk that failed is not asked again", a_disk_that_failed_is_not_asked_again },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_agent_store_sync = { .pName = "agent/store/sync", .pTests = tests };
