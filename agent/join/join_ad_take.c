/* Active Directory: computers that are never taken over, and why (KB5020276). */
#include <stdlib.h>
#include <string.h>

#include "agent/join/join_ad.h"
#include "ldap/dir_dn.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"
#include "lib/wire/secdesc.h"

enum { DOMAIN_COMPUTERS = 515,
	};

static const struct {
	int64_t bit;
	const char *word;
} privileges[] = {
	{ UAC_SERVER, "is a domain controller" },
	{ UAC_READ_ONLY_DC, "is a read-only domain controller" },
	{ UAC_DELEGATION, "is trusted for delegation" },
	{ UAC_PROTOCOL_TRANSITION, "is trusted to authenticate for delegation" },
};
static const struct {
	const char *attr, *word;
} signs[] = {
	{ "adminCount", "is protected (adminCount)" },
	{ "msDS-AllowedToDelegateTo", "may delegate (msDS-AllowedToDelegateTo)" },
	{ "msDS-AllowedToActOnBehalfOfOtherIdentity",
		"lets others act on behalf of its users "
		"(msDS-AllowedToActOnBehalfOfOtherIdentity)" },
};

static int refuse(const char *dn, const char *why, struct fail *f)
{
	return fail(f, ENR_NOT_OURS,
		"%s: %s; privileged computers are never taken over, re-create it by hand", dn, why);
}

static int check_rights(const struct dir_entry *e, struct fail *f)
{
	int64_t uac = ad_number(e, "userAccountControl", -1);

	if (uac < 0)
		return fail(f, ENR_NOT_OURS, "%s: shows no userAccountControl", e->dn);
	for (size_t i = 0; i < ARRAY_LEN(privileges); i++)
		if (uac & privileges[i].bit)
			return refuse(e->dn, privileges[i].word, f);
	if ((uac & UAC_WORKSTATION) == 0)
		return refuse(e->dn, "is no member computer", f);
	if (ad_number(e, "primaryGroupID", 0) != DOMAIN_COMPUTERS)
		return refuse(e->dn, "has another primary group than Domain Computers", f);
	for (size_t i = 0; i < ARRAY_LEN(signs); i++)
		if (dir_entry_attr(e, signs[i].attr) != NULL &&
			ad_number(e, signs[i].attr, 1) != 0)
			return refuse(e->dn, signs[i].word, f);
	return 0;
}

/* Is it the SID of that entry of take-owners: a SID, or the DN of an account? 1, 0, -1 with f. */
static int owner_is(struct join *j, const char *item, const char *sid, struct fail *f)
{
	static const char *const attrs[] = { "objectSid", NULL };
	const struct dir_query q = { .base = item, .scope = DIR_BASE, .attrs = attrs, .limit = 1 };
	autoclean(dir_result_free) struct dir_result *r = NULL;
	autoclean(text_free) char *found = NULL;

	if (!dir_dn_is(item))
		return text_equal_ci(item, sid);
	if (dir_search(j->dir, NULL, &q, &r, f) < 0)
		return fail_in(f, "[directory] take-owners");
	if (r->n > 0)
		found = ad_sid_text(&r->entry[0], "objectSid");
	return text_equal(found, sid);
}

static int check_owner(struct join *j, const struct dir_entry *e, struct fail *f)
{
	const struct dir_attr *a = dir_entry_attr(e, "nTSecurityDescriptor");
	autoclean(secdesc_clear) struct secdesc s = SECDESC_INIT;
	autoclean(text_free) char *own = NULL, *name = NULL;
	const struct conf *conf = j->conf;
	char sid[SID_TEXT_MAX];

	if (a == NULL || a->n == 0 || secdesc_parse(a->value[0].data, a->value[0].len, &s) < 0 ||
		s.owner.len == 0)
		return fail(f, ENR_NOT_OURS,
			"%s: its owner cannot be read (right: read permissions)", e->dn);
	sid_text(&s.owner, sid);
	if (ad_own_sid(j, &own, f) < 0)
		return -1;
	if (text_equal(own, sid))
		return 0;
	for (size_t i = 0; i < conf->take_owners.n; i++) {
		int rc = owner_is(j, conf->take_owners.item[i], sid, f);

		if (rc != 0)
			return rc < 0 ? -1 : 0;
	}
	if (ad_sid_dn(j, sid, &name, f) < 0)
		return -1;
	return fail(f, ENR_NOT_OURS,
		"%s: belongs to %s (%s), neither the agent's account nor one of [directory] "
		"take-owners; its owner or an administrator may delete it, or make the agent its "
		"owner",
		e->dn, name != NULL ? name : "an account that is gone", sid);
}

/* SDFlagsRequestValue: 1, the owner alone (MS-ADTS section 3.1.1.3.4.1.11). */
static const uint8_t owner_flags[] = { 0x30, 3, 2, 1, 1 };
static const struct dir_control owner_only = { DIR_CONTROL_SD_FLAGS, owner_flags,
	sizeof(owner_flags) };

int ad_may_take(struct join *j, const struct dir_entry *e, struct fail *f)
{
	static const char *const attrs[] = { "userAccountControl", "primaryGroupID", "adminCount",
		"msDS-AllowedToDelegateTo", "msDS-AllowedToActOnBehalfOfOtherIdentity",
		"nTSecurityDescriptor", NULL };
	const struct dir_query q = {
		.base = e->dn, .scope = DIR_BASE, .attrs = attrs, .limit = 1, .control = &owner_only
	};
	autoclean(dir_result_free) struct dir_result *r = NULL;

	if (dir_search(j->dir, NULL, &q, &r, f) < 0)
		return -1;
	if (r->n == 0)
		return fail(f, ENR_DIRECTORY_GONE, "%s: not to be seen", e->dn);
	if (check_rights(&r->entry[0], f) < 0)
		return -1;
	return check_owner(j, &r->entry[0], f);
}
