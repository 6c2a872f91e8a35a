/* dir_root of dir.h. */
#include "ldap/dir.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/mem.h"

static char *vendor_of(const struct dir_entry *e)
{
	const char *name = dir_entry_text(e, "vendorName");
	const char *version = dir_entry_text(e, "vendorVersion");

	if (name != NULL && version != NULL)
		return mem_printf("%s %s", name, version);
	if (name != NULL)
		return mem_text(name);
	return mem_text(
		dir_entry_has(e, "objectClass", "OpenLDAProotDSE") ? "OpenLDAP" : "unknown");
}

int dir_root(struct dir *d, struct dir_via *via, struct dir_root *out, struct fail *f)
{
	static const char *const attrs[] = { "namingContexts", "objectClass", "vendorName",
		"vendorVersion", NULL };
	const struct dir_query q = { .base = "", .scope = DIR_BASE, .attrs = attrs, .limit = 1 };
	autoclean(dir_result_free) struct dir_result *r = NULL;

	if (dir_search(d, via, &q, &r, f) < 0)
		return fail_in(f, "rootDSE");
	if (r->n == 0)
		return fail(f, ENR_DIRECTORY_REFUSED, "the server does not show its rootDSE");
	out->context = mem_text(dir_entry_text(&r->entry[0], "namingContexts"));
	out->vendor = vendor_of(&r->entry[0]);
	return 0;
}

void dir_root_clear(struct dir_root *r)
{
	free(r->context);
	free(r->vendor);
	*r = (struct dir_root){ NULL, NULL };
}
