#include "client/farewell.h"

#include <stdio.h>

#include "client/attempts.h"
#include "client/talk.h"
#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/pki/cert.h"

#define CHAIN_MAX 9

static const char *const words[] = {
	[NATIVE_KEPT] = "kept",
	[NATIVE_DISABLED] = "disabled",
	[NATIVE_REVOKED] = "revoked",
	[NATIVE_REMOVED] = "removed",
	[NATIVE_REPLACED] = "replaced",
};

const char *farewell_word(enum native_outcome outcome)
{
	return words[outcome];
}

/* The leaf of device.pem. */
static int read_certificate(const struct place *p, struct bytes *out, struct fail *f)
{
	autoclean(text_free) char *path = place_path(p, PLACE_DEVICE);
	autoclean(bytes_free) struct bytes data = BYTES_INIT;
	autoclean(cert_list_free) struct cert_list chain = { 0 };

	if (file_read(path, PLACE_TEXT_MAX, &data, f) < 0 ||
		cert_list_parse_pem(data.data, data.len, CHAIN_MAX, &chain, f) < 0)
		return fail_in(f, "%s", path);
	if (chain.n == 0)
		return fail(f, ENR_LOCAL_STATE, "%s has no certificate", path);
	bytes_set(out, chain.der[0].data, chain.der[0].len);
	return 0;
}

static void begin(struct talk *t, const struct state *s)
{
	talk_begin(t, s->identity, s->server, s->port);
	t->to_leave = 1;
	t->n_anchors = s->n_anchors;
	for (size_t i = 0; i < s->n_anchors; i++) {
		t->anchors[i] = (struct native_anchor){ .roles = s->anchors[i].roles };
		bytes_set(&t->anchors[i].der, s->anchors[i].der.data, s->anchors[i].der.len);
	}
}

static int ask_once(struct talk *t, const struct state *s, const struct talk_member *who,
	enum native_outcome *outcome, struct trouble *x)
{
	*x = (struct trouble){ .fail = FAIL_INIT };
	begin(t, s);
	return talk_discover(t, x) < 0 ? -1 : talk_leave(t, who, outcome, x);
}

static int ask(const struct farewell *w, enum native_outcome *outcome, struct trouble *x)
{
	autoclean(text_free) char *path = place_path(&w->run->place, PLACE_KEY);
	autoclean(pki_key_free) struct pki_key *key = NULL;
	autoclean(bytes_free) struct bytes certificate = BYTES_INIT;
	struct talk_member who;
	struct talk t = { .net = w->net };
	int rc;

	if (read_certificate(&w->run->place, &certificate, &x->fail) < 0)
		return -1;
	key = pki_key_load(path, NULL, &x->fail);
	if (key == NULL)
		return -1;
	who = (struct talk_member){ key, &certificate };
	rc = ask_once(&t, w->state, &who, outcome, x);
	if (rc < 0 && x->fail.code == ENR_CONVERSATION_EXPIRED)
		rc = ask_once(&t, w->state, &who, outcome, x);
	talk_clear(&t);
	return rc;
}

int farewell(const struct farewell *w, enum native_outcome *outcome, struct trouble *t)
{
	autoclean(text_free) char *server = state_server(w->state);
	struct run *r = w->run;
	int rc;

	say_step(&r->say, "Telling the server");
	rc = ask(w, outcome, t);
	t->phase = "leave";
	say_done(&r->say, rc < 0 ? "failed" : "ok", "%s%s%s", server, rc < 0 ? "" : ": ",
		rc < 0 ? "" : words[*outcome]);
	if (rc < 0)
		attempts_add_trouble(&r->place, server, t);
	return rc;
}
