#include "agent/join/join_flavour.h"

#include "lib/base/clean.h"
#include "lib/base/text.h"

static const char *const openldap_classes[] = { "device", "enrolldDevice", "pkiUser", NULL };
static const char *const openldap_names[] = { "mail", "uid", NULL };

static const struct join_flavour flavours[] = {
	{
		.name = "openldap",
		.classes = openldap_classes,
		.device_class = "enrolldDevice",
		.ou_class = "organizationalUnit",
		.person_class = "person",
		.person_names = openldap_names,
		.guid = "entryUUID",
		.name_attr = "cn",
		.fqdn = "enrolldFqdn",
		.serial = "serialNumber",
		.owner = "owner",
		.description = "description",
		.enrollment = "enrolldEnrollment",
		.mark = "enrolldMark",
		.state = "enrolldState",
		.certificate = "userCertificate;binary",
		.state_words = { [JOIN_ENABLED] = "enabled", [JOIN_DISABLED] = "disabled" },
		.noop_used_attributes_only = 1,
	},
};

const struct join_flavour *join_flavour_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(flavours); i++)
		if (text_equal(flavours[i].name, name))
			return &flavours[i];
	return NULL;
}
