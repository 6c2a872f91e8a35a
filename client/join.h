/* Joining: from an e-mail address and a password to a machine that is a member. The command
 * (cmd_join.c) fills the struct; the parts below run in their order. One thread. */
#ifndef CLIENT_JOIN_H
#define CLIENT_JOIN_H

#include <stdint.h>

#include "client/options.h"
#include "client/say.h"
#include "client/settings.h"
#include "client/state.h"
#include "client/talk.h"
#include "lib/pki/key.h"

struct join {
	struct run *run;
	struct settings settings;
	struct state state; /* as on disk; then as it becomes */
	struct net *net;
	struct net *reader; /* of documents; sees no stranger's octet */
	struct talk talk;
	char identity[IDENTITY_MAX + 1]; /* "" if none was given or found */
	char server[SERVER_NAME_MAX + 1];
	int port;
	int server_given; /* by option, configuration or at the terminal */
	char password[PASSWORD_LEN + 1];
	enum key_kind kind; /* KEY_NONE: not given */
	const char *login; /* "sssd", "none", or NULL: as the document says */
	int64_t retry; /* seconds; 0: one try */
	int dry_run;
	int made_folder; /* /etc/enroll was made just now */
};

/* The key of this machine: the one it has, or a new one (ENR_KEY_NOT_MADE), durable with what is
 * asked for, before anything of it is sent. */
struct pki_key *join_key(struct join *j, struct fail *f);
/* All three phases, again where --retry allows it. Ends with the document on disk and
 * j->state.stage STAGE_ANSWERED; with --dry-run before the third phase. */
int join_ask(struct join *j, struct trouble *t);
/* From the document on disk to a member. Needs no password; done again it goes on. */
int join_finish(struct join *j, struct trouble *t);
/* The domain as JSON, or null; to be freed. */
json_t *join_domain_json(const struct state *s);
/* What stands, as "join" document or as words. changed 0: it stood before. */
void join_report(struct join *j, int changed);

#endif
