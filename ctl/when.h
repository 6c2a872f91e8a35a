/* Times for people: local, and relative to now. Pure but for the time zone. */
#ifndef CTL_WHEN_H
#define CTL_WHEN_H

#include <stddef.h>
#include <stdint.h>

#define WHEN_MAX 48

/* "today, 14:05", "tomorrow, 09:20", "yesterday, 09:20", else "2026-11-23 09:20". buf of WHEN_MAX
 * is filled and returned. */
const char *when_words(int64_t t, int64_t now, char *buf);
/* "just now", "2 minutes ago", "3 days ago"; for the future "in 5 hours". */
const char *when_ago(int64_t t, int64_t now, char *buf);
/* "09:20:11". */
const char *when_clock(int64_t t, char *buf);
/* "2026-11-23". */
const char *when_day(int64_t t, char *buf);

#endif
