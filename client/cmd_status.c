#include "client/commands.h"

#include <stdio.h>

#include "client/check.h"
#include "client/join.h"
#include "client/state.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"

static const enum option_id options[] = { OPTION_CHECK, OPTION_NONE };

static const char *const states[] = {
	[STAGE_NONE] = "none",
	[STAGE_ASKED] = "begun",
	[STAGE_ANSWERED] = "not set up",
	[STAGE_MEMBER] = "enrolled",
	[STAGE_LEAVING] = "leaving",
};

static const char *const answers[] = {
	[ANSWER_UNKNOWN] = "unknown",
	[ANSWER_NO] = "fail",
	[ANSWER_YES] = "ok",
};

static int not_member(const struct state *s, struct fail *f)
{
	fail(f, ENR_NOT_MEMBER, "%s", "");
	switch (s->stage) {
	case STAGE_ASKED:
		return fail_told(f, "An enrollment as %.100s with %.100s was begun; enroll join "
				    "goes on with it.",
			s->identity, s->server);
	case STAGE_ANSWERED:
		return fail_told(f, "The server has enrolled it; enroll join sets it up.");
	case STAGE_LEAVING:
		return fail_told(f, "Leaving was begun; enroll leave goes on with it.");
	default:
		return -1;
	}
}

static json_t *checks_json(const struct check *all, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		int ok = all[i].result == ANSWER_YES;
		const struct code_row *row = ok ? NULL : code_row(all[i].fail.code);
		json_t *o = json_object();

		say_set(o, "check", all[i].name);
		say_set(o, "result", answers[all[i].result]);
		say_set(o, "evidence", ok ? all[i].words : all[i].fail.evidence);
		say_set(o, "code", row ? code_name(row->code) : NULL);
		say_set(o, "do", row ? row->act : NULL);
		json_array_append_new(list, o);
	}
	return list;
}

static void status_json(const struct state *s, const struct check *all, size_t n)
{
	autoclean(text_free) char *server = state_server(s);
	char joined[CLOCK_TEXT_MAX], end[CLOCK_TEXT_MAX];
	json_t *o = say_object("membership");

	say_set(o, "state", states[s->stage]);
	json_object_set_new(o, "changed", json_false());
	say_set(o, "name", s->name);
	say_set(o, "fqdn", s->fqdn);
	say_set(o, "identity", s->identity);
	say_set(o, "server", server);
	say_set(o, "enrollment", s->enrollment);
	say_set(o, "joined", clock_text(s->joined, joined));
	say_set(o, "attempt", s->attempt[0] ? s->attempt : NULL);
	json_object_set_new(o, "domain", join_domain_json(s));
	say_set(o, "object", s->object);
	say_set(o, "directory_server", s->directory_server);
	json_object_set_new(o, "certificate",
		s->certificate_serial
			? json_pack("{ssssss}", "serial", s->certificate_serial, "not_after",
				  clock_text(s->certificate_end, end), "file", PLACE_DEVICE)
			: json_null());
	json_object_set_new(o, "applied", s->applied ? json_incref(s->applied) : json_array());
	json_object_set_new(o, "reboot", json_boolean(s->reboot));
	json_object_set_new(o, "checks", checks_json(all, n));
	say_json(o);
}

static void status_text(struct say *say, const struct state *s, const struct check *all, size_t n)
{
	autoclean(text_free) char *server = state_server(s);
	char joined[CLOCK_TEXT_MAX], end[CLOCK_TEXT_MAX];

	say_line(say, "%s%s%s", s->name ? s->name : "member", s->dns_domain ? " in " : "",
		s->dns_domain ? s->dns_domain : "");
	say_line(say, "  identity      %s", s->identity);
	say_line(say, "  server        %s", server);
	say_line(say, "  enrollment    %s, %.10s", s->enrollment ? s->enrollment : "-",
		clock_text(s->joined, joined));
	if (s->certificate_serial != NULL)
		say_line(say, "  certificate   %s, valid to %.10s, %s", s->certificate_serial,
			clock_text(s->certificate_end, end), PLACE_DEVICE);
	if (s->object != NULL)
		say_line(say, "  object        %s", s->object);
	if (s->directory_server != NULL)
		say_line(say, "  directory     %s", s->directory_server);
	if (s->account != NULL)
		say_line(say, "  account       %s@%s, key version %s", s->account, s->realm,
			s->key_version);
	if (s->login != NULL)
		say_line(say, "  login         %s",
			text_equal(s->login, "sssd") ? "people of the domain, by sssd"
						     : "nobody by the domain");
	for (size_t i = 0; i < n; i++)
		if (all[i].result == ANSWER_YES)
			say_line(say, "  %-12s  %-8s%s", all[i].name, answers[all[i].result],
				all[i].words);
		else
			say_line(say, "  %-12s  %-8s%s [%s %s]", all[i].name,
				answers[all[i].result], all[i].fail.evidence,
				code_name(all[i].fail.code), code_row(all[i].fail.code)->word);
}

/* 0 all well, 1 something is wrong, 6 something could not be checked. */
static int verdict(const struct check *all, size_t n)
{
	int exit = EXIT_DONE;

	for (size_t i = 0; i < n; i++) {
		if (all[i].result == ANSWER_NO)
			return EXIT_REFUSED;
		if (all[i].result == ANSWER_UNKNOWN)
			exit = EXIT_TRY_AGAIN;
	}
	return exit;
}

static int run(struct run *r, struct trouble *t)
{
	autoclean(state_clear) struct state s = { 0 };
	struct check all[CHECK_MAX];
	size_t n = 0;

	if (state_load(&r->place, &s, &t->fail) < 0)
		return -1;
	if (s.stage != STAGE_MEMBER)
		return not_member(&s, &t->fail);
	if (r->value[OPTION_CHECK] != NULL)
		n = check_all(&r->place, &s, CHECK_EVERYTHING, all);
	if (r->say.json)
		status_json(&s, all, n);
	else
		status_text(&r->say, &s, all, n);
	r->exit = verdict(all, n);
	return 0;
}

const struct command device_command_status = {
	.name = "status",
	.words = "",
	.summary = "member of what, as whom, until when",
	.options = options,
	.run = run,
	.example = { "enroll status", "enroll status --check --output json" },
};
