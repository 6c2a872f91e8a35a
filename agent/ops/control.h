/* The control socket: HTTP/JSON over a unix socket, for enrollctl. Knows sockets, peers and roles;
 * what the commands do is registered by agent/commands.c (rows). Runs its own loop thread and a few
 * workers of its own, so that an admin's slow directory question never waits behind devices and the
 * other way round.
 *
 * POST /v1/<row path> with a JSON object; 200 and the command's document, or the status of the
 * failure and an error document (docs/CONTROL.md sections 1 and 4). The socket is 0666 with a limit
 * of connections per uid; a caller without a role gets ENR_NOT_PERMITTED and nothing else. Groups
 * are the gid of SO_PEERCRED and those of SO_PEERGROUPS; uid 0 is admin, and so is the process' own
 * uid in single-user mode. */
#ifndef AGENT_OPS_CONTROL_H
#define AGENT_OPS_CONTROL_H

#include <stddef.h>
#include <sys/types.h>

#include <jansson.h>

#include "agent/conf/conf.h"
#include "lib/base/fail.h"
#include "lib/base/id.h"

struct control;

struct control_caller {
	uid_t uid;
	gid_t gid;
	char who[64]; /* user name, or "uid N" */
	enum conf_role role;
	/* The rows that grant that role; any of them permits. NULL: unlimited (root, single user).
	 */
	const struct conf_role_row **rows;
	size_t n_rows;
};
struct control_call {
	const struct control_caller *caller;
	const struct conf *conf; /* snapshot of this call */
	const json_t *in; /* an object; borrowed */
	void *context; /* as given to control_start */
	/* For the error document, should run fail: its `details` (a new object, taken), its
	 * `attempt` and `exit`. */
	json_t *details;
	char attempt[ID_MAX];
	int exit; /* exit status to be told instead of the code's; 0: none */
};
/* 0 and a new reference in *out, or -1 and f. */
typedef int control_run(struct control_call *call, json_t **out, struct fail *f);
struct control_row {
	const char *path; /* "device/add" */
	enum conf_role least; /* ROLE_NONE: anyone */
	control_run *run;
};
struct control_setup {
	int fd; /* listening unix socket; owned from now on */
	const struct conf *conf;
	const struct control_row *rows;
	size_t n_rows;
	void *context;
	int single_user; /* then the process' own uid is admin too */
};
/* The words of the configuration: "auditor" …; "none". */
const char *control_role_word(enum conf_role role);
/* Takes the descriptor also when it fails. Makes jansson wipe what it frees (process-wide): to be
 * called before anything else uses jansson. */
struct control *control_start(const struct control_setup *setup, struct fail *f);
/* Calls that run keep the old snapshot; returns when none uses it any more. */
void control_reload(struct control *c, const struct conf *conf);
/* Finishes what runs, then closes. */
void control_stop(struct control **c);

/* A text as JSON: octets that are no UTF-8 (evidence may be cut anywhere) become '?'. Null for
 * NULL.
 */
json_t *control_text(const char *text);

/* 1 if dn lies in limit (an OU as the configuration has it: DN or canonical path), else 0: given by
 * the caller, since ops knows no directory. */
typedef int control_inside(const char *dn, const char *limit);
/* May this caller touch this device: OU (as DN) and name inside the limits of a row. 0, or
 * ENR_NOT_PERMITTED, which names the limits. */
int control_allows(const struct control_caller *caller, const char *ou_dn, const char *name,
	control_inside *inside, struct fail *f);

#endif
