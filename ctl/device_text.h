/* A device document (kind "device", schema/json/device.json) as text for people. */
#ifndef CTL_DEVICE_TEXT_H
#define CTL_DEVICE_TEXT_H

#include <jansson.h>

#include "ctl/cmd.h"

/* "LT-0042 is expected until tomorrow, 09:20." with what was recorded, and the password if doc has
 * one: after add and reissue. */
void device_render_expected(struct cmd *c, const json_t *doc);
/* One line: what became of it (extend, cancel). */
void device_render_line(struct cmd *c, const json_t *doc);
/* Everything, with the last failure and the story: one device, or the items of a list. */
void device_render_full(struct cmd *c, const json_t *doc);
/* The table of a list. */
void device_render_list(struct cmd *c, const json_t *doc);

#endif
