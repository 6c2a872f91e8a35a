/* Small helpers to build the JSON object of a request: absent options become null. */
#ifndef CTL_REQUEST_H
#define CTL_REQUEST_H

#include <jansson.h>

#include "ctl/cmd.h"

void request_text(json_t *in, const char *member, const char *value); /* NULL: null */
void request_seconds(json_t *in, const char *member, int64_t seconds); /* 0: null */
/* An option that is a moment or a time from now on ("2h", RFC 3339) as RFC 3339; `back`: ago. */
int request_moment(struct cmd *c, json_t *in, const char *option, int back, struct fail *f);

#endif
