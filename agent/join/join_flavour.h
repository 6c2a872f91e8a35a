/* What differs between directories, as one row each. Private to agent/join. */
#ifndef AGENT_JOIN_JOIN_FLAVOUR_H
#define AGENT_JOIN_JOIN_FLAVOUR_H

#include "agent/join/join.h"

struct join_flavour {
	const char *name;              /* [directory] flavour */
	const char *const *classes;    /* object classes of a device, all of them; ends with NULL */
	const char *device_class;      /* the one that marks it as ours */
	const char *ou_class;
	const char *person_class;
	const char *const *person_names; /* attributes a person is found by; ends with NULL */

	const char *guid, *name_attr, *fqdn, *serial, *owner, *description;
	const char *enrollment, *mark, *state, *certificate;
	const char *state_words[2];    /* by enum join_state */

	/* An add with the no-op control may only have attributes that the database holds already;
	 * docs/DIRECTORY.md tells why. */
	int noop_used_attributes_only;
};

/* NULL if there is no such row. */
const struct join_flavour *join_flavour_find(const char *name);

#endif
