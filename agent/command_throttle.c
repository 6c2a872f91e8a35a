/* Who failed too often: told in status, let in again by `throttle clear`. */
#include <stdio.h>

#include "agent/command_private.h"
#include "agent/http/peers.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

static json_t *networks_of(const struct throttle_list *list)
{
	json_t *networks = json_array();

	for (size_t i = 0; i < list->n; i++)
		json_array_append_new(networks,
			json_pack("{s:o, s:I}", "network", control_text(list->item[i].network),
				"wait_s", (json_int_t)list->item[i].wait_s));
	return networks;
}

json_t *document_throttles(struct control_call *call)
{
	const struct throttle_ask all = { .about = "" };
	struct throttle_list list;

	return edge_core_throttles(command_context(call)->edge, &all, &list) < 0
		? json_null()
		: networks_of(&list);
}

int serve_throttle_clear(struct control_call *call, json_t **out, struct fail *f)
{
	const char *address, *note;
	int dry;
	const struct field fields[] = {
		{ "address", FIELD_TEXT, 1, &address },
		{ "dry_run", FIELD_FLAG, 0, &dry },
		{ "note", FIELD_TEXT, 0, &note },
	};
	struct store_actor by = { .who = call->caller->who };
	struct store_story line = { .event = "throttle-cleared", .by = &by };
	struct throttle_ask q;
	struct throttle_list list;
	struct peer who;
	char quoted[200];

	if (input_read(call->in, fields, ARRAY_LEN(fields), f) < 0)
		return -1;
	if (!peer_parse(address, &who))
		return fail(f, ENR_USAGE, "%s is no IP address, and no network as status shows it",
			text_quote(address, 40, quoted, sizeof(quoted)));
	q.forgive = !dry;
	snprintf(q.about, sizeof(q.about), "%s", address);
	if (edge_core_throttles(command_context(call)->edge, &q, &list) < 0)
		return fail(
			f, ENR_SERVER_BUSY, "the process that talks to devices does not answer");
	by.note = note;
	line.detail = address;
	if (list.n > 0 && !dry && store_event(command_context(call)->store, &line, f) < 0)
		return -1;
	*out = json_pack("{s:s, s:i, s:o, s:o}", "kind", "throttle", "version", 1, "address",
		control_text(address), "networks", networks_of(&list));
	document_change(*out, list.n > 0, dry);
	return 0;
}
