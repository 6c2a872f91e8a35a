/* Identifiers people read aloud: E-4H2X-8RNP (an enrollment) and A-7K3M-Q9TD (one attempt). Eight
 * random characters of Crockford's base32, 40 bits; uniqueness is the store's to check.
 * Thread-safe. */
#ifndef LIB_BASE_ID_H
#define LIB_BASE_ID_H

#include <stddef.h>
#include <stdint.h>

#define ID_MAX 12 /* "E-XXXX-XXXX" and its NUL */

void id_new(char kind, char out[ID_MAX]); /* kind 'E' or 'A' */
/* Forgives case and I/L/O; writes the canonical form. 1 if text is an identifier of that kind, else
 * 0. */
int id_parse(const char *text, char kind, char out[ID_MAX]);

/* Octets from the kernel (getrandom). Ends the process if there are none. */
void random_bytes(void *out, size_t len);

#endif
