/* The one canonical form of an identity (an e-mail address), used by the store, the MAC and the CSR
 * alike.
 *
 * UTF-8 in, NFC, exactly one @, no control character, no white space; the domain by IDNA2008 (UTS
 * 46 non-transitional) to lower-case A-labels, at least two of them, one trailing dot dropped; the
 * local part only ASCII-lowered (so I becomes i, and U+0130, U+0131 stay what they are) and without
 * the characters that RFC 5322 allows only in quotes; at most 254 octets. Canonical text is its own
 * canonical form. docs/PROTOCOL.md section 4 has the rules and vectors. Pure, thread-safe. */
#ifndef LIB_WIRE_IDENTITY_H
#define LIB_WIRE_IDENTITY_H

#include <stddef.h>

#include "lib/base/fail.h"

#define IDENTITY_MAX 254
#define SERVER_NAME_MAX 253

/* ENR_IDENTITY_INVALID, told says what is wrong. out is untouched on failure. */
int identity_canonical(const char *text, size_t len, char out[IDENTITY_MAX + 1], struct fail *f);
/* The domain of a canonical identity: points into it. */
const char *identity_domain(const char *canonical);
/* A server's name as it stands under the MAC: A-label, lower case, no port, no trailing dot.
 * Refuses an IP address (also "1.2", "0x7f000001": whatever a resolver would take for one) with
 * ENR_ADDRESS_NOT_NAME, anything else that is no host name or port with ENR_USAGE. port (may be
 * NULL) gets the port behind a colon or 0. */
int server_name_canonical(
	const char *text, char out[SERVER_NAME_MAX + 1], int *port, struct fail *f);

#endif
