/* Small questions about text. Pure, thread-safe; nothing here allocates unless it says so. */
#ifndef LIB_BASE_TEXT_H
#define LIB_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/fail.h"

int text_equal(const char *a, const char *b);       /* both may be NULL; NULL equals only NULL */
int text_equal_ci(const char *a, const char *b);    /* ASCII letters only are folded */
int text_is_utf8(const char *data, size_t len);     /* well-formed (RFC 3629), no NUL inside */
int text_has_control(const char *data, size_t len); /* C0, DEL, or C1 (U+0080..U+009F as UTF-8) */
int text_is_label(const char *t);                   /* one RFC 1123 label, 1..63, not all digits */
int text_is_hostname(const char *t);                /* dotted labels, <= 253, no trailing dot */
int text_is_ip(const char *t);                      /* IPv4, IPv6, with or without [] */

/* Decimal, whole text, within [min, max]. 0 or -1. */
int text_number(const char *t, int64_t min, int64_t max, int64_t *out);
/* "45m", "8h", "14d", "90s", or several together ("1d12h"): seconds > 0. 0 or -1. */
int text_duration(const char *t, int64_t *seconds);
/* "1 day", "8 hours", "45 minutes" for people; buf is filled and returned. */
const char *text_duration_words(int64_t seconds, char *buf, size_t size);

/* Peer text made safe for a log line or a terminal: quoted, cut at max octets of input, everything
 * outside printable ASCII as \xNN. buf is filled (always terminated) and returned. 4 * max + 6
 * octets suffice. */
const char *text_quote(const char *t, size_t max, char *buf, size_t size);

/* Edit distance for "did you mean"; 0..; cut off at 9. */
int text_distance(const char *a, const char *b);

#endif
