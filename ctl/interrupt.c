#include "ctl/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t seen;

static void note(int sig)
{
	(void)sig;
	seen = 1;
}

void interrupt_watch(void)
{
	struct sigaction a = { .sa_handler = note };

	sigemptyset(&a.sa_mask);
	sigaction(SIGINT, &a, NULL);
	sigaction(SIGTERM, &a, NULL);
	a.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &a, NULL);
}

int interrupted(void)
{
	return seen != 0;
}
