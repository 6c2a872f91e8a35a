/* Ways to log in, one row each: where each is safe, and what it must be told. Nothing here needs
 * libldap, so that a check of the configuration may read the same table.
 *
 *	DIR_MECHANISMS(X)    X(ID, NAME, CHANNELS, NEEDS, NEEDS_TLS, MAY)
 *
 * NEEDS must be set; NEEDS_TLS besides, where the channel is TLS; MAY has a use. */
#ifndef LDAP_DIR_MECHANISM_H
#define LDAP_DIR_MECHANISM_H

enum dir_channel {
	DIR_PLAIN = 1,                 /* ldap:// without TLS */
	DIR_TLS = 2,                   /* ldaps://, or ldap:// with StartTLS */
	DIR_LOCAL = 4,                 /* ldapi:// */
};

enum dir_need {
	DIR_NEED_DN = 1,               /* bind-dn */
	DIR_NEED_USER = 2,             /* bind-user */
	DIR_NEED_PASSWORD = 4,         /* bind-password-file */
	DIR_NEED_KEYTAB = 8,           /* keytab */
	DIR_NEED_PRINCIPAL = 16,       /* principal */
	DIR_NEED_CERTIFICATE = 32,     /* client-certificate */
	DIR_NEED_KEY = 64,             /* client-key */
	DIR_NEED_MIN_SSF = 128,        /* sasl-min-ssf */
	DIR_NEED_BINDING = 256,        /* channel-binding */
};

#define DIR_NEED_KERBEROS (DIR_NEED_KEYTAB | DIR_NEED_PRINCIPAL)
#define DIR_NEED_PAIR (DIR_NEED_CERTIFICATE | DIR_NEED_KEY)

/* Kerberos brings its own seal, so it may stand on a plain channel; everything else would let
 * others read or change what follows. SCRAM has no seal in any SASL library. */
#define DIR_MECHANISMS(X) \
	X(simple, "simple", DIR_TLS | DIR_LOCAL, DIR_NEED_DN | DIR_NEED_PASSWORD, 0, \
		DIR_NEED_PAIR) \
	X(external, "external", DIR_TLS | DIR_LOCAL, 0, DIR_NEED_PAIR, 0) \
	X(gssapi, "gssapi", DIR_TLS | DIR_PLAIN, DIR_NEED_KERBEROS, 0, \
		DIR_NEED_PAIR | DIR_NEED_MIN_SSF | DIR_NEED_BINDING) \
	X(spnego, "gss-spnego", DIR_TLS | DIR_PLAIN, DIR_NEED_KERBEROS, 0, \
		DIR_NEED_PAIR | DIR_NEED_MIN_SSF | DIR_NEED_BINDING) \
	X(scram, "scram-sha-256", DIR_TLS | DIR_LOCAL, DIR_NEED_USER | DIR_NEED_PASSWORD, 0, \
		DIR_NEED_PAIR | DIR_NEED_BINDING)

#endif
