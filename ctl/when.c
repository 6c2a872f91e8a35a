#include "ctl/when.h"

#include <stdio.h>
#include <time.h>

#include "lib/base/clean.h"

static const struct {
	int64_t seconds;
	const char *word;
} units[] = {
	{ 86400, "day" },
	{ 3600, "hour" },
	{ 60, "minute" },
	{ 1, "second" },
};

static struct tm local(int64_t t)
{
	time_t at = (time_t)t;
	struct tm tm = { .tm_mday = 1 };

	localtime_r(&at, &tm);
	return tm;
}

/* The day as a number that counts through months and years: days since the epoch, local. */
static int64_t day_number(const struct tm *tm)
{
	struct tm midnight = {
		.tm_year = tm->tm_year, .tm_mon = tm->tm_mon, .tm_mday = tm->tm_mday
	};

	return (int64_t)timegm(&midnight) / 86400;
}

const char *when_words(int64_t t, int64_t now, char *buf)
{
	static const char *const near[] = { "yesterday", "today", "tomorrow" };
	struct tm at = local(t), here = local(now);
	int64_t days = day_number(&at) - day_number(&here);

	if (days >= -1 && days <= 1)
		snprintf(buf, WHEN_MAX, "%s, %02d:%02d", near[days + 1], at.tm_hour, at.tm_min);
	else if (strftime(buf, WHEN_MAX, "%Y-%m-%d %H:%M", &at) == 0)
		snprintf(buf, WHEN_MAX, "?");
	return buf;
}

const char *when_ago(int64_t t, int64_t now, char *buf)
{
	int64_t apart = now > t ? now - t : t - now;

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		int64_t n = apart / units[i].seconds;

		if (n == 0 || (units[i].seconds == 86400 && n < 2))
			continue;
		snprintf(buf, WHEN_MAX, "%s%lld %s%s%s", t > now ? "in " : "", (long long)n,
			units[i].word, n == 1 ? "" : "s", t > now ? "" : " ago");
		return buf;
	}
	snprintf(buf, WHEN_MAX, "just now");
	return buf;
}

const char *when_clock(int64_t t, char *buf)
{
	struct tm at = local(t);

	snprintf(buf, WHEN_MAX, "%02d:%02d:%02d", at.tm_hour, at.tm_min, at.tm_sec);
	return buf;
}

const char *when_day(int64_t t, char *buf)
{
	struct tm at = local(t);

	if (strftime(buf, WHEN_MAX, "%Y-%m-%d", &at) == 0)
		snprintf(buf, WHEN_MAX, "?");
	return buf;
}
