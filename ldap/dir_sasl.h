/* Log-ins of several steps by the SASL library (RFC 4422), none of which may wait beyond the
 * deadline. On a plain channel they seal what follows, or fail; inside TLS they leave that to TLS,
 * since Active Directory and Samba refuse both at once. Thread-safe. Private to ldap/. */
#ifndef LDAP_DIR_SASL_H
#define LDAP_DIR_SASL_H

#include "ldap/dir_bind.h"

/* GSSAPI (RFC 4752) and GSS-SPNEGO (MS-ADTS 5.1.1.1) with a ticket of set->cred; the connection's
 * good_until becomes the end of that ticket. As dir_mechanism.log_in. */
int dir_sasl_kerberos(struct dir_login *l, const char *mechanism, struct fail *f);
/* SCRAM (RFC 5802, 7677) with bind_user and the password file. */
int dir_sasl_scram(struct dir_login *l, const char *mechanism, struct fail *f);

#endif
