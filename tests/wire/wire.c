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

enum { LINES_MAX = 64, BODY_MAX = 16 << 20 };

enum phase { DISCOVERY, BOOTSTRAP, ENROLLMENT, PHASES };
static const char *const phase_words[PHASES] = { "discovery", "bootstrap", "enrollment" };
static const char *const phase_paths[PHASES] = { NATIVE_PATH_DISCOVERY, NATIVE_PATH_BOOTSTRAP,
	NATIVE_PATH_ENROLLMENT };

struct play {
	const char *file;
	char *word[LINES_MAX], *rest[LINES_MAX]; /* the lines of the case */
	size_t n;
	enum phase phase;
	struct peer peer;
	struct str body, answer;
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

/* \xNN, \n and \\ of a value. */
static size_t unescape(char *t)
{
	char *to = t;
	struct bytes octet = BYTES_INIT;

	for (const char *from = t; *from; from++) {
		if (*from == '\\' && from[1] == 'x' && hex_decode(from + 2, 2, 1, &octet) == 0) {
			*to++ = (char)octet.data[0];
			from += 3;
		} else if (*from == '\\' && (from[1] == 'n' || from[1] == '\\')) {
			*to++ = from[1] == 'n' ? '\n' : '\\';
			from++;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	bytes_free(&octet);
	return (size_t)(to - t);
}

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

static void post(struct play *p, const char *path, int spoilt)
{
	autoclean(text_free) char *url = mem_printf("https://%s:%s%s", need_env("WIRE_SERVER"),
		need_env("WIRE_PORT"), path);
	autoclean(text_free) char *where = mem_printf("%s:%s:127.0.0.1", need_env("WIRE_SERVER"),
		need_env("WIRE_PORT"));
	struct curl_slist *to = curl_slist_append(NULL, where), *headers = NULL;
	const char *header = spoilt ? line_of(p, "header") : NULL;
	const char *method = spoilt ? line_of(p, "method") : NULL;
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
	str_free(&other.body);
	str_free(&other.answer);
}

static void set_state(struct play *p, const char *value)
{
	struct bytes *state = p->phase == BOOTSTRAP ? &p->peer.bootstrap.state :
		&p->peer.enrollment.state;

	if (strcmp(value, "discovery") == 0)
		bytes_set(state, p->peer.discovered.state.data, p->peer.discovered.state.len);
	else if (strcmp(value, "other") == 0)
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
	char challenge[45];

	if (strcmp(value, "no-challenge") == 0) {
		pki_csr_build(p->peer.key, NULL, csr, NULL);
	} else if (strcmp(value, "other-challenge") == 0) {
		pki_csr_build(p->peer.key, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", csr,
			NULL);
	} else if (strcmp(value, "truncated") == 0) {
		csr->len -= 9;
	} else if (strcmp(value, "garbage") == 0) {
		bytes_set(csr, (const uint8_t *)"\x30\x03\x02\x01\x00", 5);
	} else if (strcmp(value, "trailing") == 0) {
		csr->data = mem_grow(csr->data, csr->len + 1, 1);
		csr->data[csr->len++] = 0;
	} else if (kind != KEY_NONE) {
		pki_key_free(&p->peer.key);
		p->peer.key = pki_key_generate(kind, NULL);
		native_challenge(&p->peer.context, challenge);
		pki_csr_build(p->peer.key, challenge, csr, NULL);
	} else {
		bad(p, "set csr", value);
	}
}

/* Copies of a message's field; size is that of the array. */
static void put(char *at, size_t size, const char *value)
{
	snprintf(at, size, "%s", value);
}

static void set(struct play *p, char *field)
{
	char *value = strchr(field, ' ');
	struct native_bootstrap *b = &p->peer.bootstrap;
	struct native_enrollment *e = &p->peer.enrollment;
	struct native_discovery *d = &p->peer.discovery;

	if (!value)
		bad(p, "set", field);
	*value++ = '\0';
	unescape(value);
	if (strcmp(field, "identity") == 0) {
		put(d->identity, sizeof(d->identity), value);
		put(b->identity, sizeof(b->identity), value);
		put(e->identity, sizeof(e->identity), value);
	} else if (strcmp(field, "server-name") == 0) {
		put(d->server_name, sizeof(d->server_name), value);
		put(b->server_name, sizeof(b->server_name), value);
		put(e->server_name, sizeof(e->server_name), value);
	} else if (strcmp(field, "shown") == 0) {
		put(d->shown, sizeof(d->shown), value);
	} else if (strcmp(field, "client") == 0) {
		put(d->client, sizeof(d->client), value);
	} else if (strcmp(field, "serial") == 0) {
		put(e->serial, sizeof(e->serial), value);
	} else if (strcmp(field, "version") == 0) {
		b->version = e->version = (uint32_t)strtoul(value, NULL, 10);
	} else if (strcmp(field, "leaf") == 0) {
		memset(b->leaf, 0x66, sizeof(b->leaf));
		memset(e->leaf, 0x66, sizeof(e->leaf));
	} else if (strcmp(field, "selector") == 0) {
		memset(b->selector, 0x66, sizeof(b->selector));
	} else if (strcmp(field, "state") == 0) {
		set_state(p, value);
	} else if (strcmp(field, "csr") == 0) {
		set_csr(p, value);
	} else {
		bad(p, "set", field);
	}
}

/* One bit of a field, after it was proved. */
static void spoil(struct play *p, const char *field)
{
	int phase3 = p->phase == ENROLLMENT;
	struct native_bootstrap *b = &p->peer.bootstrap;
	struct native_enrollment *e = &p->peer.enrollment;
	struct bytes *state = phase3 ? &e->state : &b->state;

	if (strcmp(field, "mac") == 0)
		(phase3 ? e->mac : b->mac)[7] ^= 0x10;
	else if (strcmp(field, "leaf") == 0)
		(phase3 ? e->leaf : b->leaf)[0] ^= 1;
	else if (strcmp(field, "selector") == 0)
		b->selector[15] ^= 1;
	else if (strcmp(field, "state") == 0)
		state->data[state->len - 1] ^= 1;
	else if (strcmp(field, "csr") == 0)
		e->csr.data[e->csr.len - 1] ^= 1;
	else
		bad(p, "spoil", field);
}

/* --- the body --- */

static void replace(struct play *p, char *value)
{
	char *with = strstr(value, " => "), *at;
	size_t old_len, new_len;
	struct str out = STR_INIT(BODY_MAX);

	if (!with)
		bad(p, "replace", value);
	*with = '\0';
	with += 4;
	old_len = unescape(value);
	new_len = unescape(with);
	at = memmem(p->body.data, p->body.len, value, old_len);
	if (!at)
		bad(p, "replace: not in the message:", value);
	str_add(&out, p->body.data, (size_t)(at - p->body.data));
	str_add(&out, with, new_len);
	str_add(&out, at + old_len, p->body.len - old_len - (size_t)(at - p->body.data));
	str_free(&p->body);
	p->body = out;
}

/* UTF-16, little-endian with its mark, of an ASCII body. */
static void to_utf16(struct play *p)
{
	struct str out = STR_INIT(BODY_MAX);

	str_add(&out, "\xff\xfe", 2);
	for (size_t i = 0; i < p->body.len; i++) {
		str_char(&out, p->body.data[i]);
		str_add(&out, "", 1);
	}
	str_free(&p->body);
	p->body = out;
}

/* fill N C: N times the octet C in place of the word FILL. */
static void fill(struct play *p, const char *value)
{
	char *end;
	size_t n = strtoul(value, &end, 10);
	char *at = memmem(p->body.data, p->body.len, "FILL", 4);
	struct str out = STR_INIT(BODY_MAX);

	if (!at || *end != ' ' || n > BODY_MAX / 2)
		bad(p, "fill", value);
	str_add(&out, p->body.data, (size_t)(at - p->body.data));
	for (size_t i = 0; i < n; i++)
		str_text_add(&out, end + 1);
	str_add(&out, at + 4, p->body.len - 4 - (size_t)(at - p->body.data));
	str_free(&p->body);
	p->body = out;
}

static void spoil_body(struct play *p)
{
	for (size_t i = 0; i < p->n; i++) {
		if (strcmp(p->word[i], "replace") == 0)
			replace(p, p->rest[i]);
		else if (strcmp(p->word[i], "fill") == 0)
			fill(p, p->rest[i]);
		else if (strcmp(p->word[i], "utf-16") == 0)
			to_utf16(p);
		else if (strcmp(p->word[i], "cut") == 0)
			p->body.len -= strtoul(p->rest[i], NULL, 10) % (p->body.len + 1);
		else if (strcmp(p->word[i], "raw") == 0) {
			str_clear(&p->body);
			str_add(&p->body, p->rest[i], unescape(p->rest[i]));
		}
	}
}

/* --- a phase --- */

static void fill_message(struct play *p, enum phase phase)
{
	if (phase == DISCOVERY)
		peer_discovery(&p->peer);
	else if (phase == BOOTSTRAP)
		peer_bootstrap(&p->peer);
	else
		peer_enrollment(&p->peer);
}

static void write_message(struct play *p, enum phase phase)
{
	int rc;

	str_clear(&p->body);
	if (phase == DISCOVERY)
		rc = native_discovery_write(&p->peer.discovery, &p->body);
	else if (phase == BOOTSTRAP)
		rc = native_bootstrap_write(&p->peer.bootstrap, &p->body);
	else
		rc = native_enrollment_write(&p->peer.enrollment, &p->body);
	if (rc < 0)
		bad(p, "cannot be written:", phase_words[phase]);
}

static void prove(struct play *p, enum phase phase)
{
	if (phase == BOOTSTRAP)
		peer_bootstrap_prove(&p->peer);
	else if (phase == ENROLLMENT)
		peer_enrollment_prove(&p->peer);
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

	if (phase == DISCOVERY) {
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
	} else {
		struct native_enrolled m = { 0 };

		good = native_enrolled_parse(xml, len, &m, NULL) == 0 &&
			peer_enrolled(&p->peer, &m);
		native_enrolled_clear(&m);
	}
	return good;
}

static void play_before(struct play *p)
{
	for (enum phase phase = DISCOVERY; phase < p->phase; phase++) {
		fill_message(p, phase);
		prove(p, phase);
		write_message(p, phase);
		post(p, phase_paths[phase], 0);
		sent(p, phase);
		if (p->status != 200 || !take(p, phase))
			bad(p, "could not be led up to:", phase_words[phase]);
	}
}

static void play_spoilt(struct play *p)
{
	const char *path = line_of(p, "path");

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
	post(p, path ? path : phase_paths[p->phase], 1);
}

/* What came: "200 discovered yes", "403 ENR-202 unproved" … */
static void describe(struct play *p, char *out, size_t size)
{
	static const char *const eligible[] = { "unknown", "no", "yes" };
	struct native_refused m = { 0 };

	if (p->status == 200 && take(p, p->phase)) {
		snprintf(out, size, "200 %s%s%s", phase_words[p->phase],
			p->phase == DISCOVERY ? " " : "",
			p->phase == DISCOVERY ? eligible[p->peer.discovered.eligible] : "");
	} else if (p->status != 200 && native_refused_parse((const uint8_t *)str_text(&p->answer),
					       p->answer.len, &m, NULL) == 0) {
		snprintf(out, size, "%ld %s %s", p->status, code_name(m.code),
			peer_refused(&p->peer, &m) ? "proved" : m.has_mac ? "forged" : "unproved");
	} else {
		snprintf(out, size, "%ld, and nothing that is understood", p->status);
	}
}

static const char *const words[] = { "message", "server", "password", "set", "spoil", "replace",
	"fill", "utf-16", "cut", "raw", "header", "method", "path", "again", "expect", "record" };

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
		post(p, phase_paths[p->phase], 1);
		p->peer.context = after;
		return;
	}
	memcpy(p->peer.context.transcript, p->peer.before, sizeof(p->peer.before));
	pki_key_free(&p->peer.key);
	play_spoilt(p);
	sent(p, p->phase);
}

static int play(const char *file)
{
	autoclean(bytes_free) struct bytes text = BYTES_INIT;
	struct play p = { .file = file, .body = STR_INIT(BODY_MAX), .answer = STR_INIT(BODY_MAX) };
	autoclean(bytes_free) struct bytes pem = BYTES_INIT;
	struct cert_list chain = { NULL, 0 };
	struct cert_info info = { .cn = NULL };
	const char *expect, *message;
	char got[256];
	int good;

	if (file_read(file, 65536, &text, NULL) < 0)
		bad(&p, "cannot be read", "");
	read_case(&p, (char *)text.data);
	check_words(&p);
	message = line_of(&p, "message");
	expect = line_of(&p, "expect");
	while (p.phase < PHASES && message && strcmp(phase_words[p.phase], message) != 0)
		p.phase++;
	if (!message || p.phase == PHASES || !expect)
		bad(&p, "needs message and expect", "");
	peer_begin(&p.peer, need_env("WIRE_IDENTITY"),
		line_of(&p, "password") ? line_of(&p, "password") : need_env("WIRE_PASSWORD"),
		line_of(&p, "server") ? line_of(&p, "server") : need_env("WIRE_SERVER"));
	if (file_read(need_env("WIRE_LEAF"), 65536, &pem, NULL) < 0 ||
		cert_list_parse_pem(pem.data, pem.len, 8, &chain, NULL) < 0 || chain.n == 0 ||
		cert_info_read(chain.der[0].data, chain.der[0].len, &info, NULL) < 0)
		bad(&p, "WIRE_LEAF cannot be read", "");
	memcpy(p.peer.leaf, info.sha256, sizeof(p.peer.leaf));
	play_before(&p);
	play_spoilt(&p);
	sent(&p, p.phase);
	if (line_of(&p, "again"))
		play_again(&p, line_of(&p, "again"));
	describe(&p, got, sizeof(got));
	good = strcmp(got, expect) == 0;
	if (good)
		printf("ok   %s\n", file);
	else
		printf("FAIL %s\n  wanted %s\n  got    %s\n", file, expect, got);
	peer_end(&p.peer);
	cert_info_clear(&info);
	cert_list_free(&chain);
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
