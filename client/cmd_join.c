#include "client/commands.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/ask.h"
#include "client/join.h"
#include "client/journal.h"
#include "client/login.h"
#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/base/text.h"

#define RESOLV_CONF "/etc/resolv.conf"

static const enum option_id options[] = {
	OPTION_SERVER,
	OPTION_PASSWORD_FILE,
	OPTION_SYSTEM_TRUST,
	OPTION_RETRY,
	OPTION_KEY_TYPE,
	OPTION_LOGIN,
	OPTION_DRY_RUN,
	OPTION_NONE,
};

/* The domain this machine looks names up in, from resolv.conf; free() it. NULL if none. */
static char *search_domain(const struct place *p)
{
	autoclean(text_free) char *path = place_path(p, RESOLV_CONF);
	autoclean(bytes_free) struct bytes data = BYTES_INIT;
	char *rest, *line;

	if (file_read(path, 65536, &data, NULL) < 0)
		return NULL;
	rest = (char *)data.data;
	while ((line = strsep(&rest, "\n")) != NULL) {
		char *word = strsep(&line, " \t"), *domain = NULL;

		if (!text_equal(word, "search") && !text_equal(word, "domain"))
			continue;
		while (line != NULL && (domain = strsep(&line, " \t")) != NULL && !domain[0])
			;
		if (domain != NULL && text_is_hostname(domain))
			return mem_text(domain);
	}
	return NULL;
}

/* HOST@DOMAIN of this machine; free() it. */
static char *own_identity(const struct place *p)
{
	autoclean(text_free) char *domain = NULL;
	char host[256] = "";
	char *dot;

	if (gethostname(host, sizeof(host) - 1) < 0)
		return NULL;
	dot = strchr(host, '.');
	if (dot != NULL) {
		*dot = '\0';
		return mem_printf("%s@%s", host, dot + 1);
	}
	domain = search_domain(p);
	return domain ? mem_printf("%s@%s", host, domain) : NULL;
}

/* EMAIL, else the configuration's, else the identity of a join that was begun, else our own. */
static int choose_identity(struct join *j, struct fail *f)
{
	autoclean(text_free) char *own = NULL;
	const char *text = j->run->word;

	if (text == NULL)
		text = j->settings.identity;
	if (text == NULL)
		text = j->state.identity;
	if (text == NULL)
		text = own = own_identity(&j->run->place);
	if (text == NULL)
		return fail(f, ENR_USAGE, "usage: enroll join EMAIL (this machine has no domain "
					  "to make one from)");
	return identity_canonical(text, strlen(text), j->identity, f);
}

static int choose_server(struct join *j, struct fail *f)
{
	const char *text = j->run->value[OPTION_SERVER];
	autoclean(text_free) char *derived = NULL;

	if (text == NULL)
		text = j->settings.server;
	j->server_given = text != NULL;
	if (text == NULL && j->state.stage >= STAGE_ANSWERED) {
		snprintf(j->server, sizeof(j->server), "%s", j->state.server);
		j->port = j->state.port;
		return 0;
	}
	if (text == NULL)
		text = derived = mem_printf("mobileenroll.%s", identity_domain(j->identity));
	if (server_name_canonical(text, j->server, &j->port, f) < 0)
		return -1;
	if (j->port == 0)
		j->port = 443;
	return 0;
}

static int read_options(struct join *j, struct fail *f)
{
	struct run *r = j->run;
	const char *retry = r->value[OPTION_RETRY], *type = r->value[OPTION_KEY_TYPE];

	j->login = r->value[OPTION_LOGIN] ? r->value[OPTION_LOGIN] : j->settings.login;
	if (retry != NULL && text_duration(retry, &j->retry) < 0)
		return fail(f, ENR_USAGE, "--retry takes a time like 45m or 2h");
	if (type != NULL) {
		j->kind = key_kind_find(type);
		if (j->kind == KEY_NONE)
			return fail(f, ENR_USAGE, "--key-type is p256, p384, rsa2048, rsa3072, "
						  "rsa4096 or ed25519");
	}
	if (j->login != NULL && !text_equal(j->login, "sssd") && !text_equal(j->login, "none"))
		return fail(f, ENR_USAGE, "--login is sssd or none");
	/* The document may ask for it too; then it is looked at before anything is changed. */
	if (text_equal(j->login, "sssd") && login_installed(&r->place, f) < 0)
		return -1;
	j->dry_run = r->value[OPTION_DRY_RUN] != NULL;
	return 0;
}

/* What stands already: 1 a member as asked for, 0 go on, -1. */
static int compare(struct join *j, struct fail *f)
{
	const struct state *s = &j->state;
	autoclean(text_free) char *flag = place_path(&j->run->place, PLACE_ENROLLED);
	int same;

	if (s->stage == STAGE_LEAVING) {
		fail(f, ENR_ALREADY_MEMBER, "leaving is not finished");
		return fail_told(f, "An earlier enroll leave is not finished.");
	}
	if (s->stage <= STAGE_ASKED) {
		if (file_exists(flag) == 0)
			return 0;
		fail(f, ENR_ALREADY_MEMBER, "%s is there", PLACE_ENROLLED);
		return fail_told(f, "The enrolled flag %s is set.", PLACE_ENROLLED);
	}
	same = text_equal(s->identity, j->identity) &&
		(!j->server_given || (text_equal(s->server, j->server) && s->port == j->port));
	if (same)
		return s->stage == STAGE_MEMBER;
	fail(f, ENR_ALREADY_MEMBER, "as %s of %s", s->identity, s->server);
	return fail_told(f, "It is %s%s, for %.100s, of %.100s.", s->name ? s->name : "a device",
		s->stage == STAGE_MEMBER ? "" : " (not set up to the end)", s->identity, s->server);
}

/* The child first, the password after: what it never saw it cannot tell. */
static int go(struct join *j, struct trouble *t)
{
	if (j->state.stage == STAGE_ANSWERED) {
		say_line(&j->run->say, "Going on with the enrollment that was begun");
		return j->dry_run ? 0 : join_finish(j, t);
	}
	if (net_open(&j->net, &t->fail) < 0)
		return -1;
	j->talk.net = j->net;
	t->password = PASSWORD_UNSENT;
	if (ask_password(j->run, j->settings.password_file, j->password, &t->fail) < 0)
		return -1;
	if (join_ask(j, t) < 0)
		return -1;
	talk_clear(&j->talk);
	mem_wipe(j->password, sizeof(j->password));
	return j->dry_run ? 0 : join_finish(j, t);
}

static int prepare(struct join *j, int *lock, struct fail *f)
{
	autoclean(text_free) char *dir = place_path(&j->run->place, PLACE_DIR);

	if (settings_load(&j->run->place, &j->settings, f) < 0 || read_options(j, f) < 0)
		return -1;
	if (!j->dry_run && place_prepare(&j->run->place, &j->made_folder, f) < 0)
		return -1;
	if (file_exists(dir) == 1) {
		*lock = place_lock(&j->run->place, f);
		if (*lock < 0)
			return -1;
	}
	/* Who reads the document is another child than the one that strangers talk to, and begun
	 * before the state is read, which may have the key to the secrets of the document. */
	if (net_open(&j->reader, f) < 0)
		return -1;
	if (state_load(&j->run->place, &j->state, f) < 0 || choose_identity(j, f) < 0)
		return -1;
	if (j->login != NULL && j->state.stage < STAGE_MEMBER) {
		text_free(&j->state.login_wish);
		j->state.login_wish = mem_text(j->login);
	}
	return choose_server(j, f);
}

/* A folder that was made for nothing goes again. */
static void clear(struct join *j)
{
	autoclean(text_free) char *dir = place_path(&j->run->place, PLACE_DIR);

	if (j->made_folder)
		rmdir(dir);
	talk_clear(&j->talk);
	mem_wipe(j->password, sizeof(j->password));
	net_free(&j->net);
	net_free(&j->reader);
	state_clear(&j->state);
	settings_clear(&j->settings);
}

static int run(struct run *r, struct trouble *t)
{
	autoclean(fd_close) int lock = -1;
	struct join j = { .run = r, .port = 443 };
	int rc = prepare(&j, &lock, &t->fail);

	if (rc == 0)
		rc = compare(&j, &t->fail);
	if (rc < 0 && t->fail.code != ENR_USAGE)
		t->password = PASSWORD_UNSENT;
	if (rc == 1) {
		join_report(&j, 0);
		rc = 0;
	} else if (rc == 0) {
		rc = go(&j, t);
		if (rc == 0)
			join_report(&j, 1);
	}
	clear(&j);
	return rc;
}

const struct command device_command_join = {
	.name = "join",
	.words = "[EMAIL]",
	.least = 0,
	.most = 1,
	.summary = "make this machine a member: find the server, check it, enroll, set up",
	.options = options,
	.needs_root = 1,
	.run = run,
	.example = { "enroll join andreas@example.com",
		"enroll join --password-file /run/enroll-password --retry 30m --output json" },
};
