/* The control commands, one row each: the place where ops meets enrollment, store, join and ca, so
 * that ops need not know them. */
#ifndef AGENT_COMMANDS_H
#define AGENT_COMMANDS_H

#include "agent/ca/ca.h"
#include "agent/edge/edge_core.h"
#include "agent/enrollment/enrollment.h"
#include "agent/join/join.h"
#include "agent/ops/control.h"
#include "agent/store/store.h"

struct command_context {
	struct enrollment *enrollment;
	struct store *store;
	struct join *join;
	struct ca *ca;
	struct edge_core *edge;
	int single_user;
	int64_t started;
};

const struct control_row *command_rows(size_t *count);

#endif
