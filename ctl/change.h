/* What the commands that change devices have in common: each DEVICE is asked for by itself, several
 * are all checked before the first is changed, passwords go to their one place, a failure in the
 * middle names what was done before. */
#ifndef CTL_CHANGE_H
#define CTL_CHANGE_H

#include <jansson.h>

#include "ctl/cmd.h"

struct change {
	const char *path; /* of the control socket: "device/reissue" */
	/* Members of the request besides device (or name), dry_run and note; a new object. */
	json_t *(*input)(struct cmd *c);
	const char *subject; /* member that gets the command's word: "device" or "name" */
	int makes_password;
	/* Asked once for each device before it is changed, with what a dry run says, fit for a
	 * terminal; or NULL. */
	int (*confirm)(struct cmd *c, const json_t *would, struct fail *f);
	cmd_render *render;
};

int change_run(struct cmd *c, const struct change *change, struct fail *f);

#endif
