#include "ctl/listing.h"

#include <stdio.h>
#include <unistd.h>

#include "ctl/output.h"

void listing_render(const struct cmd *c, const json_t *doc, const struct listing *l)
{
	const json_t *items = doc_list(doc, "items");
	struct grid g;

	grid_begin(&g, l->head, l->columns);
	for (size_t i = 0; i < json_array_size(items); i++)
		l->row(c, json_array_get(items, i), &g);
	if (json_array_size(items) == 0)
		cmd_say(c, "%s", l->none);
	else
		grid_print(&g, terminal_width(STDOUT_FILENO), stdout);
	grid_free(&g);
}
