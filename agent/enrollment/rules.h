/* The rules about names, times, keys and states, as questions about their arguments alone. Pure,
 * thread-safe. */
#ifndef AGENT_ENROLLMENT_RULES_H
#define AGENT_ENROLLMENT_RULES_H

#include <stddef.h>
#include <stdint.h>

#include "agent/conf/conf.h"
#include "agent/store/store.h"
#include "lib/base/fail.h"
#include "lib/base/str.h"
#include "lib/pki/csr.h"

#define RULES_LIFETIME_MIN 60      /* seconds */
#define RULES_MARK_MAX 80

/* One RFC 1123 label, not all digits (ENR_NAME_INVALID); not on the reserved list, not the first
 * label of a listener's public name or of a profile's DM server (ENR_NAME_RESERVED). Letters are
 * compared without case. */
int rules_name(const struct conf *c, const char *name, struct fail *f);
/* wanted 0: the default. Seconds between RULES_LIFETIME_MIN and max-lifetime.
 * ENR_LIFETIME_INVALID. */
int rules_lifetime(const struct conf *c, int64_t wanted, int64_t *seconds, struct fail *f);
/* The computed dNSHostName: name in lower case, dot, suffix. free() it. */
char *rules_fqdn(const char *name, const char *suffix);
/* The host of an https URL, cut into size octets; 0 or -1 if there is none. */
int rules_url_host(const char *url, char *out, size_t size);

/* Is a public key of this kind accepted here? RSA counts as the next size below it. No Ed25519 for
 * Active Directory, and RSA alone for a profile (NULL: none) with PKINIT. ENR_KEY_REFUSED; told
 * names the accepted kinds. */
int rules_key(const struct conf *c, const struct conf_profile *p, const struct pki_csr *csr,
	struct fail *f);
/* For people: "P-256", "RSA 2048 bits". */
const char *rules_key_words(const struct pki_csr *csr);
/* "native" or "native,est": is the dialect one of them? ENR_DIALECT_REFUSED. */
int rules_dialect(const char *dialects, const char *dialect, struct fail *f);
/* Is it one of the listener's public names? ENR_SERVER_NAME_UNKNOWN. */
int rules_server_name(const struct conf_listener *l, const char *name, struct fail *f);
/* May somebody who proved the password of this record go on to phase 3? What the claim will test
 * again is tested here only so that a refusal comes early. ENR_PASSWORD_EXPIRED, _EARLY, _CANCELED,
 * _USED. */
int rules_may_go_on(const struct store_record *r, int64_t now, struct fail *f);
/* Until when the password stays good, 0 if it is good no more. */
int64_t rules_good_until(const struct store_record *r, int64_t now);
/* The object's mark: "1:E-4H2X-8RNP:EPOCH:NONCE in hex". */
void rules_mark(const struct store_record *r, char out[RULES_MARK_MAX]);

#endif
