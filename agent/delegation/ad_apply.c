/* Active Directory: the plan as entries of security descriptors: said, and set. */
#include <stdlib.h>

#include "agent/delegation/ad.h"
#include "agent/delegation/flavour.h"
#include "agent/delegation/report.h"
#include "lib/base/clean.h"
#include "lib/base/mem.h"

enum { SDDL_MAX = 1024 };

static int account_sid(const struct delegation_plan *p, struct sid *out, struct fail *f)
{
	if (p->sid != NULL && sid_from_text(p->sid, out) == 0)
		return 0;
	return fail(f, ENR_PREFLIGHT_UNKNOWN, "the directory did not tell the SID of the account");
}

/* --- said ---------------------------------------------------------------------------- */

/* The commands have their texts between quotes that both sh and cmd.exe take as they are: DNs with
 * a quote are rare enough to be written by hand. */
int ad_say(const struct delegation_plan *p, size_t i, struct delegation_line *l, struct fail *f)
{
	static const char *const inheritance[DELEGATION_SCOPES] = {
		[SCOPE_OU] = "/I:T ", [SCOPE_DEVICE] = "/I:S ", [SCOPE_GROUP] = ""
	};
	autoclean(str_free) struct str sddl = STR_INIT(SDDL_MAX);
	struct sid who;
	struct ace a;

	(void)i;
	if (account_sid(p, &who, f) < 0)
		return -1;
	ad_entry_of(l->right, &who, &a);
	ace_sddl(&a, &sddl);
	l->native = str_steal(&sddl);
	l->command[0] = mem_printf(
		"samba-tool dsacl set --objectdn=\"%s\" --sddl=\"%s\"", l->on, l->native);
	l->command[1] = mem_printf("dsacls \"%s\" %s/G \"%s:%s\"", l->on,
		inheritance[l->right->scope], p->account != NULL ? p->account : p->sid,
		l->right->dsacls);
	return 0;
}

/* --- set ----------------------------------------------------------------------------- */

/* The entries that are missing go into s; how many. */
static size_t add_missing(const struct delegation_plan *p, const struct sid *who, int group,
	struct secdesc *s)
{
	const struct ad_token alone = { (struct sid *)who, 1, 0 };
	size_t n, added = 0;
	const struct delegation_right *r = delegation_plan_rights(p, &n);

	for (size_t i = 0; i < n; i++) {
		struct ace a;

		/* What is inherited, or stands in a wider entry, is there. */
		if (group != (r[i].scope == SCOPE_GROUP) ||
			ad_grants(&s->dacl, &alone, &r[i], r[i].scope == SCOPE_DEVICE))
			continue;
		ad_entry_of(&r[i], who, &a);
		added += (size_t)secdesc_add(s, &a);
	}
	return added;
}

static int read_descriptor(struct dir *d, struct dir_via *via, const char *dn, struct secdesc *out,
	struct fail *f)
{
	static const char *const attrs[] = { "nTSecurityDescriptor", NULL };
	const struct dir_control flags = { DIR_CONTROL_SD_FLAGS, DIR_SD_DACL, DIR_SD_LEN };
	const struct dir_query q = {
		.base = dn, .scope = DIR_BASE, .attrs = attrs, .limit = 1, .control = &flags
	};
	autoclean(dir_result_free) struct dir_result *r = NULL;

	if (dir_search(d, via, &q, &r, f) < 0)
		return -1;
	if (r->n == 0 || ad_descriptor(&r->entry[0], out) < 0)
		return fail(f, ENR_RIGHTS_DENIED, "%s: does not show its security descriptor",
			dn);
	return 0;
}

struct setting {
	struct dir *dir;
	const struct delegation_plan *plan;
	int dry;
	size_t *changed;
};

/* The list is replaced as a whole; the server adds what is inherited again, and goes on to what is
 * below. Nobody else's change is asserted against: the window is one round trip. */
static int set_on(struct setting *set, const char *dn, struct fail *f)
{
	autoclean(secdesc_clear) struct secdesc s = SECDESC_INIT;
	autoclean(bytes_free) struct bytes octets = BYTES_INIT;
	autoclean(dir_mods_free) struct dir_mods *m = dir_mods_new();
	struct dir_via via = { 0 };
	struct sid who;
	size_t added;

	if (account_sid(set->plan, &who, f) < 0 || read_descriptor(set->dir, &via, dn, &s, f) < 0)
		return -1;
	added = add_missing(set->plan, &who, plan_has_group(set->plan, dn), &s);
	*set->changed += added;
	if (added == 0 || set->dry)
		return 0;
	if (secdesc_write(&s, &octets) < 0)
		return fail(f, ENR_RIGHTS_DENIED, "%s: its list of rights is full", dn);
	dir_mods_replace_bytes(m, "nTSecurityDescriptor", octets.data, octets.len);
	dir_mods_control(m, DIR_CONTROL_SD_FLAGS, DIR_SD_DACL, DIR_SD_LEN);
	if (dir_modify(set->dir, &via, dn, m, f) == 0)
		return 0;
	if (f != NULL && via.result == DIR_RESULT_INSUFFICIENT_ACCESS)
		f->code = ENR_RIGHTS_DENIED;
	return -1;
}

int ad_apply(struct dir *d, const struct delegation_plan *p, int dry, size_t *changed,
	struct fail *f)
{
	struct setting set = { d, p, dry, changed };

	for (size_t i = 0; i < p->n_ou; i++)
		if (set_on(&set, p->ou[i], f) < 0)
			return -1;
	for (size_t i = 0; i < p->n_group; i++)
		if (set_on(&set, p->group[i], f) < 0)
			return -1;
	return 0;
}
