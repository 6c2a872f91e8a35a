/* What the delegation commands have in common: the documents for people, and the plan as
 * agent/delegation wants it. */
#ifndef CTL_DELEGATION_H
#define CTL_DELEGATION_H

#include <jansson.h>

#include "agent/delegation/delegation.h"
#include "ctl/cmd.h"

/* A plan read from a document of kind delegation_plan. The texts are those of the document. */
struct delegation_copy {
	struct delegation_plan plan;
	const char **ou, **group, **server;
	size_t n_server;
};
void delegation_copy_read(const json_t *doc, struct delegation_copy *out);
void delegation_copy_clear(struct delegation_copy *copy);

/* {"ou": …} for a request. */
json_t *delegation_request(const struct cmd *c);
/* The report of verify. */
void delegation_render(struct cmd *c, const json_t *doc);
/* 0; ENR_RIGHTS_DIFFER, ENR_PREFLIGHT_UNKNOWN: what the report ends with. */
int delegation_verdict(const json_t *doc, struct fail *f);

#endif
