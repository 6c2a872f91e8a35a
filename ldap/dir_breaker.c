#include "ldap/dir_breaker.h"

enum dir_breaker_state dir_breaker_state(const struct dir_breaker *b, int64_t now)
{
	if (b->failures < DIR_BREAKER_FAILURES)
		return DIR_BREAKER_CLOSED;
	return now < b->rest_until ? DIR_BREAKER_OPEN : DIR_BREAKER_HALF_OPEN;
}

int dir_breaker_try(struct dir_breaker *b, int64_t now, int this_very_one)
{
	enum dir_breaker_state state = dir_breaker_state(b, now);

	if (state == DIR_BREAKER_CLOSED)
		return 1;
	if ((state == DIR_BREAKER_OPEN && !this_very_one) || b->probing)
		return 0;
	b->probing = 1;
	return 1;
}

void dir_breaker_worked(struct dir_breaker *b)
{
	*b = (struct dir_breaker){ .failures = 0 };
}

/* Those who asked before it opened fail later than its rest began; they do not lengthen it. */
void dir_breaker_failed(struct dir_breaker *b, int64_t now)
{
	int64_t rest = DIR_BREAKER_REST_MS;

	if (dir_breaker_state(b, now) == DIR_BREAKER_OPEN && !b->probing)
		return;
	b->failed_at = now;
	b->probing = 0;
	b->failures++;
	for (int i = DIR_BREAKER_FAILURES; i < b->failures && rest < DIR_BREAKER_REST_MAX_MS; i++)
		rest *= 2;
	b->rest_until = now + (rest < DIR_BREAKER_REST_MAX_MS ? rest : DIR_BREAKER_REST_MAX_MS);
}

int dir_breaker_is_last(const struct dir_breaker *b, int64_t now)
{
	return b->failures > 0 && b->failures < DIR_BREAKER_FAILURES &&
		now < b->failed_at + DIR_BREAKER_LAST_MS;
}
