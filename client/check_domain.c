/* What the domain has to say of this machine: its keytab, and people of it. */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/check_private.h"
#include "client/keytab.h"
#include "client/login.h"
#include "client/put.h"
#include "client/ticket.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

#define USER_SECONDS 20
#define SSSD_SECONDS 1
#define USER_BUFFER 16384

static int read_keytab(const struct place *p, struct bytes *out, struct fail *f)
{
	autoclean(text_free) char *path = place_file(p, PLACE_KEYTAB);
	int there = put_read(path, out, NULL, f);

	return there == 0 ? fail(f, ENR_READBACK_DIFFERS, "%s is gone", path) : there;
}

int check_keytab(const struct place *p, const struct state *s, struct check *c)
{
	autoclean(bytes_wipe) struct bytes data = BYTES_INIT;
	struct keytab_seen seen;
	int64_t version = 0;

	if (read_keytab(p, &data, &c->fail) < 0 ||
		keytab_look(&data, s->account, s->realm, &seen, &c->fail) < 0)
		return -1;
	text_number(s->key_version, 1, INT32_MAX, &version);
	if (seen.keys == 0 || seen.version < version)
		return fail(&c->fail, ENR_READBACK_DIFFERS, "%s has no key of %s version %s",
			PLACE_KEYTAB, s->account, s->key_version);
	snprintf(c->words, sizeof(c->words), "keys of %s in the keytab, version %lld", s->account,
		(long long)seen.version);
	return 0;
}

int check_ticket(const struct place *p, const struct state *s, struct check *c)
{
	autoclean(bytes_wipe) struct bytes data = BYTES_INIT;
	autoclean(text_free) char *conf = place_path(p, PLACE_KRB5);
	const struct ticket_of of = {
		.keytab = &data, .conf = conf, .account = s->account, .realm = s->realm
	};

	if (read_keytab(p, &data, &c->fail) < 0)
		return -1;
	return ticket_ask(&of, c->words, &c->fail);
}

/* Names of whom to look for, the likeliest first: whom this machine was enrolled for (an address is
 * a name of its person, too), and this machine's own account, which is always there. */
struct people {
	const char *identity;
	char own[256];
};

static int find_person(const char *name, char words[ERRAND_WORDS_MAX])
{
	char buf[USER_BUFFER];
	struct passwd pw, *found = NULL;

	if (getpwnam_r(name, &pw, buf, sizeof(buf), &found) != 0 || found == NULL)
		return 0;
	snprintf(words, ERRAND_WORDS_MAX, "%.80s resolves, uid %u", found->pw_name,
		(unsigned)found->pw_uid);
	return 1;
}

static int go(void *arg, char words[ERRAND_WORDS_MAX], struct fail *f)
{
	const struct people *who = arg;

	for (int i = 0; i < USER_SECONDS / 2; i++) {
		if (find_person(who->identity, words) || find_person(who->own, words))
			return 0;
		sleep(1); /* sssd may have started just now */
	}
	return fail(f, ENR_USER_UNKNOWN, "neither %s nor %s resolves", who->identity, who->own);
}

int check_user(const struct place *p, const struct state *s, struct check *c)
{
	static const enum code codes[] = { ENR_USER_UNKNOWN, ENR_NONE };
	struct people who = { .identity = s->identity };
	const struct errand e = { .go = go,
		.arg = &who,
		.seconds = USER_SECONDS,
		.late = ENR_LOGIN_STOPPED,
		.codes = codes };
	const struct check *ticket = c - 1;

	if (!login_runs(p, SSSD_SECONDS))
		return fail(&c->fail, ENR_LOGIN_STOPPED, "nobody answers at sssd's socket");
	snprintf(who.own, sizeof(who.own), "%s@%s", s->account, s->dns_domain);
	if (errand_run(&e, c->words, &c->fail) == 0)
		return 0;
	/* Without a domain controller in reach a no of sssd's says nothing. */
	if (ticket->result == ANSWER_UNKNOWN && c->fail.code == ENR_USER_UNKNOWN)
		return fail(&c->fail, ENR_CONTROLLER_UNREACHABLE, "%s", c->fail.evidence);
	return -1;
}
