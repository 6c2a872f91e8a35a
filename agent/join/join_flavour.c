#include "agent/join/join_flavour.h"

#include "agent/join/join_389.h"
#include "agent/join/join_ad.h"
#include "ldap/dir_mods.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

static const char *const device_classes[] = { "device", "enrolldDevice", "pkiUser", NULL };
static const char *const unit_classes[] = { "organizationalUnit", NULL };
static const char *const person_classes[] = { "person", NULL };
static const char *const uid_names[] = { "mail", "uid", NULL };
static const char *const group_classes[] = { "groupOfNames", NULL };
static const char *const cn_names[] = { "cn", NULL };

/* LDAP_SERVER_DOMAIN_SCOPE_OID (MS-ADTS section 3.1.1.3.4.1.4): no references to the configuration
 * and to child domains; those are the global catalogue's. */
static const struct dir_control domain_scope = { .oid = "1.2.840.113556.1.4.1339" };

static const char *const computer_classes[] = { "computer", NULL };
static const char *const ad_unit_classes[] = { "organizationalUnit", "container", NULL };
static const char *const ad_names[] = { "mail", "sAMAccountName", "userPrincipalName", NULL };
static const char *const ad_group_classes[] = { "group", NULL };
static const char *const ad_group_names[] = { "sAMAccountName", "cn", NULL };

static const struct join_flavour flavours[] = {
	{
		.name = "openldap",
		.classes = device_classes,
		.device_class = "device",
		.ou_classes = unit_classes,
		.person = { "person", person_classes, NULL, uid_names },
		.group = { "group", group_classes, NULL, cn_names },
		.member = "member",
		.guid = "entryUUID",
		.guid_form = GUID_FORM_TEXT,
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
		.state_absent = JOIN_DISABLED,
		.asserts = 1,
		.noop = 1,
		.noop_used_attributes_only = 1,
	},
	{
		.name = "389ds",
		.classes = device_classes,
		.device_class = "device",
		.ou_classes = unit_classes,
		.person = { "person", person_classes, NULL, uid_names },
		.group = { "group", group_classes, NULL, cn_names },
		.member = "member",
		.guid = "nsUniqueId",
		.guid_form = GUID_FORM_UNIQUE,
		.name_attr = "cn",
		.fqdn = "enrolldFqdn",
		.serial = "serialNumber",
		.owner = "owner",
		.description = "description",
		.enrollment = "enrolldEnrollment",
		.mark = "enrolldMark",
		.state = "nsAccountLock",
		.certificate = "userCertificate;binary",
		.state_words = { [JOIN_ENABLED] = "false", [JOIN_DISABLED] = "true" },
		.may_add = ds389_may_add,
	},
	{
		.name = "ad",
		.traits = { .object_first = 1, .has_password = 1 },
		.classes = computer_classes,
		.device_class = "computer",
		.ou_classes = ad_unit_classes,
		.person = { "person", person_classes, "computer", ad_names },
		.group = { "group", ad_group_classes, NULL, ad_group_names },
		.member = "member",
		.guid = "objectGUID",
		.guid_form = GUID_FORM_OCTETS,
		.name_attr = "cn",
		.fqdn = "dNSHostName",
		.owner = "managedBy",
		.description = "description",
		.mark = "adminDescription",
		.state = "userAccountControl",
		.certificate = "userCertificate",
		.account = "sAMAccountName",
		.sid = "objectSid",
		.key_version = "msDS-KeyVersionNumber",
		.mapping = "altSecurityIdentities",
		.member_of = "memberOf",
		.tree_delete = 1,
		.scope = &domain_scope,
		.add_more = ad_add_more,
		.take_more = ad_take_more,
		.may_add = ad_may_add,
		.name_free = ad_name_free,
		.may_take = ad_may_take,
	},
};

const struct join_flavour *join_flavour_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(flavours); i++)
		if (text_equal(flavours[i].name, name))
			return &flavours[i];
	return NULL;
}
