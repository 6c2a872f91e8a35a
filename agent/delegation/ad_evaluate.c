#include <string.h>

#include "agent/delegation/ad.h"
#include "lib/base/clean.h"

enum { RID_DOMAIN_USERS = 513,
	RID_DOMAIN_COMPUTERS = 515 };

/* --- who ----------------------------------------------------------------------------- */

static const char *const common[] = {
	"S-1-1-0", /* Everyone */
	"S-1-5-2", /* Network */
	"S-1-5-11", /* Authenticated Users */
	"S-1-5-15", /* This Organization */
	"S-1-5-32-545", /* Users */
	"S-1-5-32-554", /* Pre-Windows 2000 Compatible Access */
};

int ad_is_common(const struct sid *s)
{
	char text[SID_TEXT_MAX];
	uint32_t last = sid_last(s);

	sid_text(s, text);
	for (size_t i = 0; i < ARRAY_LEN(common); i++)
		if (strcmp(text, common[i]) == 0)
			return 1;
	/* How one logged in (S-1-5-64-…, S-1-18-…); the primary groups of a domain. */
	return strncmp(text, "S-1-5-64-", 9) == 0 || strncmp(text, "S-1-18-", 7) == 0 ||
		(strncmp(text, "S-1-5-21-", 9) == 0 &&
			(last == RID_DOMAIN_USERS || last == RID_DOMAIN_COMPUTERS));
}

int ad_token_has(const struct ad_token *t, const struct sid *s)
{
	for (size_t i = 0; i < t->n; i++)
		if (sid_equal(&t->sid[i], s))
			return 1;
	return 0;
}

/* --- rights as entries --------------------------------------------------------------- */

void ad_entry_of(const struct delegation_right *r, const struct sid *who, struct ace *out)
{
	*out = (struct ace){ .type = ACE_ALLOW, .mask = r->mask, .trustee = *who };
	if (r->scope == SCOPE_OU)
		out->flags = ACE_CONTAINER_INHERIT;
	if (r->scope == SCOPE_DEVICE) {
		out->flags = ACE_CONTAINER_INHERIT | ACE_INHERIT_ONLY;
		out->has_inherited = guid_from_text(AD_COMPUTER, out->inherited) == 0;
	}
	if (r->object != NULL)
		out->has_object = guid_from_text(r->object, out->object) == 0;
	if (out->has_object || out->has_inherited)
		out->type = ACE_ALLOW_OBJECT;
}

static int is_guid(const uint8_t guid[GUID_OCTETS], const char *text)
{
	uint8_t other[GUID_OCTETS];

	return text != NULL && guid_from_text(text, other) == 0 &&
		memcmp(guid, other, GUID_OCTETS) == 0;
}

static int is_allow(const struct ace *a)
{
	return a->type == ACE_ALLOW || a->type == ACE_ALLOW_OBJECT;
}

/* An entry with a condition may apply: as a grant too much, but not as one that can be relied on.
 */
static int may_allow(const struct ace *a)
{
	return is_allow(a) || a->type == ACE_ALLOW_CALLBACK || a->type == ACE_ALLOW_CALLBACK_OBJECT;
}

static int may_deny(const struct ace *a)
{
	return a->type == ACE_DENY || a->type == ACE_DENY_OBJECT || a->type == ACE_DENY_CALLBACK ||
		a->type == ACE_DENY_CALLBACK_OBJECT;
}

/* --- what is granted ----------------------------------------------------------------- */

static int applies(const struct ace *a, int below)
{
	if (!below)
		return (a->flags & ACE_INHERIT_ONLY) == 0;
	return (a->flags & ACE_CONTAINER_INHERIT) != 0 &&
		(!a->has_inherited || is_guid(a->inherited, AD_COMPUTER));
}

static int is_about(const struct ace *a, const struct delegation_right *r)
{
	if (!a->has_object)
		return 1;
	return is_guid(a->object, r->object) || is_guid(a->object, r->set);
}

int ad_grants(const struct acl *l, const struct ad_token *t, const struct delegation_right *r,
	int below)
{
	uint32_t open = r->mask;

	if (l->null)
		return 1;
	for (size_t i = 0; i < l->n && open != 0; i++) {
		const struct ace *a = &l->ace[i];
		uint32_t mask = rights_mapped(a->mask) & open;

		if (mask == 0 || !applies(a, below) || !is_about(a, r) ||
			!ad_token_has(t, &a->trustee))
			continue;
		if (may_deny(a))
			return 0;
		if (is_allow(a))
			open &= ~mask;
	}
	return open == 0;
}

/* --- what is too much ---------------------------------------------------------------- */

/* What the schema gives the maker of a computer (its defaultSecurityDescriptor, entries for Creator
 * Owner): it comes with every add and cannot be left out of it. */
static const struct {
	uint32_t mask;
	const char *object;
} creators[] = {
	{ RIGHT_CONTROL_ACCESS | RIGHT_DELETE | RIGHT_DELETE_TREE, NULL },
	{ RIGHT_WRITE_PROPERTY, "4c164200-20c0-11d0-a768-00aa006e0529" },
	{ RIGHT_WRITE_PROPERTY, "3e0abfd0-126a-11d0-a060-00aa006c33ed" },
	{ RIGHT_WRITE_PROPERTY, "5f202010-79a5-11d0-9020-00c04fc2d4cf" },
	{ RIGHT_WRITE_PROPERTY, "bf967950-0de6-11d0-a285-00aa003049e2" },
	{ RIGHT_WRITE_PROPERTY, "bf967953-0de6-11d0-a285-00aa003049e2" },
	{ RIGHT_SELF_WRITE, "72e39547-7b18-11d1-adef-00c04fd8d5cd" },
	{ RIGHT_SELF_WRITE, "f3a64788-5306-11d1-a9c5-0000f80367c1" },
};

static uint32_t given_to_creators(const struct ace *a)
{
	uint32_t mask = 0;

	if (a->flags & (ACE_INHERITED | ACE_CONTAINER_INHERIT))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(creators); i++)
		if (creators[i].object == NULL
				? !a->has_object
				: a->has_object && is_guid(a->object, creators[i].object))
			mask |= creators[i].mask;
	return mask;
}

static int scope_fits(enum delegation_scope scope, enum ad_place place, const struct ace *a)
{
	if (scope == SCOPE_GROUP)
		return place == PLACE_GROUP;
	if (place != PLACE_INSIDE && place != PLACE_DEVICE)
		return 0;
	/* What is set for the OUs goes on to all that is below them. */
	if (scope == SCOPE_OU)
		return 1;
	if (a->has_inherited && is_guid(a->inherited, AD_COMPUTER))
		return 1;
	return place == PLACE_DEVICE && !(a->flags & ACE_INHERIT_ONLY);
}

static uint32_t planned(const struct ace *a, enum ad_place place, int maps)
{
	size_t n;
	const struct delegation_plan plan = { .flavour = "ad", .maps = maps };
	const struct delegation_right *r = delegation_plan_rights(&plan, &n);
	uint32_t mask = 0;

	for (size_t i = 0; i < n; i++) {
		int same =
			r[i].object == NULL ? 1 : a->has_object && is_guid(a->object, r[i].object);

		if (same && scope_fits(r[i].scope, place, a))
			mask |= r[i].mask;
	}
	return mask;
}

static uint32_t denied_before(const struct acl *l, size_t i, const struct ad_token *t)
{
	const struct ace *a = &l->ace[i];
	uint32_t mask = 0;

	if (a->flags & (ACE_CONTAINER_INHERIT | ACE_INHERIT_ONLY))
		return 0; /* it goes on to where the denial may not */
	for (size_t k = 0; k < i; k++) {
		const struct ace *d = &l->ace[k];

		if ((d->type != ACE_DENY && d->type != ACE_DENY_OBJECT) ||
			(d->flags & ACE_INHERIT_ONLY) || !ad_token_has(t, &d->trustee))
			continue;
		if (!d->has_object ||
			(a->has_object && memcmp(a->object, d->object, GUID_OCTETS) == 0))
			mask |= rights_mapped(d->mask);
	}
	return mask;
}

uint32_t ad_excess(const struct acl *l, size_t i, const struct ad_token *t, enum ad_place place,
	int owned)
{
	const struct ace *a = &l->ace[i];
	uint32_t mask = rights_mapped(a->mask) & AD_CHANGES;

	if (mask == 0 || !may_allow(a) || !ad_token_has(t, &a->trustee) ||
		ad_is_common(&a->trustee))
		return 0;
	/* What only goes on to others is seen there, where it arrived; here it was set. */
	if ((a->flags & ACE_INHERIT_ONLY) && (a->flags & ACE_INHERITED))
		return 0;
	mask &= ~planned(a, place, t->maps);
	if (owned && place == PLACE_DEVICE && sid_equal(&a->trustee, &t->sid[0]))
		mask &= ~given_to_creators(a);
	return mask & ~denied_before(l, i, t);
}
