/* A time limit below TLS. libldap with GnuTLS repeats a handshake that waits for its peer without
 * end, at full speed, whatever LDAP_OPT_NETWORK_TIMEOUT says (2.5.13); and a read in the middle of
 * a message blocks for as long as the peer likes. So a layer of our own waits for the socket, up
 * to a deadline, and then fails for good. Private to ldap/. */
#ifndef LDAP_DIR_LIMIT_H
#define LDAP_DIR_LIMIT_H

#include <stdint.h>

#include <lber.h>

struct dir_limit {
	int64_t deadline;              /* clock_mono_ms; 0: none */
	int expired;                   /* set when it was reached */
};

/* Put the layer between the socket and TLS; limit must outlive the socket buffer. 0 or -1. */
int dir_limit_add(Sockbuf *sb, struct dir_limit *limit);

#endif
