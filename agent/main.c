/* enrolld: reads its options and becomes the parent, the check (-t), or, started by the parent, one
 * of the two children. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/conf/conf.h"
#include "agent/options.h"
#include "lib/base/codes.h"
#include "lib/base/log.h"
#include "lib/base/text.h"

static const struct role_row {
	const char *name, *tag;
	int (*run)(const struct options *o);
} roles[ROLES] = {
	[ROLE_PARENT] = { NULL, "enrolld[parent]", parent_run },
	[ROLE_CHECK] = { NULL, "enrolld[check]", check_run },
	[ROLE_FRONT] = { "front", "enrolld[front]", front_run },
	[ROLE_CORE] = { "core", "enrolld[core]", core_run },
};

enum option_id {
	OPT_CONFIG = 256,
	OPT_SINGLE,
	OPT_TRUST_CLOCK,
	OPT_VERSION,
	OPT_HELP,
	OPT_ROLE,
	OPT_UID,
	OPT_GID,
};

static const struct option options[] = {
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "single-user", no_argument, NULL, OPT_SINGLE },
	{ "trust-clock", no_argument, NULL, OPT_TRUST_CLOCK },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "help", no_argument, NULL, OPT_HELP },
	/* between our own processes */
	{ "role", required_argument, NULL, OPT_ROLE },
	{ "uid", required_argument, NULL, OPT_UID },
	{ "gid", required_argument, NULL, OPT_GID },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
	"usage: enrolld [--config FILE] [-t] [--single-user] [--trust-clock]\n"
	"\n"
	"The device-enrollment server. Stays in the foreground; systemd starts it.\n"
	"\n"
	"  -t               check the configuration and what it names, then exit: 0 ok, 2 not\n"
	"  --config FILE    default " CONF_PATH "\n"
	"  --single-user    one account for everything: tests, demos, containers with one uid\n"
	"  --trust-clock    this once: the clock is right, though it was ahead before (ENR-906)\n"
	"  --version        print the version\n"
	"  -h, --help       print this\n"
	"\n"
	"SIGHUP reads configuration and certificates again; SIGTERM finishes what is in flight.\n"
	"\n"
	"Examples:\n"
	"  enrolld -t\n"
	"  enrolld --config ./enrolld.conf --single-user\n";

static int read_role(const char *name, struct options *o)
{
	for (int i = 0; i < ROLES; i++) {
		if (roles[i].name == NULL || strcmp(roles[i].name, name) != 0)
			continue;
		o->role = (enum role)i;
		return 0;
	}
	return -1;
}

static int read_id(const char *text, struct options *o, int is_uid)
{
	int64_t id;

	if (text_number(text, 0, UINT32_MAX - 1, &id) < 0)
		return -1;
	o->drops = 1;
	if (is_uid)
		o->uid = (uid_t)id;
	else
		o->gid = (gid_t)id;
	return 0;
}

/* 0 go on, 1 done, -1 wrong. */
static int read_option(int c, struct options *o)
{
	switch (c) {
	case 't': o->role = ROLE_CHECK; return 0;
	case OPT_CONFIG: o->config = optarg; return 0;
	case OPT_SINGLE: o->single_user = 1; return 0;
	case OPT_TRUST_CLOCK: o->trust_clock = 1; return 0;
	case OPT_ROLE: return read_role(optarg, o);
	case OPT_UID: return read_id(optarg, o, 1);
	case OPT_GID: return read_id(optarg, o, 0);
	case OPT_VERSION: puts("enrolld " ENROLL_VERSION); return 1;
	case 'h':
	case OPT_HELP: fputs(help, stdout); return 1;
	default: return -1;
	}
}

int main(int argc, char **argv)
{
	struct options o = { .role = ROLE_PARENT, .config = CONF_PATH };
	int c, rc;

	while ((c = getopt_long(argc, argv, "th", options, NULL)) != -1) {
		rc = read_option(c, &o);
		if (rc > 0)
			return EXIT_DONE;
		if (rc < 0)
			goto wrong;
	}
	if (optind != argc) {
		fprintf(stderr, "enrolld: it takes options only, not '%s'\n", argv[optind]);
		goto wrong;
	}
	log_open(roles[o.role].tag, LOG_LEVEL_INFO);
	return roles[o.role].run(&o);
wrong:
	fputs("enrolld: see enrolld --help\n", stderr);
	return EXIT_USAGE;
}
