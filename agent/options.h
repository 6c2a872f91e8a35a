/* What enrolld was started as and with. */
#ifndef AGENT_OPTIONS_H
#define AGENT_OPTIONS_H

#include <sys/types.h>

enum role { ROLE_PARENT, ROLE_CHECK, ROLE_FRONT, ROLE_CORE, ROLES };

struct options {
	enum role role;
	const char *config;
	int single_user;
	int trust_clock;     /* a clock that once jumped ahead is right again */
	/* children only, from the parent */
	int drops;           /* become uid and gid */
	uid_t uid;
	gid_t gid;
};

/* Each returns the exit code of its process. */
int parent_run(const struct options *o);
int check_run(const struct options *o);
int front_run(const struct options *o);
int core_run(const struct options *o);

#endif
