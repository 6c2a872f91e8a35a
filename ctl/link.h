/* The way to enrolld: HTTP/JSON over its control socket (docs/CONTROL.md). */
#ifndef CTL_LINK_H
#define CTL_LINK_H

#include <jansson.h>

#include "ctl/cmd.h"

#define LINK_SOCKET "/run/enrolld/control.sock"
#define LINK_REQUEST_MAX (1u << 20)
#define LINK_ANSWER_MAX (256u << 20)

/* Ask for path ("device/add") with in (an object; its reference is taken). 0 and a new reference in
 * *out; or -1 and f, with c->agent_error the agent's own error document if it sent one.
 * ENR_AGENT_NOT_RUNNING: it is not there, or did not answer in time; evidence says which, and
 * whether the request had been sent. */
int link_call(struct cmd *c, const char *path, json_t *in, json_t **out, struct fail *f);

/* What came, as link_call gives it on. */
struct link_answer {
	long status;
	const char *text;
	size_t len;
};
int link_read(struct cmd *c, const struct link_answer *a, json_t **out, struct fail *f);

/* "unix:PATH" -> PATH (points into text). NULL: not an address we know. */
const char *link_path(const char *text);

/* link_call, then cmd_result with what came. */
int link_show(struct cmd *c, const char *path, json_t *in, cmd_render *render, struct fail *f);

#endif
