/* What check.c and the files beside it share. Never included outside them. */
#ifndef CLIENT_CHECK_PRIVATE_H
#define CLIENT_CHECK_PRIVATE_H

#include "client/check.h"

/* 0 and words, or -1 and fail; what its code means for the answer is check.c's to say. */
int check_keytab(const struct place *p, const struct state *s, struct check *c);
/* Ask a domain controller; the row before the next one. */
int check_ticket(const struct place *p, const struct state *s, struct check *c);
int check_user(const struct place *p, const struct state *s, struct check *c);
/* Fetches the list of revoked certificates that the certificate names. */
int check_revocation(const struct place *p, const struct state *s, struct check *c);

#endif
