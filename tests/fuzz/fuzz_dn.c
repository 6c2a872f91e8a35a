/* Names: any text is a name or is not; it equals itself; a child built from it is one part below
 * its parent; a path becomes a name or is refused. */
#include <stdlib.h>
#include <string.h>

#include "ldap/dir_dn.h"
#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char parent[] = "ou=Devices,dc=contoso,dc=test";
	autoclean(text_free) char *text = mem_textn((const char *)data, len);
	autoclean(str_free) struct str child = STR_INIT(DIR_DN_MAX);
	autoclean(str_free) struct str path = STR_INIT(DIR_DN_MAX);

	if (dir_dn_equal(text, text) != (dir_dn_is(text) ? 1 : -1))
		abort();
	if (dir_dn_is_within(text, parent) !=
		dir_dn_is_within(text, "OU=devices, DC=contoso,DC=Test"))
		abort();
	if (dir_dn_from_path(text, &path) == 0 && !dir_dn_is(str_text(&path)))
		abort();
	dir_dn_child(&child, "cn", text, parent);
	if (child.overflow || text[0] == '\0' || !text_is_utf8(text, strlen(text)))
		return 0;
	if (dir_dn_depth(str_text(&child)) != 4 || dir_dn_is_within(str_text(&child), parent) != 1)
		abort();
	return 0;
}
