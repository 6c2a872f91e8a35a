#include "client/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/ask.h"
#include "client/attempts.h"
#include "client/farewell.h"
#include "client/journal.h"
#include "client/net.h"
#include "client/put.h"
#include "client/state.h"
#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/base/text.h"

static const enum option_id options[] = { OPTION_LOCAL, OPTION_YES, OPTION_DRY_RUN, OPTION_NONE };

/* Ours, beside what the journal puts back. The state goes last: until then leave can go on. */
static const char *const own_files[] = { PLACE_DOCUMENT, PLACE_KEY, PLACE_LOG };

struct leave {
	struct run *run;
	struct net *net; /* begun before there is a secret; NULL: nobody is to be told, or ... */
	struct fail no_net; /* ... why it does not begin */
	struct state state;
	struct journal *journal;
	int asked; /* the server was, just now */
	enum native_outcome outcome; /* if it answered */
	enum code code; /* if it did not */
};

/* Asked for, and not answered: the server may have enrolled this very key. */
static int confirm_asked(struct fail *f)
{
	char line[ASK_LINE_MAX];

	if (ask_line("The server may have enrolled this machine. Leaving removes its key, and with "
		     "another one\nthe password may not be good any more. Leave? [y/N] ",
		    line) == 0 &&
		(line[0] == 'y' || line[0] == 'Y'))
		return 0;
	return fail(f, ENR_NOT_CONFIRMED, "not with y");
}

/* The key goes with it, so it cannot be undone: the name is to be typed. */
static int confirm(struct leave *l, struct fail *f)
{
	const char *name = l->state.name ? l->state.name : l->state.identity;
	char line[ASK_LINE_MAX], question[512];

	if (l->run->value[OPTION_YES] != NULL || l->state.stage == STAGE_NONE)
		return 0;
	if (!l->run->terminal)
		return fail(f, ENR_CONFIRM_NEEDED, "leaving removes this machine's key");
	if (l->state.stage == STAGE_ASKED)
		return confirm_asked(f);
	snprintf(question, sizeof(question), "This machine is %.200s. Leaving removes its key and "
					     "certificate.\nType the device's name to go ahead: ",
		name);
	if (ask_line(question, line) < 0 || !text_equal_ci(line, name))
		return fail(f, ENR_NOT_CONFIRMED, "that is not %s", name);
	return 0;
}

/* A member tells the server first, while it can prove who it is. Where that fails, somebody decides
 * whether to go on all the same. */
static int tell(struct leave *l, struct trouble *t)
{
	struct run *r = l->run;
	char line[ASK_LINE_MAX];

	if (l->state.stage < STAGE_ANSWERED || l->state.told || r->value[OPTION_LOCAL] != NULL)
		return 0;
	l->asked = 1;
	t->fail = l->no_net;
	if (l->net != NULL &&
		farewell(&(struct farewell){ r, l->net, &l->state }, &l->outcome, t) == 0) {
		l->state.told = 1;
		return 0;
	}
	if (r->value[OPTION_YES] == NULL) {
		say_trouble(&r->say, t);
		if (ask_line("Leave all the same, and the server keeps what it has? [y/N] ",
			    line) < 0 ||
			(line[0] != 'y' && line[0] != 'Y'))
			return -1;
	} else if (!r->say.json) {
		say_trouble(&r->say, t);
		say_line(&r->say, "Leaving all the same: --yes was given.");
	}
	l->code = t->fail.code;
	*t = (struct trouble){ .fail = FAIL_INIT, .phase = "leave" };
	return 0;
}

static void left_lines(struct say *s, const struct str *left)
{
	autoclean(text_free) char *copy = mem_text(str_text(left));
	char *rest = copy, *path;

	if (s->json)
		return;
	while ((path = strsep(&rest, "\n")) != NULL) {
		if (path[0] == '\0')
			continue;
		fprintf(stderr, "  %s was changed since; as it was before: %s.before-enroll\n",
			path, path);
		fprintf(stderr, "    to go back, move that over it; to keep it as it is, remove "
				"that\n");
	}
}

static int remove_own(struct leave *l, struct fail *f)
{
	const struct place *p = &l->run->place;
	autoclean(text_free) char *dir = place_path(p, PLACE_DIR);
	int made = l->state.made_folder;

	for (size_t i = 0; i < ARRAY_LEN(own_files); i++) {
		autoclean(text_free) char *path = place_path(p, own_files[i]);
		autoclean(text_free) char *half = mem_printf("%s.enroll-new", path);

		if (put_remove(path, f) < 0 || put_remove(half, f) < 0)
			return -1;
	}
	if (state_forget(p, f) < 0)
		return -1;
	if (made && rmdir(dir) < 0 && errno != ENOTEMPTY && errno != EEXIST && errno != ENOENT)
		return fail_errno(f, ENR_LEFT_PARTLY, "remove %s", dir);
	return 0;
}

static int undo(struct leave *l, struct trouble *t)
{
	autoclean(str_free) struct str left = STR_INIT(65536);
	enum stage before = l->state.stage;

	if (before >= STAGE_ANSWERED) {
		l->state.stage = STAGE_LEAVING;
		if (state_save(&l->run->place, &l->state, &t->fail) < 0)
			return -1;
	}
	if (journal_undo(l->journal, &left, &t->fail) < 0) {
		t->fail.code = ENR_LEFT_PARTLY;
		fail_told(&t->fail, "%.200s", str_text(&left));
		left_lines(&l->run->say, &left);
		attempts_add(&l->run->place, l->state.attempt, "left partly");
		return -1;
	}
	return remove_own(l, &t->fail);
}

static void report_json(struct leave *l, int changed, int dry)
{
	json_t *o = say_object("leave");

	json_object_set_new(o, "changed", json_boolean(changed));
	json_object_set_new(o, "dry_run", json_boolean(dry));
	say_set(o, "name", l->state.name);
	json_object_set_new(o, "server_told", json_boolean(l->state.told));
	say_set(o, "server_state",
		l->asked && l->state.told ? farewell_word(l->outcome) : NULL);
	say_set(o, "server_code", l->code ? code_name(l->code) : NULL);
	say_json(o);
}

/* A join that was killed before it noted anything. */
static int has_key(const struct leave *l)
{
	autoclean(text_free) char *path = place_path(&l->run->place, PLACE_KEY);

	return file_exists(path) == 1;
}

/* Leaving was asked for and the server should have known: that much is not done. */
static void report(struct leave *l, int changed, int was_member)
{
	const char *name = l->state.name;
	int dry = l->run->value[OPTION_DRY_RUN] != NULL;

	if (l->code)
		l->run->exit = EXIT_PARTLY;
	if (l->run->say.json) {
		report_json(l, changed, dry);
		return;
	}
	if (!changed) {
		say_line(&l->run->say, "This machine is not enrolled; unchanged.");
		return;
	}
	if (dry)
		return;
	say_line(&l->run->say, "This machine is as it was before it was enrolled.");
	if (was_member && !l->state.told)
		say_line(&l->run->say, "The server was not told. There it is still %s; the help "
				       "desk ends that with\n  enrollctl device revoke %s",
			name ? name : "a member", name ? name : "NAME");
}

static int go(struct leave *l, struct trouble *t)
{
	autoclean(str_free) struct str changes = STR_INIT(65536);
	int was_member;

	if (state_load(&l->run->place, &l->state, &t->fail) < 0 ||
		journal_open(&l->run->place, &l->journal, &t->fail) < 0)
		return -1;
	if (l->state.stage == STAGE_NONE && journal_count(l->journal) == 0 && !has_key(l)) {
		l->state.made_folder = place_traces(&l->run->place);
		if (l->state.made_folder && l->run->value[OPTION_DRY_RUN] == NULL &&
			remove_own(l, &t->fail) < 0)
			return -1;
		report(l, l->state.made_folder, 0);
		return 0;
	}
	if (l->run->value[OPTION_DRY_RUN] != NULL) {
		journal_show(l->journal, &changes);
		if (l->state.stage >= STAGE_ANSWERED && !l->state.told &&
			l->run->value[OPTION_LOCAL] == NULL)
			say_line(&l->run->say, "Leaving would first tell %s, which does with "
					       "this device what its profile says.",
				l->state.server);
		say_line(&l->run->say, "Leaving would\n%s  remove   the key, the document and the "
				       "state in %s",
			str_text(&changes), PLACE_DIR);
		report(l, 1, 0);
		return 0;
	}
	was_member = l->state.stage >= STAGE_ANSWERED;
	if (confirm(l, &t->fail) < 0 || tell(l, t) < 0 || undo(l, t) < 0)
		return -1;
	report(l, 1, was_member);
	return 0;
}

static int run(struct run *r, struct trouble *t)
{
	autoclean(text_free) char *dir = place_path(&r->place, PLACE_DIR);
	autoclean(fd_close) int lock = -1;
	struct leave l = { .run = r, .no_net = FAIL_INIT };
	int rc;

	t->phase = "leave";
	if (file_exists(dir) == 0) {
		report(&l, 0, 0);
		return 0;
	}
	lock = place_lock(&r->place, &t->fail);
	if (lock < 0)
		return -1;
	if (r->value[OPTION_LOCAL] == NULL && r->value[OPTION_DRY_RUN] == NULL)
		net_open(&l.net, &l.no_net);
	rc = go(&l, t);
	net_free(&l.net);
	journal_free(&l.journal);
	state_clear(&l.state);
	return rc;
}

const struct command device_command_leave = {
	.name = "leave",
	.words = "",
	.summary = "tell the server, and put this machine back as it was before join",
	.options = options,
	.needs_root = 1,
	.run = run,
	.example = { "enroll leave", "enroll leave --yes --output json" },
};
