/* The one table of everything that can go wrong. lib/base/codes.def holds a row for each code; the
 * enum, the HTTP status, the exit code, the texts of `enrollctl explain` and the manual come from
 * it.
 *
 * A code is ENR- and three digits and never changes its meaning; the first digit says where: 1
 * finding the server and eligibility, 2 password and trust, 3 the record and the request, 4 setting
 * up the device, 5 life after enrollment, 6 directory, 7 certificates and CA, 8 configuration and
 * set-up, 9 the agent. */
#ifndef LIB_BASE_CODES_H
#define LIB_BASE_CODES_H

#include <stddef.h>

enum code {
	ENR_NONE = 0,
#define X(sym, num, ...) ENR_##sym = (num),
#include "lib/base/codes.def"
#undef X
};

/* What a script does with it (docs/CONTROL.md section 6). */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1,   /* a definite no */
	EXIT_USAGE = 2,     /* command line, input file or configuration */
	EXIT_NOT_FOUND = 3,
	EXIT_CONFLICT = 4,
	EXIT_NOT_ALLOWED = 5,
	EXIT_TRY_AGAIN = 6, /* could not find out, or not finished */
	EXIT_PARTLY = 7,
	EXIT_INTERRUPTED = 130,
};

struct code_row {
	enum code code;
	const char *word;        /* "not-expected" */
	int http;                /* status of the answer that carries it */
	int exit;                /* enum exit_code */
	const char *what;        /* for the person at the device; no stranger learns from it */
	const char *what_admin;  /* the same for the admin; never NULL */
	const char *why;         /* usual causes, in order */
	const char *act;         /* what to do now, device side */
	const char *act_admin;   /* what to do now, admin side */
};

/* Never NULL: an unknown code gives the row of ENR_INTERNAL. */
const struct code_row *code_row(enum code code);
/* NULL if there is no such code. Accepts "ENR-602", "enr-602", "602" and the word. */
const struct code_row *code_find(const char *text);
/* Rows in order of their numbers. */
const struct code_row *code_rows(size_t *count);
/* "ENR-602" in a static buffer of the row. */
const char *code_name(enum code code);
/* The same command may succeed later (exit code 6). */
int code_is_transient(enum code code);
/* Neither the device, nor the person at it, nor the password is to blame: the server's records,
 * directory, CA or the server itself. */
int code_is_servers(enum code code);

#endif
