/* What has to be done from time to time, one row each. */
#include <stdlib.h>

#include "agent/child.h"
#include "agent/core.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#define TICK_MS 500
#define SWEEP_BUSY_MS 2000
#define SWEEP_IDLE_MS 5000
#define HOUR_MS 3600000
#define RETRY_MS 30000

/* Each does its work and returns the milliseconds until it wants to run again. */
static int64_t sweep(struct core *c)
{
	struct fail f = FAIL_INIT;
	int left = enrollment_sweep(c->enrollment, &f);

	if (left < 0) {
		log_warn("sweep", "code=%s %s", code_name(f.code), f.evidence);
		return SWEEP_IDLE_MS;
	}
	return left > 0 ? SWEEP_BUSY_MS : SWEEP_IDLE_MS;
}

static int64_t publish_crl(struct core *c)
{
	struct fail f = FAIL_INIT;
	uint64_t number = 0;
	int64_t life;

	if (enrollment_publish_crl(c->enrollment, &number, &f) < 0) {
		log_warn("crl", "code=%s %s", code_name(f.code), f.evidence);
		return RETRY_MS;
	}
	log_info("crl", "number=%llu", (unsigned long long)number);
	pthread_rwlock_rdlock(&c->conf_lock);
	life = c->conf->crl_lifetime;
	pthread_rwlock_unlock(&c->conf_lock);
	return life * 1000 / 2;
}

static int64_t wipe(struct core *c)
{
	struct fail f = FAIL_INIT;

	if (store_wipe(c->store, clock_now(), &f) == 0)
		return HOUR_MS;
	log_warn("wipe", "code=%s %s", code_name(f.code), f.evidence);
	return RETRY_MS;
}

static int64_t renew(struct core *c)
{
	struct fail f = FAIL_INIT;
	int rc = core_renew(c, &f);

	if (rc > 0)
		child_say(CHANNEL_RELOAD);
	if (rc < 0)
		log_warn("certificate", "code=%s %s", code_name(f.code), f.evidence);
	return HOUR_MS;
}

static const struct chore_row {
	const char *name;
	int64_t (*run)(struct core *c);
	int64_t first_ms; /* after the start */
} rows[] = {
	{ "sweep", sweep, 0 },
	{ "crl", publish_crl, 0 },
	{ "wipe", wipe, 10000 },
	{ "renew", renew, HOUR_MS }, /* the start has looked */
};

struct chore {
	struct core *core;
	const struct chore_row *row;
	int busy;
	int64_t due, wait;
};

struct chores {
	struct core *core;
	struct loop_timer *tick;
	struct work *work;
	struct chore chore[ARRAY_LEN(rows)];
};

static void chore_done(void *arg)
{
	struct chore *ch = arg;

	ch->due = clock_mono_ms() + ch->wait;
	ch->busy = 0;
}

static void chore_run(void *arg)
{
	struct chore *ch = arg;

	ch->wait = ch->row->run(ch->core);
	loop_post(ch->core->loop, chore_done, ch);
}

static void on_tick(void *arg)
{
	struct chores *all = arg;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct chore *ch = &all->chore[i];

		if (ch->busy || clock_mono_ms() < ch->due)
			continue;
		ch->busy = work_add(all->work, chore_run, ch) == 0;
	}
}

struct chores *chores_start(struct core *c)
{
	struct chores *all = mem_new(sizeof(*all));

	all->core = c;
	all->work = work_new(1, ARRAY_LEN(rows));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		all->chore[i] =
			(struct chore){ c, &rows[i], 0, clock_mono_ms() + rows[i].first_ms, 0 };
	all->tick = loop_timer_new(c->loop, TICK_MS, on_tick, all);
	on_tick(all);
	return all;
}

void chores_stop(struct chores **ch)
{
	if (*ch == NULL)
		return;
	loop_timer_free(&(*ch)->tick);
	work_free(&(*ch)->work);
	loop_flush((*ch)->core->loop);
	free(*ch);
	*ch = NULL;
}
