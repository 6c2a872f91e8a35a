/* Time. Seconds since the epoch as int64_t; text is RFC 3339 in UTC ("2026-11-23T08:20:11Z").
 * Thread-safe. Tests may move the clock with clock_set_offset. */
#ifndef LIB_BASE_CLOCK_H
#define LIB_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define CLOCK_TEXT_MAX 32

int64_t clock_now(void);            /* wall clock, seconds */
int64_t clock_mono_ms(void);        /* monotonic, milliseconds */
void clock_set_offset(int64_t seconds); /* tests: added to clock_now from now on, in this process */

/* buf of CLOCK_TEXT_MAX is filled and returned. */
const char *clock_text(int64_t t, char *buf);
/* RFC 3339 with Z or an offset, no fractions. 0 or -1. */
int clock_parse(const char *text, int64_t *out);

#endif
