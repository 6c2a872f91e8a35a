#include "agent/delegation/openldap_try.h"

#include <string.h>
#include <strings.h>

#include "ldap/dir_dn.h"
#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/base/text.h"

/* More octets than a key of mdb may have (511): an add of it is held to every right and then
 * refused (80), before anything of the entry is looked up or stored. So it may be the first to use
 * an attribute, which a no-op add may not (docs/DIRECTORY.md). */
#define NAME_TOO_LONG 700

/* A certificate in form alone (RFC 5280 section 4.1), without keys or names. */
static const uint8_t hollow[] = {
	0x30, 0x43, 0x30, 0x30, 0x02, 0x01, 0x01, 0x30, 0x04, 0x06, 0x02, 0x2a, 0x03, 0x30, 0x00,
	0x30, 0x1e, 0x17, 0x0d, '7', '0', '0', '1', '0', '1', '0', '0', '0', '0', '0', '0', 'Z',
	0x17, 0x0d, '7', '0', '0', '1', '0', '1', '0', '0', '0', '0', '0', '0', 'Z',
	0x30, 0x00, 0x30, 0x09, 0x30, 0x04, 0x06, 0x02, 0x2a, 0x03, 0x03, 0x01, 0x00,
	0x30, 0x04, 0x06, 0x02, 0x2a, 0x03, 0x03, 0x01, 0x00
};

struct row {
	int result;
	const char *said; /* a part of the server's words; NULL: whatever it says */
	enum tried tried;
};

static const struct row add_answers[] = {
	{ DIR_RESULT_OTHER, NULL, TRIED_MAY },
	{ DIR_RESULT_INSUFFICIENT_ACCESS, "parent", TRIED_NO_PARENT },
	{ DIR_RESULT_INSUFFICIENT_ACCESS, "entry", TRIED_NO_ENTRY },
	{ DIR_RESULT_INSUFFICIENT_ACCESS, "attribute", TRIED_NO_ATTR },
	{ DIR_RESULT_INSUFFICIENT_ACCESS, NULL, TRIED_NOT },
	/* Of a parent that it does not show. */
	{ DIR_RESULT_NO_SUCH_OBJECT, NULL, TRIED_NOT },
};

static const struct row delete_answers[] = {
	{ DIR_RESULT_NOOP, NULL, TRIED_MAY },
	{ DIR_RESULT_NOT_ALLOWED_ON_NON_LEAF, NULL, TRIED_MAY },
	{ DIR_RESULT_INSUFFICIENT_ACCESS, "parent", TRIED_NO_PARENT },
	{ DIR_RESULT_INSUFFICIENT_ACCESS, "entry", TRIED_NO_ENTRY },
	{ DIR_RESULT_INSUFFICIENT_ACCESS, NULL, TRIED_NOT },
	{ DIR_RESULT_NO_SUCH_OBJECT, NULL, TRIED_NOT },
};

static const struct row modify_answers[] = {
	{ DIR_RESULT_NO_SUCH_ATTRIBUTE, NULL, TRIED_MAY },
	{ DIR_RESULT_INAPPROPRIATE_MATCHING, NULL, TRIED_MAY },
	{ DIR_RESULT_ATTRIBUTE_OR_VALUE_EXISTS, NULL, TRIED_MAY },
	{ DIR_RESULT_INSUFFICIENT_ACCESS, NULL, TRIED_NOT },
	{ DIR_RESULT_NO_SUCH_OBJECT, NULL, TRIED_NOT },
	{ DIR_RESULT_UNDEFINED_ATTRIBUTE_TYPE, NULL, TRIED_NOT },
	{ DIR_RESULT_CONSTRAINT_VIOLATION, NULL, TRIED_NOT },
};

#define SORT(answers, via) sort(answers, ARRAY_LEN(answers), via)

static enum tried sort(const struct row *answers, size_t n, const struct dir_via *via)
{
	for (size_t i = 0; i < n; i++)
		if (answers[i].result == via->result &&
			(answers[i].said == NULL || strstr(via->said, answers[i].said) != NULL))
			return answers[i].tried;
	return TRIED_UNKNOWN;
}

/* --- changes ------------------------------------------------------------------------- */

static enum tried try_change(struct attempts *a, const char *dn, const char *attr,
	const char *value, struct fail *f)
{
	autoclean(dir_mods_free) struct dir_mods *m = dir_mods_new();
	const struct dir_attempt change = { DIR_WRITE_MODIFY, dn, m };
	struct dir_via via = { .server = a->server };

	dir_mods_never(m, attr, value);
	if (dir_try(a->dir, &via, &change, f) < 0)
		return TRIED_FAILED;
	return SORT(modify_answers, &via);
}

enum tried try_take(struct attempts *a, const char *dn, const char *attr, struct fail *f)
{
	return try_change(a, dn, attr, NULL, f);
}

enum tried try_give(struct attempts *a, const char *dn, const char *attr, const char *value,
	struct fail *f)
{
	return try_change(a, dn, attr, value, f);
}

/* --- adds ---------------------------------------------------------------------------- */

static enum tried try_entry(struct attempts *a, const char *dn, const char *name_attr,
	struct dir_mods *m, struct fail *f)
{
	autoclean(str_free) struct str child = STR_INIT(DIR_DN_MAX);
	struct dir_via via = { .server = a->server };
	struct dir_attempt add = { .what = DIR_WRITE_ADD, .mods = m };
	char name[NAME_TOO_LONG + 1];

	memset(name, 'x', NAME_TOO_LONG);
	name[NAME_TOO_LONG] = '\0';
	dir_dn_child(&child, name_attr, name, dn);
	if (child.overflow)
		return TRIED_UNKNOWN;
	dir_mods_add(m, name_attr, name);
	add.dn = str_text(&child);
	if (dir_try(a->dir, &via, &add, f) < 0)
		return TRIED_FAILED;
	return SORT(add_answers, &via);
}

/* A value that the syntax of attr takes. */
static void add_sample(struct dir_mods *m, const char *attr)
{
	if (strncasecmp(attr, "userCertificate", 15) == 0)
		dir_mods_add_bytes(m, "userCertificate;binary", hollow, sizeof(hollow));
	else
		dir_mods_add(m, attr, text_equal_ci(attr, "owner") ? "cn=x" : "x");
}

enum tried try_add(struct attempts *a, const char *dn, const char *attr, struct fail *f)
{
	autoclean(dir_mods_free) struct dir_mods *m = dir_mods_new();

	dir_mods_add(m, "objectClass", "device");
	dir_mods_add(m, "objectClass", "enrolldDevice");
	if (attr != NULL)
		add_sample(m, attr);
	return try_entry(a, dn, "cn", m, f);
}

enum tried try_add_ou(struct attempts *a, const char *dn, struct fail *f)
{
	autoclean(dir_mods_free) struct dir_mods *m = dir_mods_new();

	dir_mods_add(m, "objectClass", "organizationalUnit");
	return try_entry(a, dn, "ou", m, f);
}

/* --- deletion ------------------------------------------------------------------------ */

/* First with an assertion that no entry meets: slapd looks at the right on the parent before it,
 * and at that on the entry behind it. */
enum tried try_delete(struct attempts *a, const char *dn, struct fail *f)
{
	struct dir_via via = { .server = a->server };
	struct dir_attempt attempt = { .what = DIR_WRITE_DELETE_NEVER, .dn = dn };

	if (dir_try(a->dir, &via, &attempt, f) < 0)
		return TRIED_FAILED;
	attempt.what = DIR_WRITE_DELETE;
	if (via.result == DIR_RESULT_ASSERTION_FAILED && dir_try(a->dir, &via, &attempt, f) < 0)
		return TRIED_FAILED;
	return SORT(delete_answers, &via);
}
