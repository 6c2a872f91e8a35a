/* Who may do what: the role of a caller from uid and groups, by the [role] rows of the
 * configuration. Pure but for the group look-up that is handed in. */
#ifndef AGENT_OPS_ROLES_H
#define AGENT_OPS_ROLES_H

#include <stddef.h>
#include <sys/types.h>

#include "agent/conf/conf.h"
#include "agent/ops/control.h"
#include "lib/base/fail.h"

#define ROLES_GROUPS_MAX 4096

/* What the kernel says about the other end of a unix socket. */
struct roles_peer {
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* supplementary; free() it */
	size_t n_groups;
};

/* The gid of a group name: 0 and *gid, or -1 if there is no such group. */
typedef int roles_lookup(const char *name, gid_t *gid);
/* The system's (getgrnam_r; may ask SSSD, so only where blocking is allowed). */
int roles_system_group(const char *name, gid_t *gid);

struct roles_rule {
	const struct conf *conf;
	roles_lookup *lookup;
	int has_admin; /* admin_uid is admin too (single-user mode) */
	uid_t admin_uid;
};
/* Fills role, rows, n_rows of out: uid 0 is admin without limits; else the most powerful role any
 * of the groups grants, with all rows that grant that very role. */
void roles_decide(
	const struct roles_rule *rule, const struct roles_peer *peer, struct control_caller *out);
void roles_caller_clear(struct control_caller *c);

/* ENR_NOT_PERMITTED: names the role that would do and the groups that grant it. */
int roles_refuse(const struct conf *conf, const struct control_caller *caller, enum conf_role least,
	struct fail *f);

#endif
