/* Kerberos credentials made from a keytab (RFC 4120), kept in memory, and made anew before they
 * end. Nobody has to run kinit.
 *
 * libkrb5 waits for a KDC as long as it likes. So only a thread made for it talks to KDCs, one at a
 * time, and whoever needs a ticket waits for that thread no longer than his deadline. It makes a
 * cache (MEMORY:) that holds the ticket-granting ticket and the ticket of the LDAP service; a cache
 * is never written again once it is replaced, and lives as long as somebody uses it. A ticket
 * is renewed in the background during the last quarter of its life (ten minutes at most), and
 * used until a third of that is left (forty seconds if it lives long enough for that).
 *
 * Thread-safe. Private to ldap/. */
#ifndef LDAP_DIR_CRED_H
#define LDAP_DIR_CRED_H

#include <stdint.h>

#include "lib/base/fail.h"

struct dir_cred;
struct dir_ticket;

/* Reads nothing yet. */
struct dir_cred *dir_cred_new(const char *keytab, const char *principal);
/* Tickets that were taken must have been given back. Does not wait for a KDC. */
void dir_cred_free(struct dir_cred **c);

/* A ticket to log in at ldap/host. ENR_DIRECTORY_CREDENTIALS: it cannot be had, and why;
 * ENR_DIRECTORY_UNREACHABLE: no KDC answered by then (clock_mono_ms). */
int dir_cred_take(struct dir_cred *c, const char *host, int64_t deadline_ms,
	struct dir_ticket **out, struct fail *f);
void dir_ticket_give(struct dir_ticket **t);

/* Its credential cache, "MEMORY:…". */
const char *dir_ticket_cache(const struct dir_ticket *t);
/* When it should not be used any more, clock_now. */
int64_t dir_ticket_end(const struct dir_ticket *t);

#endif
