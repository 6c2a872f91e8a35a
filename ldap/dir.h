/* A directory: a pool of connections to one or more LDAP servers that hold the same data, and the
 * operations on them. Knows LDAP (RFC 4511), not devices.
 *
 * Servers are tried in the order of the list, or of DNS (RFC 2782), which is asked again when its
 * answer ends. One that failed is tried last for half a minute, and after some failures in a row
 * it rests and is not asked at all; dir_servers_list shows it. A
 * read goes on to the next server when one does not answer. A write goes on only while it was
 * surely not sent; once it was sent and no answer came, nobody can tell whether it happened, and
 * it fails with ENR_UNCERTAIN. A refusal that a server did give is always another code.
 *
 * TLS, where an URI or starttls asks for it, always checks the certificate and the name. Referrals
 * are not followed. Every call may block for as long as the time limit, once for each server;
 * every call is thread-safe. The process must ignore SIGPIPE. */
#ifndef LDAP_DIR_H
#define LDAP_DIR_H

#include <stddef.h>

#include "ldap/dir_entry.h"
#include "ldap/dir_mods.h"
#include "ldap/dir_result.h"
#include "lib/base/fail.h"

#define DIR_URI_MAX 512
#define DIR_MIN_SSF 128
#define DIR_SAID_MAX 80

struct dir;

struct dir_config {
	const char *const *uri;        /* ldap://, ldaps://, ldapi:// */
	size_t n_uri;                  /* 0: by domain */
	const char *domain;            /* DNS domain that names its servers (SRV _ldap._tcp), which
					* are then spoken to by ldap:// */
	const char *site;              /* those of this site of it first; NULL for none */
	int starttls;                  /* on ldap:// */
	const char *ca_file;           /* PEM; needed as soon as TLS is used */
	const char *client_certificate; /* PEM, ours in TLS, leaf first; NULL for none */
	const char *client_key;        /* PEM, 0600 */
	const char *bind;              /* a row of dir_mechanism.h; what it needs of these: */
	const char *bind_dn;
	const char *bind_user;
	const char *password_file;     /* 0600, its first line; read at every log-in */
	const char *keytab;            /* 0600; read whenever a ticket is made */
	const char *principal;         /* whose key in it */
	const char *channel_binding;   /* "none" (also NULL), "tls-endpoint", "tls-unique" */
	int min_ssf;                   /* bits that must hide what is on ldap:// without TLS;
					* 0: DIR_MIN_SSF */
	int timeout;                   /* seconds: to connect, to log in, and for each operation */
	int connections;               /* at most so many at once */
	int idle;                      /* seconds after which an unused one is closed; 0: 60 */
};

/* Is it a keytab that is ours alone to read, with a key of that principal? Asks no KDC.
 * ENR_FILE_FAILED, ENR_KEY_FILE, ENR_DIRECTORY_CREDENTIALS. */
int dir_keytab_check(const char *keytab, const char *principal, struct fail *f);

/* Checks and copies the settings; connects to nothing yet. ENR_CONFIG_INVALID. */
struct dir *dir_open(const struct dir_config *c, struct fail *f);
/* No call may be running. */
void dir_close(struct dir **d);

/* Which server, by which connection; NULL or zeroes: any, and one that is open already. */
struct dir_via {
	const char *server;            /* stay with this URI of the list */
	int fresh;                     /* on a connection made for this call */
	char used[DIR_URI_MAX];        /* out: the server spoken to last; "" for none */
	int result;                    /* out: result code of its answer (dir_result.h); -1: none */
	char said[DIR_SAID_MAX];       /* out: its words with that, cut off */
};

enum dir_scope { DIR_BASE, DIR_ONE, DIR_SUBTREE };
struct dir_query {
	const char *base;
	enum dir_scope scope;
	const char *filter;            /* built by dir_filter.h; NULL: any entry */
	const char *const *attrs;      /* ends with NULL; NULL: none but the DN */
	size_t limit;                  /* at most so many entries, >= 1 */
	const struct dir_control *control; /* one that the search carries, critical; or NULL */
};

/* ENR_DIRECTORY_GONE: the base does not exist. Nothing found is success with n 0; but if a part of
 * the answer lies on another server, ENR_DIRECTORY_REFERRAL: that is not a no. */
int dir_search(struct dir *d, struct dir_via *via, const struct dir_query *q,
	struct dir_result **out, struct fail *f);

/* Every entry that q finds, one after the other, however many: by pages of q->limit (RFC 2696) on
 * one connection. visit returns 0 to go on; the entry is gone after it. ENR_DIRECTORY_GONE as
 * above; what lies on another server is passed over. A failure may come after visits. */
struct dir_visitor {
	int (*visit)(const struct dir_entry *e, void *arg, struct fail *f);
	void *arg;
};
int dir_walk(struct dir *d, struct dir_via *via, const struct dir_query *q,
	const struct dir_visitor *visitor, struct fail *f);

/* ENR_NAME_TAKEN (68), ENR_CREATE_DENIED (50), ENR_UNCERTAIN, other ENR_6xx. */
int dir_add(struct dir *d, struct dir_via *via, const char *dn, const struct dir_mods *mods,
	struct fail *f);
/* The same add under the critical no-op control: 0, it would be done; the failures are those of
 * dir_add, but for ENR_UNCERTAIN; ENR_PREFLIGHT_UNKNOWN: this server cannot tell.
 * On OpenLDAP the attributes must be in use in that database already (docs/DIRECTORY.md). */
int dir_add_noop(struct dir *d, struct dir_via *via, const char *dn, const struct dir_mods *mods,
	struct fail *f);
/* ENR_DIRECTORY_GONE: no such entry. via->result tells 16 (no such value) and 122 (assertion
 * failed, dir_mods_assert) apart; both are ENR_DIRECTORY_REFUSED. */
int dir_modify(struct dir *d, struct dir_via *via, const char *dn, const struct dir_mods *mods,
	struct fail *f);
/* Deletes the entry if it matches the filter assert (RFC 4528), or in any case if that is NULL. */
int dir_delete(struct dir *d, struct dir_via *via, const char *dn, const char *assert_filter,
	struct fail *f);
/* Deletes it and all below it in one operation (MS-ADTS section 3.1.1.3.4.1.15). */
int dir_delete_tree(struct dir *d, struct dir_via *via, const char *dn, struct fail *f);

/* A write that shall not happen, sent for its answer: under the critical no-op control, so that 50
 * says that we may not, and 16654 that it would be done. 0: via->result has an answer, whatever it
 * is; -1: there is none. */
enum dir_write {
	DIR_WRITE_ADD,
	DIR_WRITE_MODIFY,
	DIR_WRITE_DELETE,
	/* and under an assertion that is never true (RFC 4526): 122 */
	DIR_WRITE_DELETE_NEVER,
};
struct dir_attempt {
	enum dir_write what;
	const char *dn;
	const struct dir_mods *mods;
};
int dir_try(struct dir *d, struct dir_via *via, const struct dir_attempt *a, struct fail *f);

/* Our own identity as the server sees it (RFC 4532): "dn:cn=…" or "u:…"; where it knows no such
 * question, as whom we logged in. free() it. */
int dir_whoami(struct dir *d, struct dir_via *via, char **out, struct fail *f);

/* The servers known by now, also those that DNS does not name any more, for `status`. */
#define DIR_SERVERS_MAX 64             /* more are not remembered */
struct dir_server_state {
	char uri[DIR_URI_MAX];
	const char *channel;           /* "ldaps", "StartTLS", "sealed", "ldapi" */
	int in_use;                    /* 0: DNS does not name it any more */
	const char *state;             /* "asked", "resting", "probed": closed, open, half-open */
	int failures;                  /* in a row */
};
/* The i-th server known by now, NULL behind the last; the text lives as long as d, and i stays that
 * server's. in_use: as above. */
const char *dir_server_uri(struct dir *d, size_t i, int *in_use);
/* Into out of at most max; how many. */
size_t dir_servers_list(struct dir *d, struct dir_server_state *out, size_t max);
/* How often the server at that URI has failed by now: what was read of it before the latest time
 * may not be true any more. */
unsigned long dir_server_failed(struct dir *d, const char *uri);
/* By what and as whom the agent logs in, in words: "gssapi". */
const char *dir_bind_word(const struct dir *d);

/* What the server says of itself (RFC 4512 section 5.1). */
struct dir_root {
	char *context;                 /* first naming context; NULL if it names none */
	char *vendor;                  /* "OpenLDAP", or vendorName and vendorVersion; never NULL */
};
int dir_root(struct dir *d, struct dir_via *via, struct dir_root *out, struct fail *f);
void dir_root_clear(struct dir_root *r);

#endif
