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

/* 1 if text begins with the form: 0 stands for any digit, the rest for itself. */
static int has_form(const char *text, const char *form)
{
	for (; *form; text++, form++)
		if (*form == '0' ? *text < '0' || *text > '9' : *text != *form)
			return 0;
	return 1;
}

static int two_digits(const char *t)
{
	return (t[0] - '0') * 10 + (t[1] - '0');
}

/* "+hh:mm", "-hh:mm" or "Z" to seconds east of UTC. */
static int zone_seconds(const char *z, int *out)
{
	int hours, minutes;

	if (strcmp(z, "Z") == 0 || strcmp(z, "z") == 0) {
		*out = 0;
		return 0;
	}
	if ((z[0] != '+' && z[0] != '-') || !has_form(z + 1, "00:00") || z[6] != '\0')
		return -1;
	hours = two_digits(z + 1);
	minutes = two_digits(z + 4);
	if (hours > 23 || minutes > 59)
		return -1;
	*out = (hours * 3600 + minutes * 60) * (z[0] == '-' ? -1 : 1);
	return 0;
}

/* strptime forgives blanks and signs that RFC 3339 does not, so the form is looked at first. A leap
 * second has no place in seconds since the epoch and is refused. */
int clock_parse(const char *text, int64_t *out)
{
	struct tm tm = { 0 }, check;
	const char *rest;
	time_t t;
	int zone;

	if (!has_form(text, "0000-00-00T00:00:00") || zone_seconds(text + 19, &zone) < 0)
		return -1;
	rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	if (rest != text + 19 || tm.tm_sec > 59)
		return -1;
	check = tm;
	t = timegm(&check);
	if (check.tm_mday != tm.tm_mday || check.tm_hour != tm.tm_hour)
		return -1;
	*out = (int64_t)t - zone;
	return 0;
}
