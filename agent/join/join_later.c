/* What no flavour has yet: weak, so that the flavour that brings it takes its place. */
#include <string.h>

#include "agent/join/join.h"

__attribute__((weak)) struct join_traits join_traits(const struct join *j)
{
	(void)j;
	return (struct join_traits){ 0, 0 };
}

__attribute__((weak)) int join_group_find(
	struct join *j, const char *text, char **dn, struct fail *f)
{
	(void)j;
	(void)dn;
	return fail(f, ENR_GROUP_NOT_FOUND, "%s: this flavour knows no groups", text);
}

__attribute__((weak)) int join_domain(
	struct join *j, const char *server, struct join_domain *out, struct fail *f)
{
	(void)j;
	(void)server;
	(void)out;
	return fail(f, ENR_INTERNAL, "this flavour has no domain");
}

__attribute__((weak)) void join_domain_clear(struct join_domain *d)
{
	*d = (struct join_domain){ .dns = NULL };
}

__attribute__((weak)) int join_publish(struct join *j, const char *guid, const char *server,
	const struct join_object *o, struct fail *f)
{
	(void)j;
	(void)server;
	(void)o;
	return fail(f, ENR_INTERNAL, "%s: this flavour publishes nothing", guid);
}
