/* The one table of rights. What an add needs differs: a domain controller that holds an add to the
 * rights on each attribute (Windows since KB5008383) wants all of them, Samba 4.17 the first alone,
 * because the maker of an object owns it. Later changes need them everywhere, since another agent,
 * or an admin, may have made the object. */
#include <string.h>

#include "agent/delegation/delegation.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"
#include "lib/wire/secdesc.h"

#define COMPUTER "bf967a86-0de6-11d0-a285-00aa003049e2"
#define GENERAL_INFORMATION "59ba2f42-79a2-11d0-9020-00c04fc2d3cf"
#define ACCOUNT_RESTRICTIONS "4c164200-20c0-11d0-a768-00aa006e0529"
#define PERSONAL_INFORMATION "77b5b886-944a-11d1-aebd-0000f80367c1"
#define PUBLIC_INFORMATION "e48d0154-bcf8-11d1-8702-00c04fb96050"
#define MEMBERSHIP "bc0ac240-79a9-11d0-9020-00c04fc2d4cf"

/* A right as Active Directory has it. */
#define AD(what_, scope_, mask_, object_, dsacls_) \
	.what = (what_), .scope = (scope_), .mask = (mask_), .object = (object_), \
	.dsacls = (dsacls_)
#define WRITE(attr_, guid_) \
	AD("write: " attr_, SCOPE_DEVICE, RIGHT_WRITE_PROPERTY, (guid_), "WP;" attr_ ";computer")
#define READ (RIGHT_READ_PROPERTY | RIGHT_LIST | RIGHT_LIST_OBJECT | RIGHT_READ_CONTROL)

static const struct delegation_right ad[] = {
	{ AD("read", SCOPE_OU, READ, NULL, "GR"), .code = ENR_OU_CHANGED },
	{ AD("create child: computer", SCOPE_OU, RIGHT_CREATE_CHILD, COMPUTER, "CC;computer") },
	{ AD("delete child: computer", SCOPE_OU, RIGHT_DELETE_CHILD, COMPUTER, "DC;computer") },
	{ AD("delete tree: computer", SCOPE_DEVICE, RIGHT_DELETE_TREE, NULL, "DT;;computer") },
	{ AD("control access: reset password", SCOPE_DEVICE, RIGHT_CONTROL_ACCESS,
		"00299570-246d-11d0-a768-00aa006e0529", "CA;Reset Password;computer") },
	{ AD("validated write: dNSHostName", SCOPE_DEVICE, RIGHT_SELF_WRITE,
		"72e39547-7b18-11d1-adef-00c04fd8d5cd",
		"WS;Validated write to DNS host name;computer") },
	{ AD("validated write: servicePrincipalName", SCOPE_DEVICE, RIGHT_SELF_WRITE,
		"f3a64788-5306-11d1-a9c5-0000f80367c1",
		"WS;Validated write to service principal name;computer") },
	{ WRITE("sAMAccountName", "3e0abfd0-126a-11d0-a060-00aa006c33ed"),
		.set = GENERAL_INFORMATION },
	{ WRITE("userAccountControl", "bf967a68-0de6-11d0-a285-00aa003049e2"),
		.set = ACCOUNT_RESTRICTIONS },
	{ WRITE("msDS-SupportedEncryptionTypes", "20119867-1d04-4ab7-9371-cfc3d5df0afd"),
		.set = PERSONAL_INFORMATION },
	{ WRITE("description", "bf967950-0de6-11d0-a285-00aa003049e2"), .set = PUBLIC_INFORMATION },
	{ WRITE("adminDescription", "bf967919-0de6-11d0-a285-00aa003049e2"),
		.set = GENERAL_INFORMATION },
	{ WRITE("managedBy", "0296c120-40da-11d1-a9c0-0000f80367c1") },
	{ WRITE("userCertificate", "bf967a7f-0de6-11d0-a285-00aa003049e2"),
		.set = PERSONAL_INFORMATION },
	{ AD("write: member", SCOPE_GROUP, RIGHT_WRITE_PROPERTY,
		  "bf9679c0-0de6-11d0-a285-00aa003049e2", "WP;member"),
		.set = MEMBERSHIP },
	/* The last one, by option. */
	{ WRITE("altSecurityIdentities", "00fbf30c-91fe-11d1-aebc-0000f80367c1"),
		.set = PUBLIC_INFORMATION },
};

#define DEVICES "(targetfilter=\"" A("enrolldDevice") "\")"
#define A(class_) "(objectClass=" class_ ")"
#define OURS "(|" A("top") A("device") A("enrolldDevice") A("pkiUser") ")"
#define READS "read, search, compare"
#define CHANGE(attr_) \
	.what = "write: " attr_, .scope = SCOPE_DEVICE, .attr = (attr_), .letters = "w", \
	.target = DEVICES "(targetattr=\"" attr_ "\")", .allow = READS ", write"

/* An add is held to the right "add" alone, not to rights on attributes: so the values of
 * objectClass say what may come, and aci and nsRoleDN, which any entry may have, are shut out. */
static const struct delegation_right ds389[] = {
	{ .what = "read: names and OUs",
		.scope = SCOPE_OU,
		.attr = "objectClass",
		.letters = "rsc",
		.target = "(targetattr=\"objectClass || ou || cn || nsUniqueId || enrolldFqdn || "
			  "ref\")",
		.allow = READS,
		.code = ENR_OU_CHANGED },
	{ .what = "add: devices",
		.scope = SCOPE_DEVICE,
		.letters = "a",
		.target = DEVICES
		"(targattrfilters=\"add=objectClass:" OURS
		" && aci:(aci=none) && nsRoleDN:(nsRoleDN=none)\")",
		.allow = "add" },
	{ .what = "delete: devices",
		.scope = SCOPE_DEVICE,
		.letters = "d",
		.target = DEVICES,
		.allow = "delete" },
	{ CHANGE("enrolldEnrollment") },
	{ CHANGE("enrolldMark") },
	{ CHANGE("nsAccountLock") },
	{ CHANGE("userCertificate") },
	{ CHANGE("owner") },
	{ .what = "write: member",
		.scope = SCOPE_GROUP,
		.attr = "member",
		.letters = "w",
		.target = "(targetattr=\"member\")",
		.allow = READS ", write" },
};

#define OF_DEVICES "filter=(objectClass=enrolldDevice) attrs="

static const struct delegation_right openldap[] = {
	{ .what = "write: devices, and what changes of them",
		.scope = SCOPE_DEVICE,
		.target = OF_DEVICES "entry,enrolldEnrollment,enrolldMark,enrolldState,"
				     "userCertificate,owner",
		.allow = "write" },
	{ .what = "add: what devices are made of",
		.scope = SCOPE_DEVICE,
		.target = OF_DEVICES "objectClass,cn,serialNumber,description,enrolldFqdn",
		.allow = "=arscxd" },
	{ .what = "create and delete children: OUs",
		.scope = SCOPE_OU,
		.target = "filter=(objectClass=organizationalUnit) attrs=children",
		.allow = "write" },
	{ .what = "read: names and OUs",
		.scope = SCOPE_OU,
		.target = "attrs=entry,objectClass,ou,cn,entryUUID,ref",
		.allow = "read",
		.code = ENR_OU_CHANGED },
	{ .what = "write: member",
		.scope = SCOPE_GROUP,
		.target = "attrs=member",
		.allow = "write" },
	{ .what = "read: group",
		.scope = SCOPE_GROUP,
		.target = "attrs=entry,objectClass,cn",
		.allow = "read" },
};

static const struct {
	const char *flavour;
	const struct delegation_right *rights;
	size_t n, by_option;
} flavours[] = {
	{ "ad", ad, ARRAY_LEN(ad) - 1, 1 },
	{ "389ds", ds389, ARRAY_LEN(ds389), 0 },
	{ "openldap", openldap, ARRAY_LEN(openldap), 0 },
};

const struct delegation_right *delegation_rights(const char *flavour, size_t *n)
{
	for (size_t i = 0; i < ARRAY_LEN(flavours); i++) {
		if (!text_equal(flavours[i].flavour, flavour))
			continue;
		*n = flavours[i].n;
		return flavours[i].rights;
	}
	*n = 0;
	return NULL;
}

const struct delegation_right *delegation_plan_rights(const struct delegation_plan *p, size_t *n)
{
	const struct delegation_right *rights = delegation_rights(p->flavour, n);

	for (size_t i = 0; p->maps && i < ARRAY_LEN(flavours); i++)
		if (flavours[i].rights == rights)
			*n += flavours[i].by_option;
	return rights;
}

size_t delegation_ou_rights(const struct delegation_plan *p)
{
	size_t n, count = 0;
	const struct delegation_right *r = delegation_plan_rights(p, &n);

	for (size_t i = 0; i < n; i++)
		count += r[i].scope != SCOPE_GROUP;
	return count;
}
