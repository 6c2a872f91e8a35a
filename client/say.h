/* What a person or a program reads of enroll: steps on standard output, one JSON document with -o
 * json, failures on standard error in the form of the command line's rules (WHAT [CODE name],
 * evidence, do). Nothing of an unauthenticated peer ever gets here as text. */
#ifndef CLIENT_SAY_H
#define CLIENT_SAY_H

#include <stdint.h>

#include <jansson.h>

#include "lib/base/fail.h"
#include "lib/base/id.h"

struct say {
	int json;    /* -o json: steps are not printed */
	int quiet;   /* only failures */
	int verbose; /* also what is done for each step */
	int colon;   /* private: a step's label stands, its result does not */
};

/* "Finding the server         ": the label stands while the step runs. */
void say_step(struct say *s, const char *label);
/* The rest of that line: words, and "ok", "failed" or "" at the right. */
void say_done(struct say *s, const char *result, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* A line below a step, in its column; a line by itself; a detail for -v. */
void say_more(struct say *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void say_line(struct say *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void say_detail(struct say *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "  Name                     words": one section being set up. */
void say_section(struct say *s, const char *label, const char *words);
/* A document of a kind, version 1, and a text in it (NULL: null). */
json_t *say_object(const char *kind);
void say_set(json_t *o, const char *key, const char *value);
/* The one document. It is taken over. */
void say_json(json_t *doc);

enum password_is {
	PASSWORD_UNSAID, /* the command has none */
	PASSWORD_UNSENT, /* nothing that depends on it was sent */
	PASSWORD_GOOD,
	PASSWORD_OURS,   /* may have been redeemed, for this machine's key: it goes on with it */
	PASSWORD_DONE,   /* redeemed, by this machine: nothing is left to prove */
	PASSWORD_SPENT,
	PASSWORD_UNSURE, /* nobody who proved to know said */
};

/* All that is said when something failed. */
struct trouble {
	struct fail fail;
	const char *phase;        /* "discovery", "bootstrap", "enrollment", "apply"; NULL: none */
	char attempt[ID_MAX];     /* "" if the server was not reached */
	enum password_is password;
	int64_t valid_until;      /* the password; 0: not known */
	int hearsay;              /* the server said so and could not prove who it is */
	int retry_after;          /* seconds the server asked for; 0: none */
};
/* Returns the exit status of the code. */
int say_trouble(struct say *s, const struct trouble *t);

#endif
