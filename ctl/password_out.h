/* Where a new enrollment password goes: exactly one place. The terminal; --password-out FILE (0600,
 * made before anything is asked for, never overwritten); or, with --password-out -, standard
 * output. */
#ifndef CTL_PASSWORD_OUT_H
#define CTL_PASSWORD_OUT_H

#include <jansson.h>

#include "ctl/cmd.h"

enum password_place {
	PASSWORD_NOWHERE, /* dry run */
	PASSWORD_TERMINAL, /* shown with the text for people, or the field of the document */
	PASSWORD_STDOUT, /* alone on a line, or the field of the document */
	PASSWORD_FILE,
};
struct password_out {
	enum password_place place;
	const char *path; /* of PASSWORD_FILE */
	int fd; /* -1: none */
	int stood; /* the file was there before: nothing may be made */
	int many; /* more than one device: a line "name,identity,password,expires" each */
	int lines; /* written so far */
};

/* --password-out, or the terminal; reserves the file. ENR_OUTPUT_NOWHERE, ENR_FILE_FAILED. A file
 * that exists is no failure yet (`stood`): the command may turn out to have had its effect. */
int password_out_open(struct cmd *c, int many, struct password_out *p, struct fail *f);
/* Take the password of doc (a device document) to its place; it stays in doc only if that place is
 * standard output or the terminal. Durable in the file when this returns 0. */
int password_out_take(struct password_out *p, json_t *doc, struct fail *f);
/* Closes; a reserved file that got nothing is removed again. */
void password_out_close(struct password_out *p);

extern const char password_out_help[];

#endif
