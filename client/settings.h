/* /etc/enroll/enroll.conf: what `enroll join` need not be told on the command line. */
#ifndef CLIENT_SETTINGS_H
#define CLIENT_SETTINGS_H

#include "client/place.h"
#include "lib/base/fail.h"

struct settings { /* NULL: not set */
	char *identity;
	char *server;
	char *password_file;
	char *login;
};

/* No file gives empty settings. ENR_CONFIG_INVALID names line and key, ENR_CONFIG_UNREADABLE. */
int settings_load(const struct place *p, struct settings *out, struct fail *f);
void settings_clear(struct settings *s);

#endif
