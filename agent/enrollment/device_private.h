/* What device.c and device_*.c share. */
#ifndef AGENT_ENROLLMENT_DEVICE_PRIVATE_H
#define AGENT_ENROLLMENT_DEVICE_PRIVATE_H

#include "agent/enrollment/device.h"
#include "agent/enrollment/steps.h"
#include "lib/base/mem.h"
#include "lib/wire/native_keys.h"

/* What the store keeps of a password. */
struct device_secret {
	uint8_t root[STORE_ROOT_LEN];
	uint8_t selector[STORE_SELECTOR_LEN];
};

static inline void device_secret_wipe(struct device_secret *s)
{
	mem_wipe(s, sizeof(*s));
}

/* The DNs of the groups of an order, one a line, in the order of the profile; NULL for none. free()
 * it. ENR_GROUP_NOT_LISTED, ENR_GROUP_NOT_FOUND. */
int device_groups(struct enrollment *e, const struct conf_profile *p,
	const struct device_order *o, char **out, struct fail *f);
/* Of the groups of a record before, those that its profile lists today: what was taken off that
 * list does not come back with a new installation. free() it. ENR_GROUP_NOT_FOUND. */
int device_groups_still(struct enrollment *e, const struct conf_profile *p, const char *before,
	char **out, struct fail *f);
/* A new password for the identity: its text for the person, its root and selector for the store. */
void device_password(struct device_secret *s, const char *identity, char shown[PASSWORD_TEXT_MAX]);

/* --- device_password.c --- */
/* ENR_DEVICE_NOT_FOUND. */
int device_find(struct enrollment *e, const char *id, struct store_record *out, struct fail *f);
/* ENR_STATE_WRONG; wanted: "pending and expired". */
int device_wrong_state(const struct store_record *r, const char *wanted, struct fail *f);
/* The record as it stands after a change (moved out of r), and the rest of the answer. */
int device_give(struct enrollment *e, struct store_record *r, struct device_done *done,
	struct device_done *out, struct fail *f);

#endif
