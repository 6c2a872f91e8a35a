/* How each row of dir_mechanism.h logs in. Private to ldap/. */
#ifndef LDAP_DIR_BIND_H
#define LDAP_DIR_BIND_H

#include <stdint.h>

#include "ldap/dir_mechanism.h"
#include "lib/base/fail.h"
#include "lib/base/mem.h"

struct dir_conn;
struct dir_settings;

/* One log-in of one connection. */
struct dir_login {
	struct dir_conn *conn;
	const struct dir_settings *set;
	int64_t deadline_ms;           /* clock_mono_ms */
	char *said;                    /* out: the server's words (ldap_memfree), or NULL */
};

struct dir_mechanism {
	const char *name;
	int channels;                  /* enum dir_channel: where it is safe */
	int needs, needs_tls, may;     /* enum dir_need */
	/* All its steps; LDAP result code. A failure of our own (no password, no ticket) fills f,
	 * which is empty before. */
	int (*log_in)(struct dir_login *l, struct fail *f);
};

/* NULL if there is no such row. */
const struct dir_mechanism *dir_mechanism_find(const char *name);

/* The first line of the file, without its end; bytes_wipe it. ENR_DIRECTORY_CREDENTIALS. */
int dir_password_read(const char *path, struct bytes *out, struct fail *f);

#endif
