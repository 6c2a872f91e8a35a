/* What differs between directories, as one row each. Private to agent/join. An attribute that is
 * NULL does not exist there. */
#ifndef AGENT_JOIN_JOIN_FLAVOUR_H
#define AGENT_JOIN_JOIN_FLAVOUR_H

#include "agent/join/join.h"

struct dir_control;
struct dir_entry;
struct dir_mods;

/* How the directory writes the GUID of an entry. */
enum join_guid_form {
	GUID_FORM_TEXT, /* entryUUID: 8-4-4-4-12 hex digits, as text */
	GUID_FORM_OCTETS, /* objectGUID: 16 octets, the first three fields little-endian */
	GUID_FORM_UNIQUE, /* nsUniqueId: 8-8-8-8 hex digits, as text */
};

/* Entries that people name: owners, groups. */
struct join_named {
	const char *what; /* for messages: "person" */
	const char *const *classes; /* one of them makes it one; ends with NULL */
	const char *not_class; /* who has this is none all the same; or NULL */
	const char *const *names; /* attributes it is found by; ends with NULL */
};

struct join_flavour {
	const char *name; /* [directory] flavour */
	struct join_traits traits;
	const char *const *classes; /* object classes of a device, all of them; ends with NULL */
	const char *device_class; /* what may be taken over, and is looked for by name */
	const char *const *ou_classes; /* one of them makes an OU; ends with NULL */
	struct join_named person, group;
	const char *member; /* of a group: DN of a member */

	const char *guid;
	enum join_guid_form guid_form;
	const char *name_attr, *fqdn, *serial, *owner, *description;
	const char *enrollment, *mark, *state, *certificate;
	const char *account, *sid, *key_version;
	const char *mapping; /* which certificates are the account's */
	const char *member_of; /* kept by the server in both directions; NULL: groups are
					* searched, and left before an entry goes */
	const char *state_words[2]; /* by enum join_state; NULL: bits of userAccountControl */
	enum join_state state_absent; /* what it means if the entry has no such attribute */

	int asserts; /* modify and delete may assert a filter (RFC 4528); else the
					* exact mark is deleted and added again */
	int tree_delete; /* one operation deletes an entry and what is below it */
	int noop; /* an add can be tried with the no-op control */
	/* ... and then may only have attributes that the database holds already;
	 * docs/DIRECTORY.md tells why. */
	int noop_used_attributes_only;

	/* For searches from the base: leave out what lies in other naming contexts. */
	const struct dir_control *scope;

	/* What only this directory has; NULL: nothing. */
	void (*add_more)(const struct join *j, const struct join_object *o, struct dir_mods *m);
	void (*take_more)(const struct join *j, const struct dir_entry *e,
		const struct join_object *o, struct dir_mods *m);
	/* Would the add be refused for want of rights or a name in use? Instead of noop. */
	int (*may_add)(struct join *j, const struct join_object *o, struct fail *f);
	/* Names in use anywhere in the domain or forest, the fqdn among them. */
	int (*name_free)(struct join *j, const char *name, const char *fqdn, struct fail *f);
	/* 0, or -1 with ENR_NOT_OURS: never to be taken over. */
	int (*may_take)(struct join *j, const struct dir_entry *e, struct fail *f);
};

/* NULL if there is no such row. */
const struct join_flavour *join_flavour_find(const char *name);

#endif
