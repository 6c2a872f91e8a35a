/* How results and errors are written: one place for table, json, jsonl and name (docs/CONTROL.md
 * section 6). One thread. */
#ifndef CTL_OUTPUT_H
#define CTL_OUTPUT_H

#include <stdio.h>

#include <jansson.h>

#include "ctl/cmd.h"

/* One line of JSON, or the three-part text, to out (standard error). doc is the error document of
 * the agent, or NULL: then it is made from f. */
void output_error(const struct cmd *c, const struct fail *f, const json_t *doc, FILE *out);
/* The exit status that goes with it. */
int output_exit(const struct fail *f, const json_t *doc);

/* A member that is text; "" if it is absent, null or something else. Borrowed. */
const char *doc_text(const json_t *doc, const char *key);
/* A member that is a time; 0 if it is null. */
int64_t doc_time(const json_t *doc, const char *key);
int64_t doc_number(const json_t *doc, const char *key);
int doc_true(const json_t *doc, const char *key);
const json_t *doc_list(const json_t *doc, const char *key);
/* A member of a list that is text; "" if it is something else, or there is none. Borrowed. */
const char *doc_item(const json_t *list, size_t i);

/* A copy in which no text holds a control character: fit for a terminal. A new reference. */
json_t *doc_printable(const json_t *doc);
/* A text of several lines to standard output: only its line ends are kept, other control characters
 * are not. */
void output_text(const char *text);

/* A time for a person: local words on a terminal, RFC 3339 otherwise; "-" for 0. buf of WHEN_MAX.
 */
const char *output_time(const struct cmd *c, int64_t t, char *buf);
/* Bold or red on a terminal that wants colour, nothing otherwise: print before and after a text. */
const char *output_bold(const struct cmd *c);
const char *output_plain(const struct cmd *c);

/* text broken at blanks, each line behind `indent` blanks, at most `width` columns. */
void output_wrapped(FILE *out, const char *text, int indent, int width);

#endif
