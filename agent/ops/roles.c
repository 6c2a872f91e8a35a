#include "agent/ops/roles.h"

#include <errno.h>
#include <fnmatch.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

enum { GROUP_BUFFER_MAX = 1 << 20 };

static const char *const words[] = {
	[ROLE_NONE] = "none",
	[ROLE_AUDITOR] = "auditor",
	[ROLE_HELPDESK] = "helpdesk",
	[ROLE_OPERATOR] = "operator",
	[ROLE_ADMIN] = "admin",
};

const char *control_role_word(enum conf_role role)
{
	return (size_t)role < ARRAY_LEN(words) ? words[role] : "none";
}

int roles_system_group(const char *name, gid_t *gid)
{
	size_t size = 4096;
	struct group g, *found = NULL;
	char *buf = mem_new(size);
	int rc;

	while ((rc = getgrnam_r(name, &g, buf, size, &found)) == ERANGE &&
		size < GROUP_BUFFER_MAX) {
		size *= 4;
		buf = mem_grow(buf, size, 1);
	}
	if (found)
		*gid = g.gr_gid;
	free(buf);
	return found ? 0 : -1;
}

static int has_gid(const struct roles_peer *peer, gid_t gid)
{
	if (peer->gid == gid)
		return 1;
	for (size_t i = 0; i < peer->n_groups; i++)
		if (peer->groups[i] == gid)
			return 1;
	return 0;
}

static int grants(const struct roles_rule *rule, const struct conf_role_row *row,
	const struct roles_peer *peer)
{
	gid_t gid;

	for (size_t i = 0; i < row->group.n; i++)
		if (rule->lookup(row->group.item[i], &gid) == 0 && has_gid(peer, gid))
			return 1;
	return 0;
}

void roles_decide(
	const struct roles_rule *rule, const struct roles_peer *peer, struct control_caller *out)
{
	out->role = ROLE_NONE;
	out->rows = NULL;
	out->n_rows = 0;
	if (peer->uid == 0 || (rule->has_admin && peer->uid == rule->admin_uid)) {
		out->role = ROLE_ADMIN;
		return;
	}
	for (size_t i = 0; i < rule->conf->n_role; i++) {
		const struct conf_role_row *row = &rule->conf->role[i];

		if (row->role < out->role || !grants(rule, row, peer))
			continue;
		if (row->role > out->role)
			out->n_rows = 0;
		out->role = row->role;
		out->rows = mem_grow(out->rows, out->n_rows + 1, sizeof(void *));
		out->rows[out->n_rows++] = row;
	}
}

void roles_caller_clear(struct control_caller *c)
{
	free(c->rows);
	c->rows = NULL;
	c->n_rows = 0;
}

int roles_refuse(const struct conf *conf, const struct control_caller *caller, enum conf_role least,
	struct fail *f)
{
	autoclean(str_free) struct str groups = STR_INIT(300);

	for (size_t i = 0; i < conf->n_role; i++) {
		const struct conf_role_row *row = &conf->role[i];

		for (size_t k = 0; row->role >= least && k < row->group.n; k++)
			str_printf(&groups, "%s%s (%s)", groups.len ? ", " : "", row->group.item[k],
				control_role_word(row->role));
	}
	return fail(f, ENR_NOT_PERMITTED, "%s has role %s; needed is %s, which %s%s", caller->who,
		control_role_word(caller->role), control_role_word(least),
		groups.len ? "these groups grant: " : "no group grants",
		groups.len ? str_text(&groups) : "");
}

static int row_allows(const struct conf_role_row *row, const char *ou_dn, const char *name,
	control_inside *inside)
{
	int named = row->names.n == 0, placed = row->ou.n == 0;

	for (size_t i = 0; !named && i < row->names.n; i++)
		named = fnmatch(row->names.item[i], name, FNM_CASEFOLD) == 0;
	for (size_t i = 0; !placed && i < row->ou.n; i++)
		placed = inside(ou_dn, row->ou.item[i]) == 1;
	return named && placed;
}

int control_allows(const struct control_caller *caller, const char *ou_dn, const char *name,
	control_inside *inside, struct fail *f)
{
	if (caller->role == ROLE_NONE)
		return fail(f, ENR_NOT_PERMITTED, "%s has no role", caller->who);
	if (caller->rows == NULL)
		return 0;
	for (size_t i = 0; i < caller->n_rows; i++)
		if (row_allows(caller->rows[i], ou_dn, name, inside))
			return 0;
	return fail(f, ENR_NOT_PERMITTED, "%s in %s is outside the OUs and names of role %s (%s)",
		name, ou_dn, control_role_word(caller->role), caller->rows[0]->name);
}
