/*
 *	wire CASE…
 *
 * Plays cases (tests/wire/README.md) against a running enrolld, each as a device of its own, and
 * compares the answer with what the case expects.  From the environment: WIRE_PORT, WIRE_LEAF (the
 * server's certificate, PEM), WIRE_SERVER, WIRE_IDENTITY, WIRE_PASSWORD.  Prints "ok CASE", or what
 * differs.  Ends with 0, 1 if an answer differs, 2 if a case cannot be read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "lib/base/clean.h"
#include "lib/base/encode.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/pki/cert.h"
#include "lib/pki/csr.h"
#include "tests/unit/agent/enrollment/peer.h"
#include "tests/wire/bend.h"

enum { LINES_MAX = 64, BODY_MAX = BEND_BODY_MAX };

/* PARTING is the discovery before a leave. */
enum phase { DISCOVERY, BOOTSTRAP, ENROLLMENT, PARTING, LEAVE, PHASES };
static const char *const phase_words[PHASES] = { "discovery", "bootstrap", "enrollment", "parting",
	"leave" };
static const char *const phase_paths[PHASES] = { NATIVE_PATH_DISCOVERY, NATIVE_PATH_BOOTSTRAP,
	NATIVE_PATH_ENROLLMENT, NATIVE_PATH_DISCOVERY, NATIVE_PATH_LEAVE };

struct play {
	const char *file;
	char *word[LINES_MAX], *rest[LINES_MAX]; /* the lines of the case */
	size_t n;
	enum phase phase;
	struct peer peer;
	const char *header, *method, *path; /* of the message that is played */
	struct str body, answer;
	enum native_outcome outcome;
	struct bytes first; /* the state of phase 1 */
	struct cert_list server;
	long status;
};

static const char *need_env(const char *name)
{
	const char *v = getenv(name);

	if (v)
		return v;
	fprintf(stderr, "wire: %s is not set\n", name);
	exit(2);
}

static void bad(const struct play *p, const char *what, const char *value)
{
	fprintf(stderr, "wire: %s: %s %s\n", p->file, what, value);
	exit(2);
}

/* --- reading a case --- */

static void read_case(struct play *p, char *text)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *space;

		if (*line == '#')
			continue;
		if (p->n == LINES_MAX)
			bad(p, "over 64 lines", "");
		space = strchr(line, ' ');
		p->word[p->n] = line;
		p->rest[p->n] = space ? space + 1 : line + strlen(line);
		if (space)
			*space = '\0';
		p->n++;
	}
}

/* The value of the first line with that word, or NULL. */
static char *line_of(const struct play *p, const char *word)
{
	for (size_t i = 0; i < p->n; i++) {
		if (strcmp(p->word[i], word) == 0)
			return p->rest[i];
	}
	return NULL;
}

/* --- HTTP --- */

static size_t collect(char *data, size_t size, size_t n, void *arg)
{
	struct str *s = arg;

	str_add(s, data, size * n);
	return s->overflow ? 0 : size * n;
}

static void post(struct play *p, enum phase phase, int spoilt)
{
	const char *path = spoilt && p->path ? p->path : phase_paths[phase];
	autoclean(text_free) char *url = mem_printf("https://%s:%s%s", need_env("WIRE_SERVER"),
		need_env("WIRE_PORT"), path);
	autoclean(text_free) char *where = mem_printf("%s:%s:127.0.0.1", need_env("WIRE_SERVER"),
		need_env("WIRE_PORT"));
	struct curl_slist *to = curl_slist_append(NULL, where), *headers = NULL;
	const char *header = spoilt ? p->header : NULL;
	const char *method = spoilt ? p->method : NULL;
	CURL *c = curl_easy_init();
	CURLcode rc;

	if (!header || strncasecmp(header, "content-type", 12) != 0)
		headers = curl_slist_append(headers, "Content-Type: " NATIVE_MEDIA_TYPE);
	if (header)
		headers = curl_slist_append(headers, header);
	headers = curl_slist_append(headers, "Expect:");
	str_clear(&p->answer);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_RESOLVE, to);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_TIMEOUT, 60L);
	curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)p->body.len);
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, str_text(&p->body));
	if (method)
		curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, collect);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, &p->answer);
	rc = curl_easy_perform(c);
	p->status = 0;
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &p->status);
	if (rc != CURLE_OK && p->status == 0)
		printf("  %s: %s\n", p->file, curl_easy_strerror(rc));
	curl_slist_free_all(headers);
	curl_slist_free_all(to);
	curl_easy_cleanup(c);
}

/* --- fields, before they are proved --- */

static void play_before(struct play *p);

/* The state in the message that is played. */
static struct bytes *state_of(struct play *p)
{
	if (p->phase == BOOTSTRAP)
		return &p->peer.bootstrap.state;
	return p->phase == ENROLLMENT ? &p->peer.enrollment.state : &p->peer.leave.state;
}

/* The state of a conversation of the same device that has come as far. */
static void other_state(const struct play *p, struct bytes *state)
{
	struct play other = { .file = p->file, .phase = p->phase, .body = STR_INIT(BODY_MAX),
		.answer = STR_INIT(BODY_MAX) };
	const struct bytes *its = p->phase == BOOTSTRAP ? &other.peer.discovered.state :
		&other.peer.bootstrapped.state;

	peer_begin(&other.peer, need_env("WIRE_IDENTITY"), need_env("WIRE_PASSWORD"),
		need_env("WIRE_SERVER"));
	memcpy(other.peer.leaf, p->peer.leaf, sizeof(other.peer.leaf));
	play_before(&other);
	bytes_set(state, its->data, its->len);
	peer_end(&other.peer);
	bytes_free(&other.first);
	str_free(&other.body);
	str_free(&other.answer);
}

static void set_state(struct play *p, const char *value)
{
	struct bytes *state = state_of(p);

	if (strcmp(value, "discovery") == 0)
		bytes_set(state, p->first.data, p->first.len);
	else if (strcmp(value, "bootstrap") == 0)
		bytes_set(state, p->peer.bootstrapped.state.data, p->peer.bootstrapped.state.len);
	else if (strcmp(value, "other") == 0 && p->phase != LEAVE)
		other_state(p, state);
	else if (strcmp(value, "garbage") == 0)
		bytes_set(state, (const uint8_t *)"garbage", 7);
	else
		bad(p, "set state", value);
}

static void set_csr(struct play *p, const char *value)
{
	struct bytes *csr = &p->peer.enrollment.csr;
	enum key_kind kind = key_kind_find(value);
	autoclean(text_free) char *bent = NULL;
	char challenge[NATIVE_CHALLENGE_MAX];

	native_challenge(&p->peer.context, challenge);
	if (strcmp(value, "no-challenge") == 0) {
		pki_csr_build(p->peer.key, NULL, csr, NULL);
	} else if (strcmp(value, "other-challenge") == 0) {
		pki_csr_build(p->peer.key, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", csr,
			NULL);
	} else if (strcmp(value, "truncated") == 0) {
		csr->len -= 9;
	} else if (strcmp(value, "short-challenge") == 0) {
		challenge[43] = '\0';
		pki_csr_build(p->peer.key, challenge, csr, NULL);
	} else if (strncmp(value, "challenge ", 10) == 0) {
		bent = bend_percent(value + 10, challenge);
		pki_csr_build(p->peer.key, bent, csr, NULL);
	} else if (strcmp(value, "garbage") == 0) {
		bytes_set(csr, (const uint8_t *)"\x30\x03\x02\x01\x00", 5);
	} else if (strcmp(value, "trailing") == 0) {
		csr->data = mem_grow(csr->data, csr->len + 1, 1);
		csr->data[csr->len++] = 0;
	} else if (kind != KEY_NONE) {
		pki_key_free(&p->peer.key);
		p->peer.key = pki_key_generate(kind, NULL);
		pki_csr_build(p->peer.key, challenge, csr, NULL);
	} else {
		bad(p, "set csr", value);
	}
}

/* Signed with another key, or a certificate of nobody's. */
static void set_leave(struct play *p, const char *field, const char *value)
{
	if (strcmp(field, "key") == 0 && key_kind_find(value) != KEY_NONE) {
		pki_key_free(&p->peer.key);
		p->peer.key = pki_key_generate(key_kind_find(value), NULL);
	} else if (strcmp(field, "certificate") == 0 && strcmp(value, "server") == 0) {
		bytes_set(&p->peer.leave.certificate, p->server.der[0].data, p->server.der[0].len);
	} else if (strcmp(field, "certificate") == 0 && strcmp(value, "altered") == 0) {
		p->peer.leave.certificate.data[p->peer.leave.certificate.len - 1] ^= 1;
	} else if (strcmp(field, "certificate") == 0 && strcmp(value, "garbage") == 0) {
		bytes_set(&p->peer.leave.certificate, (const uint8_t *)"\x30\x03\x02\x01", 5);
	} else {
		bad(p, "set", field);
	}
}

/* A field of all four messages; size is that of the array. */
#define SET_ALL(member, value) \
	do { \
		snprintf(p->peer.discovery.member, sizeof(p->peer.discovery.member), "%s", value); \
		snprintf(p->peer.bootstrap.member, sizeof(p->peer.bootstrap.member), "%s", value); \
		snprintf(p->peer.enrollment.member, sizeof(p->peer.enrollment.member), "%s", \
			value); \
		snprintf(p->peer.leave.member, sizeof(p->peer.leave.member), "%s", value); \
	} while (0)

static void set(struct play *p, char *field)
{
	char *value = strchr(field, ' ');
	struct native_bootstrap *b = &p->peer.bootstrap;
	struct native_enrollment *e = &p->peer.enrollment;
	struct native_discovery *d = &p->peer.discovery;
	struct native_leave *l = &p->peer.leave;

	if (!value)
		bad(p, "set", field);
	*value++ = '\0';
	bend_unescape(value);
	if (strcmp(field, "identity") == 0) {
		SET_ALL(identity, value);
	} else if (strcmp(field, "server-name") == 0) {
		SET_ALL(server_name, value);
	} else if (strcmp(field, "shown") == 0) {
		snprintf(d->shown, sizeof(d->shown), "%s", value);
	} else if (strcmp(field, "client") == 0) {
		snprintf(d->client, sizeof(d->client), "%s", value);
	} else if (strcmp(field, "purpose") == 0) {
		d->purpose = strcmp(value, "leave") == 0 ? NATIVE_FOR_LEAVE :
			NATIVE_FOR_ENROLLMENT;
	} else if (strcmp(field, "serial") == 0) {
		snprintf(e->serial, sizeof(e->serial), "%s", value);
	} else if (strcmp(field, "version") == 0) {
		b->version = e->version = l->version = (uint32_t)strtoul(value, NULL, 10);
	} else if (strcmp(field, "leaf") == 0) {
		memset(b->leaf, 0x66, sizeof(b->leaf));
		memset(e->leaf, 0x66, sizeof(e->leaf));
		memset(l->leaf, 0x66, sizeof(l->leaf));
	} else if (strcmp(field, "selector") == 0) {
		memset(b->selector, 0x66, sizeof(b->selector));
	} else if (strcmp(field, "state") == 0) {
		set_state(p, value);
	} else if (strcmp(field, "csr") == 0) {
		set_csr(p, value);
	} else {
		set_leave(p, field, value);
	}
}

/* One bit of a field, after it was proved. */
static void spoil(struct play *p, const char *field)
{
	struct native_bootstrap *b = &p->peer.bootstrap;
	struct native_enrollment *e = &p->peer.enrollment;
	struct native_leave *l = &p->peer.leave;
	struct bytes *state = state_of(p);

	if (strcmp(field, "mac") == 0)
		(p->phase == ENROLLMENT ? e->mac : b->mac)[7] ^= 0x10;
	else if (strcmp(field, "leaf") == 0)
		(p->phase == LEAVE ? l->leaf : p->phase == ENROLLMENT ? e->leaf : b->leaf)[0] ^= 1;
	else if (strcmp(field, "selector") == 0)
		b->selector[15] ^= 1;
	else if (strcmp(field, "state") == 0)
		state->data[state->len - 1] ^= 1;
	else if (strcmp(field, "csr") == 0)
		e->csr.data[e->csr.len - 1] ^= 1;
	else if (strcmp(field, "certificate") == 0)
		l->certificate.data[l->certificate.len - 1] ^= 1;
	else if (strcmp(field, "signature") == 0)
		l->signature.data[l->signature.len - 1] ^= 1;
	else
		bad(p, "spoil", field);
}

/* --- the body --- */

static void spoil_body(struct play *p)
{
	for (size_t i = 0; i < p->n; i++) {
		int rc = 0;

		if (strcmp(p->word[i], "replace") == 0)
			rc = bend_replace(&p->body, p->rest[i]);
		else if (strcmp(p->word[i], "fill") == 0)
			rc = bend_fill(&p->body, p->rest[i]);
		else if (strcmp(p->word[i], "utf-16") == 0)
			bend_utf16(&p->body);
		else if (strcmp(p->word[i], "cut") == 0)
			p->body.len -= strtoul(p->rest[i], NULL, 10) % (p->body.len + 1);
		else if (strcmp(p->word[i], "raw") == 0) {
			str_clear(&p->body);
			str_add(&p->body, p->rest[i], bend_unescape(p->rest[i]));
		}
		if (rc < 0)
			bad(p, p->word[i], p->rest[i]);
	}
}

/* --- a phase --- */

/* The device's certificate, out of its document. */
static void certificate_of(struct play *p, struct bytes *out)
{
	static const char start[] = "<parm name=\"EncodedCertificate\" value=\"";
	const struct bytes *d = &p->peer.enrolled.document;
	autoclean(text_free) char *text = d->data ? mem_textn((char *)d->data, d->len) : NULL;
	char *at = text ? strstr(text, "<characteristic type=\"MY\">") : NULL;

	at = at ? strstr(at, start) : NULL;
	if (!at || b64_decode(at + strlen(start), strcspn(at + strlen(start), "\""), 8192, out) < 0)
		bad(p, "no certificate in the document", "");
}

static void fill_message(struct play *p, enum phase phase)
{
	autoclean(bytes_free) struct bytes certificate = BYTES_INIT;

	if (phase == DISCOVERY || phase == PARTING)
		peer_discovery(&p->peer);
	if (phase == PARTING)
		p->peer.discovery.purpose = NATIVE_FOR_LEAVE;
	if (phase == BOOTSTRAP)
		peer_bootstrap(&p->peer);
	if (phase == ENROLLMENT)
		peer_enrollment(&p->peer);
	if (phase != LEAVE)
		return;
	certificate_of(p, &certificate);
	peer_leave(&p->peer, &certificate);
}

static void write_message(struct play *p, enum phase phase)
{
	int rc = -1;

	str_clear(&p->body);
	if (phase == DISCOVERY || phase == PARTING)
		rc = native_discovery_write(&p->peer.discovery, &p->body);
	else if (phase == BOOTSTRAP)
		rc = native_bootstrap_write(&p->peer.bootstrap, &p->body);
	else if (phase == ENROLLMENT)
		rc = native_enrollment_write(&p->peer.enrollment, &p->body);
	else if (phase == LEAVE)
		rc = native_leave_write(&p->peer.leave, &p->body);
	if (rc < 0)
		bad(p, "cannot be written:", phase_words[phase]);
}

static void prove(struct play *p, enum phase phase)
{
	if (phase == BOOTSTRAP)
		peer_bootstrap_prove(&p->peer);
	else if (phase == ENROLLMENT)
		peer_enrollment_prove(&p->peer);
	else if (phase == LEAVE)
		peer_leave_sign(&p->peer);
}

static void sent(struct play *p, enum phase phase)
{
	if (phase == BOOTSTRAP)
		peer_bootstrap_sent(&p->peer);
	else if (phase == ENROLLMENT)
		peer_enrollment_sent(&p->peer);
}

/* Take a 200 over; 1 if it is a message of that phase (and proves itself). */
static int take(struct play *p, enum phase phase)
{
	const uint8_t *xml = (const uint8_t *)str_text(&p->answer);
	size_t len = p->answer.len;
	int good = 0;

	if (phase == DISCOVERY || phase == PARTING) {
		struct native_discovered m = { 0 };

		good = native_discovered_parse(xml, len, &m, NULL) == 0;
		if (good)
			peer_discovered(&p->peer, &m);
		native_discovered_clear(&m);
	} else if (phase == BOOTSTRAP) {
		struct native_bootstrapped m = { 0 };

		good = native_bootstrapped_parse(xml, len, &m, NULL) == 0 &&
			peer_bootstrapped(&p->peer, &m);
		native_bootstrapped_clear(&m);
	} else if (phase == ENROLLMENT) {
		struct native_enrolled m = { 0 };

		good = native_enrolled_parse(xml, len, &m, NULL) == 0 &&
			peer_enrolled(&p->peer, &m);
		native_enrolled_clear(&m);
	} else {
		struct native_left m = { 0 };

		good = native_left_parse(xml, len, &m, NULL) == 0;
		p->outcome = m.outcome;
	}
	return good;
}

static void play_before(struct play *p)
{
	for (enum phase phase = DISCOVERY; phase < p->phase; phase++) {
		fill_message(p, phase);
		prove(p, phase);
		write_message(p, phase);
		post(p, phase, 0);
		sent(p, phase);
		if (p->status != 200 || !take(p, phase))
			bad(p, "could not be led up to:", phase_words[phase]);
		if (phase == DISCOVERY)
			bytes_set(&p->first, p->peer.discovered.state.data,
				p->peer.discovered.state.len);
	}
}

/* The message that is played, ready to be sent. */
static void make_spoilt(struct play *p)
{
	fill_message(p, p->phase);
	for (size_t i = 0; i < p->n; i++) {
		if (strcmp(p->word[i], "set") == 0)
			set(p, p->rest[i]);
	}
	prove(p, p->phase);
	for (size_t i = 0; i < p->n; i++) {
		if (strcmp(p->word[i], "spoil") == 0)
			spoil(p, p->rest[i]);
	}
	write_message(p, p->phase);
	spoil_body(p);
}

/* What came: "200 discovered yes", "403 ENR-202 unproved" … */
static void describe(struct play *p, char *out, size_t size)
{
	static const char *const eligible[] = { "unknown", "no", "yes" };
	static const char *const outcomes[] = { "kept", "disabled", "revoked", "removed",
		"replaced" };
	struct native_refused m = { 0 };
	const char *more = "";

	if (p->status == 200 && take(p, p->phase)) {
		if (p->phase == DISCOVERY)
			more = eligible[p->peer.discovered.eligible];
		if (p->phase == LEAVE)
			more = outcomes[p->outcome];
		snprintf(out, size, "200 %s%s%s", phase_words[p->phase], *more ? " " : "", more);
	} else if (p->status != 200 && native_refused_parse((const uint8_t *)str_text(&p->answer),
					       p->answer.len, &m, NULL) == 0) {
		snprintf(out, size, "%ld %s %s", p->status, code_name(m.code),
			peer_refused(&p->peer, &m) ? "proved" : m.has_mac ? "forged" : "unproved");
	} else {
		snprintf(out, size, "%ld, and nothing that is understood", p->status);
	}
}

static const char *const words[] = { "message", "server", "password", "key", "set", "spoil",
	"replace", "fill", "utf-16", "cut", "raw", "header", "method", "path", "each", "again",
	"expect", "record" };

static void check_words(const struct play *p)
{
	for (size_t i = 0; i < p->n; i++) {
		size_t k = 0;

		while (k < ARRAY_LEN(words) && strcmp(words[k], p->word[i]) != 0)
			k++;
		if (k == ARRAY_LEN(words))
			bad(p, "no such word:", p->word[i]);
	}
}

/* again: the very same octets once more; again key: the same conversation with another key. */
static void play_again(struct play *p, const char *how)
{
	struct native_context after = p->peer.context;

	describe(p, (char[256]){ "" }, 256);
	if (p->phase != ENROLLMENT || strcmp(how, "key") != 0) {
		post(p, p->phase, 1);
		p->peer.context = after;
		return;
	}
	memcpy(p->peer.context.transcript, p->peer.before, sizeof(p->peer.before));
	pki_key_free(&p->peer.key);
	make_spoilt(p);
	post(p, p->phase, 1);
	sent(p, p->phase);
}

static int compare(struct play *p, const char *variant)
{
	const char *expect = line_of(p, "expect");
	char got[256];

	describe(p, got, sizeof(got));
	if (strcmp(got, expect) == 0)
		return 1;
	printf("FAIL %s%s%s\n  wanted %s\n  got    %s\n", p->file, *variant ? ": " : "", variant,
		expect, got);
	return 0;
}

/* each: one message, and every variant of it has the same answer. The state that it carries serves
 * for all of them: the server keeps none. */
static int play_each(struct play *p, const char *how)
{
	struct bend_each e = { how, 0 };
	struct str whole = p->body;
	char name[160], value[1024];
	int good = 1, rc;

	p->body = STR_INIT(BODY_MAX);
	while ((rc = bend_each(&e, &whole, &p->body, name, value)) > 0) {
		if (strncmp(how, "header", 6) == 0)
			p->header = value;
		if (strncmp(how, "method", 6) == 0)
			p->method = value;
		if (strncmp(how, "path", 4) == 0)
			p->path = value;
		post(p, p->phase, 1);
		good &= compare(p, name);
		str_clear(&p->body);
		e.i++;
	}
	if (rc < 0 || e.i == 0)
		bad(p, "each", how);
	str_free(&whole);
	return good;
}

static int play(const char *file)
{
	autoclean(bytes_free) struct bytes text = BYTES_INIT;
	struct play p = { .file = file, .body = STR_INIT(BODY_MAX), .answer = STR_INIT(BODY_MAX) };
	autoclean(bytes_free) struct bytes pem = BYTES_INIT;
	struct cert_info info = { .cn = NULL };
	const char *message, *each;
	int good;

	if (file_read(file, 65536, &text, NULL) < 0)
		bad(&p, "cannot be read", "");
	read_case(&p, (char *)text.data);
	check_words(&p);
	message = line_of(&p, "message");
	each = line_of(&p, "each");
	while (p.phase < PHASES && message && strcmp(phase_words[p.phase], message) != 0)
		p.phase++;
	if (!message || p.phase == PHASES || !line_of(&p, "expect"))
		bad(&p, "needs message and expect", "");
	p.header = line_of(&p, "header");
	p.method = line_of(&p, "method");
	p.path = line_of(&p, "path");
	peer_begin(&p.peer, need_env("WIRE_IDENTITY"),
		line_of(&p, "password") ? line_of(&p, "password") : need_env("WIRE_PASSWORD"),
		line_of(&p, "server") ? line_of(&p, "server") : need_env("WIRE_SERVER"));
	if (line_of(&p, "key"))
		p.peer.key = pki_key_generate(key_kind_find(line_of(&p, "key")), NULL);
	if (file_read(need_env("WIRE_LEAF"), 65536, &pem, NULL) < 0 ||
		cert_list_parse_pem(pem.data, pem.len, 8, &p.server, NULL) < 0 || p.server.n == 0 ||
		cert_info_read(p.server.der[0].data, p.server.der[0].len, &info, NULL) < 0)
		bad(&p, "WIRE_LEAF cannot be read", "");
	memcpy(p.peer.leaf, info.sha256, sizeof(p.peer.leaf));
	play_before(&p);
	make_spoilt(&p);
	sent(&p, p.phase);
	if (each) {
		good = play_each(&p, each);
	} else {
		post(&p, p.phase, 1);
		if (line_of(&p, "again"))
			play_again(&p, line_of(&p, "again"));
		good = compare(&p, "");
	}
	if (good)
		printf("ok   %s\n", file);
	peer_end(&p.peer);
	cert_info_clear(&info);
	cert_list_free(&p.server);
	bytes_free(&p.first);
	str_free(&p.body);
	str_free(&p.answer);
	return good;
}

int main(int argc, char **argv)
{
	int failed = 0;

	curl_global_init(CURL_GLOBAL_ALL);
	for (int i = 1; i < argc; i++)
		failed += !play(argv[i]);
	curl_global_cleanup();
	return failed != 0;
}
