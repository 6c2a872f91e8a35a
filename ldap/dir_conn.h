/* One connection: made, secured, logged in; then in use or idle; then closed. A connection on which
 * anything unexpected happened is `broken` and is never used again. One thread at a time. Private
 * to ldap/. */
#ifndef LDAP_DIR_CONN_H
#define LDAP_DIR_CONN_H

#include <stddef.h>
#include <stdint.h>

#include <ldap.h>

#include "ldap/dir_bind.h"
#include "ldap/dir_entry.h"
#include "ldap/dir_limit.h"
#include "ldap/dir_mods.h"
#include "ldap/dir_settings.h"
#include "lib/base/fail.h"

struct dir_conn {
	LDAP *ld;
	size_t server;                 /* index into dir_servers */
	const char *uri;               /* its own */
	int timeout_ms;                /* for an operation */
	int64_t used_at;               /* clock_mono_ms */
	int reused;                    /* was idle before this use */
	enum dir_channel channel;
	int64_t good_until;            /* clock_now; 0: for ever. Then its ticket nears the end */
	int broken;
	int connected;                 /* private: TCP stands */
	struct dir_limit limit;        /* private */
	struct ldap_conncb callback;   /* private */
};

/* Cleanups for what libldap allocates: ldap_memfree, ldap_msgfree. */
void dir_text_free(char **t);
void dir_message_free(LDAPMessage **m);

/* Before the first thread that opens one; any number of times. */
void dir_conn_prepare(void);
/* uri must outlive it. */
int dir_conn_open(const struct dir_settings *s, const char *uri, struct dir_conn **out,
	struct fail *f);
void dir_conn_close(struct dir_conn **c);
/* Has the server said something unasked, or gone away, or does the ticket end? 1 usable, 0 not. */
int dir_conn_is_alive(const struct dir_conn *c);

/* The next message that answers msgid (with all: the whole answer); *msg is to be freed. An LDAP
 * result code: LDAP_SUCCESS if a message came, LDAP_TIMEOUT, LDAP_SERVER_DOWN. Anything but success
 * leaves the connection broken. */
int dir_conn_wait(struct dir_conn *c, int msgid, int64_t deadline_ms, LDAPMessage **msg);
/* The one answer to msgid, of that type: its result code, or that of dir_conn_wait; words as below.
 */
int dir_conn_answer(struct dir_conn *c, int msgid, int type, int64_t deadline_ms, char **said);
/* The result code inside a final message of that type, LDAP_DECODING_ERROR if it is of another; the
 * server's words in *said (ldap_memfree). */
int dir_conn_result(struct dir_conn *c, LDAPMessage *msg, int type, char **said);

/* --- dir_op.c: what its searches share with dir_walk.c --- */

/* The form libldap wants; it points into from. */
void dir_control_make(const struct dir_control *from, LDAPControl *out);
/* The entry of a message, appended to one that is zero; an LDAP result code. The sizes are bounded
 * by MESSAGE_MAX of dir_conn.c. */
int dir_entry_copy(LDAP *ld, LDAPMessage *msg, struct dir_entry *out);

#endif
