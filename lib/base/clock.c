#include "lib/base/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static _Atomic int64_t offset;

int64_t clock_now(void)
{
	return (int64_t)time(NULL) + atomic_load(&offset);
}

int64_t clock_mono_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void clock_set_offset(int64_t seconds)
{
	atomic_store(&offset, seconds);
}

const char *clock_text(int64_t t, char *buf)
{
	time_t when = (time_t)t;
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL ||
		strftime(buf, CLOCK_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(buf, CLOCK_TEXT_MAX, "?");
	return buf;
}

/* "+hh:mm" or "-hh:mm" or "Z" to seconds east of UTC; -1 is not a legal result, so it is the error.
 */
static int zone_seconds(const char *z, int *out)
{
	int hours, minutes, used = 0;

	if (strcmp(z, "Z") == 0 || strcmp(z, "z") == 0) {
		*out = 0;
		return 0;
	}
	if ((z[0] != '+' && z[0] != '-') ||
		sscanf(z + 1, "%2d:%2d%n", &hours, &minutes, &used) != 2)
		return -1;
	if (used != 5 || z[6] != '\0' || hours > 23 || minutes > 59 || hours < 0 || minutes < 0)
		return -1;
	*out = (hours * 3600 + minutes * 60) * (z[0] == '-' ? -1 : 1);
	return 0;
}

int clock_parse(const char *text, int64_t *out)
{
	struct tm tm = { 0 }, check;
	const char *rest;
	time_t t;
	int zone;

	if (strlen(text) < 20)
		return -1;
	rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	if (rest == NULL || rest - text != 19 || zone_seconds(rest, &zone) < 0)
		return -1;
	check = tm;
	t = timegm(&check);
	if (check.tm_mday != tm.tm_mday || check.tm_hour != tm.tm_hour)
		return -1;
	*out = (int64_t)t - zone;
	return 0;
}
