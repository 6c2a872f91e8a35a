/* Questions to the person at the terminal, and the password from wherever it comes. One thread. */
#ifndef CLIENT_ASK_H
#define CLIENT_ASK_H

#include <stddef.h>

#include "client/options.h"
#include "client/say.h"
#include "lib/base/fail.h"
#include "lib/wire/password.h"

#define ASK_LINE_MAX 256

/* The enrollment password in its canonical form: --password-file, the file the configuration names
 * (may be NULL), the systemd credential enroll.password, or a prompt without echo that asks again
 * after a typing mistake. ENR_PASSWORD_TYPO, ENR_PASSWORD_NEEDED, ENR_FILE_FAILED. Wipe it. */
int ask_password(struct run *r, const char *configured, char out[PASSWORD_LEN + 1],
	struct fail *f);
/* A line typed after the question on the terminal. -1: end of input, or too long. */
int ask_line(const char *question, char out[ASK_LINE_MAX]);
/* Echo as it was; for a signal handler. */
void ask_restore(void);

#endif
