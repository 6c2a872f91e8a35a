#include "ctl/grid.h"

#include <stdlib.h>
#include <string.h>

#include <sys/ioctl.h>

#include "lib/base/mem.h"

enum { GAP = 2,
	NAME = 16, /* the first column is what a row is called by: cut no further */
	NUMBER = 11, /* E-4H2X-8RNP; cut shorter only when the rest is at its narrowest */
	NARROWEST = 6 };

/* How many columns a UTF-8 text takes (every character counts as one). */
static size_t text_columns(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

int terminal_width(int fd)
{
	struct winsize w;

	return ioctl(fd, TIOCGWINSZ, &w) == 0 ? w.ws_col : 0;
}

void grid_begin(struct grid *g, const char *const *head, size_t columns)
{
	*g = (struct grid){ .head = head, .columns = columns };
}

void grid_add(struct grid *g, const char *text)
{
	g->cell = mem_grow(g->cell, g->n + 1, sizeof(*g->cell));
	g->cell[g->n++] = mem_text(*text ? text : "-");
}

void grid_free(struct grid *g)
{
	for (size_t i = 0; i < g->n; i++)
		free(g->cell[i]);
	free(g->cell);
	*g = (struct grid){ .head = NULL };
}

static void measure(const struct grid *g, size_t *wide)
{
	if (g->columns == 0)
		return;
	for (size_t k = 0; k < g->columns; k++)
		wide[k] = strlen(g->head[k]);
	for (size_t i = 0; i < g->n; i++) {
		size_t w = text_columns(g->cell[i]);

		if (w > wide[i % g->columns])
			wide[i % g->columns] = w;
	}
}

/* Take from the widest column over its least, until all fit; 0: there is nothing to take. */
static int shrink(size_t *wide, size_t columns, size_t room, const size_t *least)
{
	for (;;) {
		size_t total = (columns - 1) * GAP, widest = columns;

		for (size_t k = 0; k < columns; k++) {
			total += wide[k];
			if (wide[k] > least[k] && (widest == columns || wide[k] > wide[widest]))
				widest = k;
		}
		if (total <= room)
			return 1;
		if (widest == columns)
			return 0;
		wide[widest]--;
	}
}

/* Long texts first; what is no longer than a number when nothing else helps; the name never. */
static void fit(size_t *wide, size_t columns, size_t room)
{
	size_t least[GRID_COLUMNS_MAX];

	for (size_t k = 0; k < columns; k++)
		least[k] = k == 0 ? NAME : wide[k] <= NUMBER ? wide[k] : NARROWEST;
	if (shrink(wide, columns, room, least))
		return;
	for (size_t k = 1; k < columns; k++)
		least[k] = NARROWEST;
	shrink(wide, columns, room, least);
}

/* Prints at most w columns; a cut text ends in "..". */
static void print_cell(const char *text, size_t w, int last, FILE *out)
{
	size_t have = text_columns(text), show = have > w ? w - 2 : have, shown = 0;

	while (*text && (shown < show || ((unsigned char)*text & 0xc0) == 0x80)) {
		fputc(*text, out);
		text++;
		shown += ((unsigned char)*text & 0xc0) != 0x80;
	}
	if (have > w)
		fputs("..", out);
	if (!last)
		fprintf(out, "%*s", (int)((have > w ? 0 : w - have) + GAP), "");
	else
		fputc('\n', out);
}

void grid_print(const struct grid *g, int width, FILE *out)
{
	size_t wide[GRID_COLUMNS_MAX] = { 0 };

	if (g->columns == 0 || g->columns > GRID_COLUMNS_MAX)
		return;
	measure(g, wide);
	if (width > 0)
		fit(wide, g->columns, (size_t)width);
	for (size_t k = 0; k < g->columns; k++)
		print_cell(g->head[k], wide[k], k + 1 == g->columns, out);
	for (size_t i = 0; i < g->n; i++)
		print_cell(g->cell[i], wide[i % g->columns], (i + 1) % g->columns == 0, out);
}
