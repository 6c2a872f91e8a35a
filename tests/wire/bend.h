/* Bending a message that is ready to be sent. Pure. Values are in the spelling of the cases
 * (README.md), already unescaped where it does not say otherwise. A case that cannot be followed
 * ends with -1. */
#ifndef TESTS_WIRE_BEND_H
#define TESTS_WIRE_BEND_H

#include <stddef.h>

#include "lib/base/str.h"

#define BEND_BODY_MAX (16 << 20)

/* \xNN, \n and \\ of a value, in place; its length afterwards. */
size_t bend_unescape(char *text);
/* "OLD => NEW", escaped: the first OLD. */
int bend_replace(struct str *body, char *value);
/* "N TEXT": N times TEXT in place of the word FILL. */
int bend_fill(struct str *body, const char *value);
/* UTF-16, little-endian with its mark, of an ASCII body. */
void bend_utf16(struct str *body);

/* text with what in place of each %; free() it. */
char *bend_percent(const char *text, const char *what);

/* "each HOW …", variant i of body into out, and in name what it is. 1, or 0 if there are no more.
 * HOW is one of
 *
 *	missing|twice|swapped|empty|inside [FIELD…]	done to each element but those
 *	text FIELD A|B|…	what stands in that element
 *	attribute NAME A|B|…	of the root
 *	header|method|path A|B|…	the body stays as it is, A is in value
 *
 * swapped: behind the next one; empty: without its text; inside: with an element in it. In A, B, …
 * % stands for what was there. */
struct bend_each {
	const char *how;
	size_t i;
};
int bend_each(const struct bend_each *e, const struct str *body, struct str *out,
	char name[160], char value[1024]);

#endif
