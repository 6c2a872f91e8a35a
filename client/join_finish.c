#include "client/join.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/apply.h"
#include "client/attempts.h"
#include "client/check.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/text.h"

static int read_document(struct join *j, struct wapdoc_node **out, struct fail *f)
{
	autoclean(text_free) char *path = place_path(&j->run->place, PLACE_DOCUMENT);
	autoclean(bytes_wipe) struct bytes data = BYTES_INIT;
	struct fail why = FAIL_INIT;

	if (file_read(path, NATIVE_DOCUMENT_MAX, &data, &why) < 0)
		return fail(f, ENR_LOCAL_STATE, "%s", why.evidence);
	return net_document(j->reader, &data, out, f);
}

static int apply(struct join *j, struct fail *f)
{
	autoclean(text_free) char *path = place_path(&j->run->place, PLACE_KEY);
	autoclean(wapdoc_free) struct wapdoc_node *doc = NULL;
	autoclean(pki_key_free) struct pki_key *key = NULL;
	autoclean(journal_free) struct journal *journal = NULL;
	autoclean(apply_clear) struct apply a = {
		.place = &j->run->place, .state = &j->state, .say = &j->run->say
	};

	if (read_document(j, &doc, f) < 0)
		return -1;
	key = pki_key_load(path, NULL, f);
	if (key == NULL || journal_open(&j->run->place, &journal, f) < 0)
		return -1;
	j->state.reboot = 0;
	a.document = doc;
	a.key = key;
	a.journal = journal;
	return apply_document(&a, f);
}

/* A no ends it. What cannot be found out from here and now is said, and left to status --check: a
 * machine may be enrolled from where no domain controller is in reach. */
static int read_back(struct join *j, struct fail *f)
{
	struct check all[CHECK_MAX];
	size_t n;

	say_step(&j->run->say, "Checking");
	n = check_all(&j->run->place, &j->state, CHECK_DOMAIN, all);
	for (size_t i = 0; i < n; i++) {
		const char *words = all[i].words;
		autoclean(text_free) char *open = NULL;

		if (all[i].result == ANSWER_NO || (i == 0 && all[i].result != ANSWER_YES)) {
			say_done(&j->run->say, "failed", "%s", all[i].name);
			*f = all[i].fail;
			return -1;
		}
		if (all[i].result == ANSWER_UNKNOWN)
			words = open = mem_printf("%s not checked: %s [%s %s]", all[i].name,
				code_row(all[i].fail.code)->what, code_name(all[i].fail.code),
				code_row(all[i].fail.code)->word);
		if (i == 0)
			say_done(&j->run->say, "", "%s", words);
		else
			say_more(&j->run->say, "%s", words);
	}
	return 0;
}

int join_finish(struct join *j, struct trouble *t)
{
	struct state *s = &j->state;

	*t = (struct trouble){ .fail = FAIL_INIT, .phase = "apply", .password = PASSWORD_DONE };
	memcpy(t->attempt, s->attempt, sizeof(t->attempt));
	say_line(&j->run->say, "Setting up this machine");
	if (apply(j, &t->fail) < 0 || read_back(j, &t->fail) < 0) {
		attempts_add_trouble(&j->run->place, s->server, t);
		return -1;
	}
	s->stage = STAGE_MEMBER;
	state_drop_secret(s);
	attempts_add(&j->run->place, s->attempt, "%s  joined as %s", s->server,
		s->name ? s->name : "?");
	if (state_save(&j->run->place, s, &t->fail) < 0)
		return -1;
	return 0;
}

static json_t *certificate_json(const struct state *s)
{
	char end[CLOCK_TEXT_MAX];

	if (s->certificate_serial == NULL)
		return json_null();
	return json_pack("{ssssss}", "serial", s->certificate_serial, "not_after",
		clock_text(s->certificate_end, end), "file", PLACE_DEVICE);
}

json_t *join_domain_json(const struct state *s)
{
	json_t *o = s->dns_domain ? json_object() : json_null();

	if (s->dns_domain == NULL)
		return o;
	say_set(o, "dns", s->dns_domain);
	say_set(o, "realm", s->realm);
	say_set(o, "controller", s->controller ? s->controller : s->directory_server);
	say_set(o, "account", s->account);
	json_object_set_new(o, "key_version",
		s->key_version ? json_integer(atoll(s->key_version)) : json_null());
	say_set(o, "login", s->login);
	return o;
}

static void report_json(struct join *j, int changed)
{
	const struct state *s = &j->state;
	json_t *o = say_object("join");

	json_object_set_new(o, "changed", json_boolean(changed));
	json_object_set_new(o, "dry_run", json_boolean(j->dry_run));
	say_set(o, "state", s->stage == STAGE_MEMBER ? "enrolled" : "none");
	say_set(o, "attempt", s->attempt[0] ? s->attempt : NULL);
	say_set(o, "name", s->name);
	say_set(o, "identity", s->identity ? s->identity : j->identity);
	say_set(o, "server", s->server ? s->server : j->server);
	json_object_set_new(o, "domain", join_domain_json(s));
	json_object_set_new(o, "certificate", certificate_json(s));
	json_object_set_new(o, "applied", s->applied ? json_incref(s->applied) : json_array());
	json_object_set_new(o, "reboot", json_boolean(s->reboot));
	say_json(o);
}

void join_report(struct join *j, int changed)
{
	const struct state *s = &j->state;

	if (j->run->say.json) {
		report_json(j, changed);
		return;
	}
	if (j->dry_run && s->stage != STAGE_MEMBER) {
		say_line(&j->run->say, "\nThis machine would be enrolled. Nothing was changed.");
		return;
	}
	if (!changed) {
		say_line(&j->run->say,
			"already a member as %s; unchanged\nTo enroll anew: enroll leave, then "
			"enroll join with a new password.",
			s->name ? s->name : "?");
		return;
	}
	say_line(&j->run->say, "\nThis machine is %s%s%s. %s", s->name ? s->name : "a member",
		s->dns_domain ? " in " : "", s->dns_domain ? s->dns_domain : "",
		s->reboot ? "Reboot it now: the VPN wants it." : "No reboot is needed.");
}
