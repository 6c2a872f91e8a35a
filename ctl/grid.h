/* Rows and columns for people: upper-case headings, no frames, two blanks between columns, cut to
 * the terminal's width (widest column first), never cut elsewhere. */
#ifndef CTL_GRID_H
#define CTL_GRID_H

#include <stddef.h>
#include <stdio.h>

#define GRID_COLUMNS_MAX 12

struct grid {
	const char *const *head;
	size_t columns;
	char **cell; /* row after row */
	size_t n;
};

void grid_begin(struct grid *g, const char *const *head, size_t columns);
void grid_add(struct grid *g, const char *text); /* the next cell, copied; "" is shown as "-" */
/* width 0: as wide as it gets. */
void grid_print(const struct grid *g, int width, FILE *out);
void grid_free(struct grid *g);

/* Columns of the terminal behind fd; 0 if it is none. */
int terminal_width(int fd);

#endif
