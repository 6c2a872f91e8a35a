#include "agent/accounts.h"

#include <pwd.h>
#include <unistd.h>

static int find_one(const char *key, const char *name, struct account *out, struct fail *f)
{
	/* cppcheck-suppress getpwnamCalled; the parent has one thread */
	const struct passwd *pw = getpwnam(name);

	if (pw == NULL)
		return fail(f, ENR_ACCOUNTS_MISSING, "[agent] %s: there is no account \"%s\"", key,
			name);
	if (pw->pw_uid == 0 || pw->pw_gid == 0)
		return fail(f, ENR_ACCOUNTS_MISSING,
			"[agent] %s: \"%s\" is privileged; an account of its own is wanted", key,
			name);
	*out = (struct account){ pw->pw_uid, pw->pw_gid };
	return 0;
}

int accounts_find(const struct conf *conf, int single_user, struct accounts *out, struct fail *f)
{
	struct accounts a = { .drops = !single_user };

	if (single_user) {
		a.core = a.front = (struct account){ geteuid(), getegid() };
		*out = a;
		return 0;
	}
	if (geteuid() != 0)
		return fail(f, ENR_ACCOUNTS_MISSING,
			"not root, so the two accounts cannot be taken on; --single-user runs with "
			"one");
	if (find_one("user", conf->user, &a.core, f) < 0 ||
		find_one("front-user", conf->front_user, &a.front, f) < 0)
		return -1;
	if (a.core.uid == a.front.uid)
		return fail(f, ENR_ACCOUNTS_MISSING,
			"[agent] user and front-user are the same account (uid %u); two are wanted",
			(unsigned)a.core.uid);
	if (a.core.gid == a.front.gid)
		return fail(f, ENR_ACCOUNTS_MISSING,
			"[agent] user and front-user have the same group (gid %u); two are wanted",
			(unsigned)a.core.gid);
	*out = a;
	return 0;
}
