#include "client/join.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/ask.h"
#include "client/attempts.h"
#include "client/put.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/pki/cert.h"
#include "lib/wire/wapdoc_names.h"

#define TRIES_AT_TERMINAL 3
#define PAUSE_FIRST 5
#define PAUSE_MOST 120
#define SERIAL_FILE "/sys/class/dmi/id/product_serial"

/* Another name from the person, where the derived one leads nowhere. 0, or -1: t stays. */
static int ask_server(struct join *j, struct trouble *t)
{
	char line[ASK_LINE_MAX];

	say_done(&j->run->say, "not found", "%s", j->server);
	for (int i = 0; i < TRIES_AT_TERMINAL; i++) {
		struct trouble typo = { .fail = FAIL_INIT };
		int port;

		if (ask_line("Name of the enrollment server: ", line) < 0 || line[0] == '\0')
			return -1;
		if (server_name_canonical(line, j->server, &port, &typo.fail) == 0) {
			j->port = port ? port : 443;
			j->server_given = 1;
			*t = (struct trouble){ .fail = FAIL_INIT };
			return 0;
		}
		say_trouble(&j->run->say, &typo);
	}
	return -1;
}

static int leads_nowhere(enum code code)
{
	return code == ENR_SERVER_NOT_FOUND || code == ENR_SERVER_UNREACHABLE;
}

/* With --verbose. What its certificate is worth is not known yet. */
static void say_server(struct join *j)
{
	const struct talk *t = &j->talk;
	const uint8_t *h = t->context.leaf;

	say_detail(&j->run->say, "port %d, protocol version %u, attempt %s", t->port,
		t->context.version, t->attempt);
	say_detail(&j->run->say, "certificate SHA-256 %02x:%02x:%02x:\u2026:%02x", h[0], h[1], h[2],
		h[31]);
}

static int find_server(struct join *j, struct trouble *t)
{
	char told[FAIL_TOLD_MAX];

	for (;;) {
		say_step(&j->run->say, "Finding the server");
		talk_begin(&j->talk, j->identity, j->server, j->port);
		if (talk_discover(&j->talk, t) == 0)
			break;
		if (j->server_given || !leads_nowhere(t->fail.code))
			goto failed;
		if (j->run->terminal) {
			if (ask_server(j, t) < 0)
				return -1;
			continue;
		}
		if (j->retry > 0)
			goto failed;
		memcpy(told, t->fail.told, sizeof(told));
		fail(&t->fail, ENR_SERVER_NEEDED, "%s", j->server);
		fail_told(&t->fail, "%s", told);
		goto failed;
	}
	say_done(&j->run->say, "ok", "%s, %s", j->server,
		j->talk.address[0] ? j->talk.address : "through the proxy of this network");
	if (j->talk.skew > TALK_SKEW_MAX || j->talk.skew < -TALK_SKEW_MAX)
		say_more(&j->run->say, "its clock is %lld s off ours, if that is true",
			(long long)j->talk.skew);
	say_server(j);
	return 0;
failed:
	say_done(&j->run->say, "failed", "%s", j->server);
	return -1;
}

static void say_expected(struct join *j)
{
	struct say *s = &j->run->say;

	say_step(s, "Is this device expected?");
	switch (j->talk.eligible) {
	case ANSWER_YES: say_done(s, "ok", "yes"); break;
	case ANSWER_NO: say_done(s, "", "no, it says; the password will tell"); break;
	case ANSWER_UNKNOWN: say_done(s, "ok", "it does not say; the password will tell"); break;
	}
}

static int say_anchor(struct join *j, const struct native_anchor *a, struct fail *f)
{
	autoclean(cert_info_clear) struct cert_info info = { 0 };
	char name[4 * 64 + 6];
	const uint8_t *h;

	if (cert_info_read(a->der.data, a->der.len, &info, f) < 0) {
		fail(f, ENR_CHAIN_UNTRUSTED, "what it vouches for is no certificate");
		return -1;
	}
	h = info.sha256;
	text_quote(info.cn ? info.cn : info.subject, 64, name, sizeof(name));
	name[0] = name[strlen(name) - 1] = '"';
	say_more(&j->run->say, "root %s, SHA-256 %02x:%02x:%02x:\u2026:%02x", name, h[0], h[1],
		h[2], h[31]);
	return 0;
}

static int trust(struct join *j, struct trouble *t)
{
	say_step(&j->run->say, "Can the server be trusted?");
	if (talk_bootstrap(&j->talk, j->password, t) < 0) {
		/* It knows neither the address nor the password: the address is what is wrong. */
		if (j->talk.eligible == ANSWER_NO && t->fail.code == ENR_PASSWORD_WRONG)
			fail(&t->fail, ENR_NOT_EXPECTED, "%s", j->identity);
		say_done(&j->run->say, "failed", "%s", "");
		return -1;
	}
	say_done(&j->run->say, "ok", "it proved that it knows the password");
	for (size_t i = 0; i < j->talk.n_anchors; i++) {
		if (say_anchor(j, &j->talk.anchors[i], &t->fail) < 0) {
			t->password = PASSWORD_GOOD;
			t->valid_until = j->talk.valid_until;
			memcpy(t->attempt, j->talk.attempt, sizeof(t->attempt));
			return -1;
		}
	}
	return 0;
}

/* The serial number of the hardware where there is one that means something. */
static void hardware_serial(const struct place *p, char out[NATIVE_SERIAL_MAX + 1])
{
	autoclean(bytes_free) struct bytes data = BYTES_INIT;
	size_t len;

	out[0] = '\0';
	if (!p->live || file_read(SERIAL_FILE, NATIVE_SERIAL_MAX, &data, NULL) < 0)
		return;
	len = strcspn((char *)data.data, "\n");
	while (len > 0 && data.data[len - 1] == ' ')
		len--;
	for (size_t i = 0; i < len; i++)
		if (data.data[i] < 0x20 || data.data[i] > 0x7e)
			return;
	snprintf(out, NATIVE_SERIAL_MAX + 1, "%.*s", (int)len, (char *)data.data);
}

/* Durable before anything is made of it: from here on no password is needed any more. */
static int keep_document(struct join *j, const struct bytes *document, struct fail *f)
{
	autoclean(text_free) char *path = place_path(&j->run->place, PLACE_DOCUMENT);

	if (put_file(path, document, &PUT_META(0600), f) < 0)
		return -1;
	j->state.stage = STAGE_ANSWERED;
	j->state.joined = clock_now();
	talk_secret_key(&j->talk, j->state.secret_key);
	j->state.has_secret_key = 1;
	memcpy(j->state.attempt, j->talk.attempt, sizeof(j->state.attempt));
	return state_save(&j->run->place, &j->state, f);
}

/* In words that are names; the document is looked at whole only when it is applied. */
static void say_answered(struct join *j, const struct wapdoc_node *doc)
{
	const struct wapdoc_node *name = wapdoc_find(doc, WAPDOC_DEVICE_NAME);
	const char *label = name ? wapdoc_value(name, WAPDOC_DEVICE_LABEL) : NULL;
	const char *domain = name ? wapdoc_value(name, WAPDOC_DNS_DOMAIN) : NULL;

	if (domain != NULL && !text_is_hostname(domain))
		domain = NULL;
	if (label != NULL && text_is_label(label))
		say_done(&j->run->say, "ok", "%s%s%s", label, domain ? " in " : "",
			domain ? domain : "");
	else
		say_done(&j->run->say, "ok", "the document is here");
}

/* What the server was shown and did not take. */
static void tell_ours(const struct pki_key *key, const char *serial, struct fail *f)
{
	if (f->code == ENR_KEY_REFUSED)
		fail_told(f, "This machine's key is %s.", key_kind_name(pki_key_kind(key)));
	if (f->code == ENR_SERIAL_MISMATCH)
		fail_told(f, "This machine's serial number %s%s.",
			*serial ? "is " : "cannot be read", serial);
}

static int enroll(struct join *j, struct trouble *t)
{
	autoclean(pki_key_free) struct pki_key *key = NULL;
	autoclean(bytes_wipe) struct bytes document = BYTES_INIT;
	autoclean(wapdoc_free) struct wapdoc_node *doc = NULL;
	char serial[NATIVE_SERIAL_MAX + 1];

	say_step(&j->run->say, "Enrolling");
	if (j->dry_run) {
		say_done(&j->run->say, "", "not sent: this is a dry run");
		return 0;
	}
	memcpy(t->attempt, j->talk.attempt, sizeof(t->attempt));
	t->password = PASSWORD_GOOD;
	t->valid_until = j->talk.valid_until;
	t->phase = "enrollment";
	hardware_serial(&j->run->place, serial);
	key = join_key(j, &t->fail);
	if (key == NULL || talk_enroll(&j->talk, key, serial, &document, t) < 0) {
		tell_ours(key, serial, &t->fail);
		say_done(&j->run->say, "failed", "%s", "");
		return -1;
	}
	t->password = PASSWORD_OURS;
	if (net_document(j->reader, &document, &doc, &t->fail) < 0 ||
		keep_document(j, &document, &t->fail) < 0) {
		say_done(&j->run->say, "failed", "%s", "");
		return -1;
	}
	say_answered(j, doc);
	say_detail(&j->run->say, "%s key, document of %zu octets",
		key_kind_name(pki_key_kind(key)), document.len);
	return 0;
}

static int ask_once(struct join *j, struct trouble *t)
{
	if (find_server(j, t) < 0)
		return -1;
	say_expected(j);
	if (trust(j, t) < 0)
		return -1;
	return enroll(j, t);
}

/* A fresh conversation mends these by itself, once. */
static int begin_again(enum code code)
{
	return code == ENR_CONVERSATION_EXPIRED || code == ENR_PROOF_WRONG;
}

/* Where nobody chose the kind of key, the server may: after its refusal these are tried. It refuses
 * before it claims anything, so the password stays good. */
static const enum key_kind kinds[] = { KEY_RSA2048, KEY_P384, KEY_RSA3072, KEY_P256 };

/* 1 if there is another kind to try. */
static int other_kind(struct join *j, const struct trouble *t, size_t *at)
{
	if (t->fail.code != ENR_KEY_REFUSED || t->hearsay)
		return 0;
	while (*at < ARRAY_LEN(kinds) &&
		text_equal(key_kind_name(kinds[*at]), j->state.key_type))
		(*at)++;
	if (*at == ARRAY_LEN(kinds))
		return 0;
	j->kind = kinds[(*at)++];
	say_line(&j->run->say, "The server wants another kind of key: trying %s",
		key_kind_name(j->kind));
	return 1;
}

static void log_trouble(struct join *j, const struct trouble *t)
{
	if (!j->dry_run)
		attempts_add_trouble(&j->run->place, j->server, t);
}

int join_ask(struct join *j, struct trouble *t)
{
	int64_t deadline = clock_mono_ms() + j->retry * 1000, left;
	int pause = PAUSE_FIRST, fresh = 1, chosen = j->kind != KEY_NONE;
	size_t kind = 0;

	for (;;) {
		int wait = pause;

		*t = (struct trouble){ .fail = FAIL_INIT, .password = PASSWORD_UNSENT };
		if (ask_once(j, t) == 0)
			return 0;
		log_trouble(j, t);
		if (fresh && begin_again(t->fail.code)) {
			fresh = 0;
			continue;
		}
		if (!chosen && other_kind(j, t, &kind))
			continue;
		left = (deadline - clock_mono_ms()) / 1000;
		wait = t->retry_after > wait ? t->retry_after : wait;
		if (!code_is_transient(t->fail.code) || j->retry == 0 || left <= wait)
			return -1;
		say_line(&j->run->say, "%s %s: trying again in %d s", code_name(t->fail.code),
			code_row(t->fail.code)->word, wait);
		sleep((unsigned)wait);
		pause = pause * 2 > PAUSE_MOST ? PAUSE_MOST : pause * 2;
	}
}
