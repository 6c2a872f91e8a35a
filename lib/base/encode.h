/* base64 (RFC 4648 section 4, padded, one line), hex and Crockford base32. Decoders are strict: the
 * one canonical spelling or nothing. Pure, thread-safe. */
#ifndef LIB_BASE_ENCODE_H
#define LIB_BASE_ENCODE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"

void b64_add(struct str *out, const uint8_t *data, size_t len);
char *b64_text(const uint8_t *data, size_t len); /* free() it */
/* White space is not allowed, padding bits must be zero. len of text; at most max octets come out.
 * 0 or -1; *out is replaced on success. */
int b64_decode(const char *text, size_t len, size_t max, struct bytes *out);

void hex_add(struct str *out, const uint8_t *data, size_t len);       /* lower case */
void hex_add_upper(struct str *out, const uint8_t *data, size_t len);
int hex_decode(const char *text, size_t len, size_t max, struct bytes *out); /* either case */

/* Crockford's alphabet 0-9 A-Z without I L O U. */
extern const char base32_alphabet[33];
/* Value 0..31 of one character; forgives case and I/L -> 1, O -> 0; -1 for anything else. */
int base32_value(char c);

#endif
