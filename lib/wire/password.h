/* Enrollment passwords: 20 characters of Crockford's base32 in groups of 5. As a base-32 number
 * they are congruent 1 modulo 1021; 18 are random (90 bits), the last 2 are the check. Every single
 * wrong character, every swap of neighbours, and every swap of the same place of neighbouring
 * groups is caught: docs/PROTOCOL.md section 3 has the proof. Pure but for password_new; wipe what
 * you get. */
#ifndef LIB_WIRE_PASSWORD_H
#define LIB_WIRE_PASSWORD_H

#include <stddef.h>

#include "lib/base/fail.h"

#define PASSWORD_LEN 20
#define PASSWORD_TEXT_MAX 24 /* XXXXX-XXXXX-XXXXX-XXXXX and NUL */
#define PASSWORD_TYPED_MAX 256 /* octets of input looked at; more is a typing mistake */

void password_new(char out[PASSWORD_LEN + 1]); /* canonical: upper case, no dashes */
/* From what a person typed or pasted: case, white space, dashes (typographic ones too), I/L/O
 * forgiven. ENR_PASSWORD_TYPO; told says whether length, alphabet or check is wrong, and quotes
 * nothing. */
int password_parse(const char *typed, size_t len, char out[PASSWORD_LEN + 1], struct fail *f);
void password_show(const char canonical[PASSWORD_LEN + 1], char out[PASSWORD_TEXT_MAX]);

#endif
