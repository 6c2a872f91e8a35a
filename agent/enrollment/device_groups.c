/* The groups a device becomes a member of: of those that its profile lists, all or the ones that
 * were asked for. */
#include <stdlib.h>
#include <string.h>

#include "agent/enrollment/device_private.h"
#include "lib/base/clean.h"
#include "lib/base/str.h"
#include "lib/base/text.h"

#define GROUPS_MAX 16384

/* Directories fold the case of a DN; a list in two spellings is two lists to nobody else. */
static int wanted(const char *dn, char *const *asked, size_t n)
{
	if (n == 0)
		return 1;
	for (size_t i = 0; i < n; i++) {
		if (text_equal_ci(asked[i], dn))
			return 1;
	}
	return 0;
}

struct found {
	char **dn;
	size_t n;
};

static void found_clear(struct found *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->dn[i]);
	free(l->dn);
	*l = (struct found){ NULL, 0 };
}

static int find(struct enrollment *e, const char *const *text, size_t n, struct found *out,
	struct fail *f)
{
	out->dn = mem_array(n ? n : 1, sizeof(*out->dn));
	for (; out->n < n; out->n++) {
		if (join_group_find(e->parts.join, text[out->n], &out->dn[out->n], f) < 0)
			return fail_told(f, "%.64s", text[out->n]);
	}
	return 0;
}

static int all_listed(const struct found *asked, const struct found *listed,
	const struct conf_profile *p, struct fail *f)
{
	for (size_t i = 0; i < asked->n; i++) {
		if (listed->n > 0 && wanted(asked->dn[i], listed->dn, listed->n))
			continue;
		fail(f, ENR_GROUP_NOT_LISTED, "%s is not in groups of [profile %s]", asked->dn[i],
			p->name);
		return fail_told(f, "%.200s is not in groups of the profile %.64s", asked->dn[i],
			p->name);
	}
	return 0;
}

/* Those of listed that are asked for, or all, one a line. NULL for none. */
static int join_lines(const struct found *listed, const struct found *asked, char **out,
	struct fail *f)
{
	autoclean(str_free) struct str all = STR_INIT(GROUPS_MAX);

	for (size_t i = 0; i < listed->n; i++) {
		if (wanted(listed->dn[i], asked->dn, asked->n))
			str_printf(&all, "%s%s", all.len ? "\n" : "", listed->dn[i]);
	}
	if (all.overflow)
		return fail(f, ENR_USAGE, "the groups are over %d octets", GROUPS_MAX);
	*out = all.len ? mem_text(str_text(&all)) : NULL;
	return 0;
}

int device_groups(struct enrollment *e, const struct conf_profile *p,
	const struct device_order *o, char **out, struct fail *f)
{
	autoclean(found_clear) struct found listed = { NULL, 0 }, asked = { NULL, 0 };

	if (find(e, (const char *const *)p->groups.item, p->groups.n, &listed, f) < 0 ||
		find(e, o->groups, o->n_groups, &asked, f) < 0 ||
		all_listed(&asked, &listed, p, f) < 0)
		return -1;
	return join_lines(&listed, &asked, out, f);
}

int device_groups_still(struct enrollment *e, const struct conf_profile *p, const char *before,
	char **out, struct fail *f)
{
	autoclean(found_clear) struct found listed = { NULL, 0 }, had = { NULL, 0 };

	for (const char *at = before; at && *at;) {
		size_t len = strcspn(at, "\n");

		had.dn = mem_grow(had.dn, had.n + 1, sizeof(*had.dn));
		had.dn[had.n++] = mem_textn(at, len);
		at += len + (at[len] == '\n');
	}
	*out = NULL;
	if (had.n == 0)
		return 0;
	if (find(e, (const char *const *)p->groups.item, p->groups.n, &listed, f) < 0)
		return -1;
	return join_lines(&listed, &had, out, f);
}
