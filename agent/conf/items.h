/* The table of options, for the files of this folder. One row each; everything that knows an option
 * (parser, defaults, checks of one value, `config show`, the manual) reads its row. */
#ifndef AGENT_CONF_ITEMS_H
#define AGENT_CONF_ITEMS_H

#include <stddef.h>
#include <stdint.h>

#include "agent/conf/conf.h"

enum conf_kind {
	KIND_TEXT,     /* char *: not empty */
	KIND_ACCOUNT,  /* char *: a name of the user database */
	KIND_PATH,     /* char *: absolute */
	KIND_DN,       /* char * */
	KIND_DOMAIN,   /* char *: dotted labels in lower case */
	KIND_HOST,     /* char *: that, or an IP address */
	KIND_URL,      /* char *: http:// or https://; "none" is NULL */
	KIND_WORD,     /* char *: one of the words */
	KIND_BOOL,     /* int: yes or no */
	KIND_NUMBER,   /* int64_t: within min and max */
	KIND_DURATION, /* int64_t: seconds, within min and max */
	KIND_WORDS,    /* struct conf_list: each one of the words */
	KIND_NAMES,    /* struct conf_list: blanks or commas between them */
	KIND_DOMAINS,  /* struct conf_list of KIND_DOMAIN */
	KIND_ENDPOINTS, /* struct conf_list of ADDRESS:PORT */
	KIND_LDAP_URLS, /* struct conf_list */
	KIND_PHRASES,  /* struct conf_list: semicolons between them, for DNs and paths of OUs */
	KIND_SERVE,    /* two int: serves_enroll, serves_crl */
};

enum conf_place { IN_CONF, IN_LISTENER, IN_OU, IN_PROFILE, IN_ROLE };

struct conf_item {
	const char *section, *key;
	enum conf_place place;
	enum conf_kind kind;
	size_t offset;             /* in struct conf or in the struct of the place */
	const char *preset;        /* as text; NULL: none */
	int required;
	int64_t min, max;
	const char *const *words;  /* ends with NULL */
	const char *help;
	int other;                 /* has a use only where another option is not as preset: the
				    * sample file can be switched on as a whole without it */
	const char *example;       /* for the sample file where there is no preset */
};
/* Sorted by section; the key order is the one of the sample file. */
extern const struct conf_item conf_items[];
extern const size_t conf_items_count;

/* A place that may stand several times: where its array is in struct conf. */
struct conf_place_row {
	const char *section;       /* "listener" */
	size_t array, count, size; /* offsets in struct conf; octets of an element */
	const char *help;
};
extern const struct conf_place_row conf_places[]; /* by enum conf_place */

/* Where a value set in a file came from. */
struct conf_origin {
	char *section, *key, *file; /* "listener web", "address" */
	int line;
};

/* Puts text into the field of the item at base (struct conf, or the element). On -1 the field is
 * untouched and wrong says what is wrong and what is allowed. */
int conf_value_parse(const struct conf_item *item, const char *text, void *base, struct str *wrong);
/* "allowed: …" of an item. */
void conf_value_allowed(const struct conf_item *item, struct str *out);
/* The field as text that would parse to the same; NULL if it is not set. free() it. */
char *conf_value_text(const struct conf_item *item, const void *base);
void conf_value_clear(const struct conf_item *item, void *base);

/* Normal form of a DN for comparisons here: ASCII letters lower, no blanks around separators. NULL
 * if it is not a DN. free() it. */
char *conf_dn_normal(const char *dn);
/* 1 if dn is base or below it (both normal). */
int conf_dn_below(const char *dn, const char *base);

/* A line of the report; counts, and keeps the first as evidence. */
struct conf_problems {
	struct str *report;
	const char *path;
	int n;
	struct fail first;
};
void conf_problem(struct conf_problems *p, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The line that set section/key; 0: none. key NULL: the heading. */
int conf_line_of(const struct conf *c, const char *section, const char *key);
/* Rules across options, on a conf with all defaults in place. */
void conf_check(const struct conf *c, struct conf_problems *p);
/* Those of [directory]: what the mechanism of bind needs, and what has no use with it. */
void conf_check_directory(const struct conf *c, struct conf_problems *p);

#endif
