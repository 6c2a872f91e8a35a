/* A document with items as a table for people: a heading, a row for each. One thread. */
#ifndef CTL_LISTING_H
#define CTL_LISTING_H

#include <stddef.h>

#include <jansson.h>

#include "ctl/cmd.h"
#include "ctl/grid.h"

struct listing {
	const char *const *head;
	size_t columns;
	/* Adds a cell for each column. */
	void (*row)(const struct cmd *c, const json_t *item, struct grid *g);
	const char *none; /* what is said where there are no items: "no devices" */
};

/* As wide as the terminal. */
void listing_render(const struct cmd *c, const json_t *doc, const struct listing *l);

#endif
