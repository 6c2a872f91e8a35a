/* Scenarios of the heart against a real directory. heart.c runs them; tests/behave/heart.sh starts
 * the directory and does what a scenario asks of it. */
#ifndef TESTS_HEART_HEART_H
#define TESTS_HEART_HEART_H

#include "tests/unit/agent/enrollment/fixture.h"

struct scenario {
	const char *name;
	void (*run)(void);
};
extern const struct scenario scenarios_whole[], scenarios_trouble[], scenarios_crash[];

/* Counts, and says what was wrong; got may be NULL. */
void check(int good, const char *what, const char *got);
#define CHECK(cond) check((cond), #cond, NULL)
void check_code(enum code got, enum code wanted, const char *what);

extern struct fixture x;

/* Have the script do something to the directory: "deny", "allow", "objects NAME" … The number it
 * prints, or -1. */
int ask(const char *verb, const char *argument);
/* device add with the defaults of a test; the password comes out. */
enum code add(const char *name, char id[ID_MAX], char password[PASSWORD_TEXT_MAX]);
/* A new device with that password. */
void device(struct peer *p, const char *password);
/* Sweep until nothing is left, at most so many seconds; what is left. */
int sweep(int seconds);

#endif
