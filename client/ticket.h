/* Does the domain know this machine? A ticket is asked for with a key of the keytab, and thrown
 * away. Takes at most some seconds. */
#ifndef CLIENT_TICKET_H
#define CLIENT_TICKET_H

#include "client/errand.h"
#include "lib/base/fail.h"
#include "lib/base/mem.h"

struct ticket_of {
	const struct bytes *keytab; /* its octets */
	const char *conf; /* path of a krb5.conf that names the domain controllers */
	const char *account, *realm;
};
/* 0: the ticket came; words say for whom. ENR_KEY_UNKNOWN, ENR_ACCOUNT_UNKNOWN,
 * ENR_ACCOUNT_DISABLED, ENR_CLOCK_WRONG: the domain's no; ENR_CONTROLLER_UNREACHABLE: nothing could
 * be found out. */
int ticket_ask(const struct ticket_of *of, char words[ERRAND_WORDS_MAX], struct fail *f);

#endif
