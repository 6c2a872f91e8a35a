/* How what ended a device, or switched it off or on, reads for people. */
#ifndef CTL_SWITCH_TEXT_H
#define CTL_SWITCH_TEXT_H

#include <jansson.h>

#include "ctl/cmd.h"

/* A line for each thing that was done, or is left to do; for one that had its effect before, the
 * device's line alone. certificates: what became of them, "on hold". */
void switch_render(struct cmd *c, const json_t *doc, const char *certificates);
/* Who it is about, on standard error, before a question. */
void switch_about(struct cmd *c, const json_t *would);

#endif
