#include "client/commands.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/net.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/encode.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/pki/cert.h"

#define CERTIFICATES_MAX 16

static const enum option_id options[] = { OPTION_NONE };

static int show_document(struct run *r, struct fail *f);
static int show_certificate(struct run *r, struct fail *f);
static int show_root(struct run *r, struct fail *f);
static int show_log(struct run *r, struct fail *f);

static const struct {
	const char *word;
	int secret; /* root's alone */
	int (*show)(struct run *r, struct fail *f);
} things[] = {
	{ "document", 1, show_document },
	{ "certificate", 0, show_certificate },
	{ "root", 0, show_root },
	{ "log", 1, show_log },
};

static int read_thing(struct run *r, const char *name, struct bytes *out, struct fail *f)
{
	autoclean(text_free) char *path = place_path(&r->place, name);

	if (file_exists(path) == 0)
		return fail(f, ENR_NOTHING_TO_SHOW, "no %s", path);
	return file_read(path, PLACE_TEXT_MAX, out, f);
}

static int show_text(struct run *r, const char *kind, const char *text)
{
	json_t *o = say_object(kind);

	say_set(o, "text", text);
	if (r->say.json)
		say_json(json_incref(o));
	else
		fputs(text, stdout);
	json_decref(o);
	return 0;
}

static int show_document(struct run *r, struct fail *f)
{
	autoclean(bytes_wipe) struct bytes data = BYTES_INIT;
	autoclean(net_free) struct net *net = NULL;
	autoclean(wapdoc_free) struct wapdoc_node *doc = NULL;
	autoclean(str_wipe) struct str text = STR_INIT(2 * NATIVE_DOCUMENT_MAX);

	if (net_open(&net, f) < 0 || read_thing(r, PLACE_DOCUMENT, &data, f) < 0 ||
		net_document(net, &data, &doc, f) < 0)
		return -1;
	if (wapdoc_show(doc, &text) < 0)
		return fail(f, ENR_DOCUMENT_INVALID, "too large to show");
	return show_text(r, "document", str_text(&text));
}

static json_t *certificate_json(const struct cert_info *c)
{
	autoclean(str_free) struct str hex = STR_INIT(64);
	char from[CLOCK_TEXT_MAX], to[CLOCK_TEXT_MAX];
	json_t *o = json_object();

	hex_add(&hex, c->sha256, sizeof(c->sha256));
	say_set(o, "serial", c->serial);
	say_set(o, "subject", c->subject);
	say_set(o, "issuer", c->issuer);
	say_set(o, "not_before", clock_text(c->not_before, from));
	say_set(o, "not_after", clock_text(c->not_after, to));
	say_set(o, "enrollment", c->subject_serial);
	say_set(o, "sha256", str_text(&hex));
	return o;
}

static void certificate_text(const struct cert_info *c, const struct bytes *der)
{
	autoclean(str_free) struct str pem = STR_INIT(PLACE_TEXT_MAX);
	char from[CLOCK_TEXT_MAX], to[CLOCK_TEXT_MAX];

	printf("subject   %s\nissuer    %s\nserial    %s\nvalid     %s to %s\nSHA-256   ",
		c->subject, c->issuer, c->serial, clock_text(c->not_before, from),
		clock_text(c->not_after, to));
	for (size_t i = 0; i < sizeof(c->sha256); i++)
		printf("%s%02x", i ? ":" : "", c->sha256[i]);
	cert_pem_add(der->data, der->len, &pem);
	printf("\n%s", str_text(&pem));
}

static int show_certificates(struct run *r, const char *name, const char *kind, struct fail *f)
{
	autoclean(bytes_free) struct bytes data = BYTES_INIT;
	autoclean(cert_list_free) struct cert_list list = { 0 };
	json_t *all = json_array(), *o;

	if (read_thing(r, name, &data, f) < 0 ||
		cert_list_parse_pem(data.data, data.len, CERTIFICATES_MAX, &list, f) < 0) {
		json_decref(all);
		return -1;
	}
	for (size_t i = 0; i < list.n; i++) {
		autoclean(cert_info_clear) struct cert_info info = { 0 };

		if (cert_info_read(list.der[i].data, list.der[i].len, &info, f) < 0) {
			json_decref(all);
			return -1;
		}
		json_array_append_new(all, certificate_json(&info));
		if (!r->say.json)
			certificate_text(&info, &list.der[i]);
	}
	o = say_object(kind);
	json_object_set_new(o, "certificates", all);
	if (r->say.json)
		say_json(json_incref(o));
	json_decref(o);
	return 0;
}

static int show_certificate(struct run *r, struct fail *f)
{
	return show_certificates(r, PLACE_DEVICE, "certificate_chain", f);
}

static int show_root(struct run *r, struct fail *f)
{
	return show_certificates(r, PLACE_ROOT, "root", f);
}

static int show_log(struct run *r, struct fail *f)
{
	autoclean(bytes_free) struct bytes data = BYTES_INIT;

	if (read_thing(r, PLACE_LOG, &data, f) < 0)
		return -1;
	return show_text(r, "log", (const char *)data.data);
}

static int run(struct run *r, struct trouble *t)
{
	for (size_t i = 0; i < ARRAY_LEN(things); i++) {
		if (!text_equal(r->word, things[i].word))
			continue;
		if (things[i].secret && r->place.live && geteuid() != 0)
			return fail(&t->fail, ENR_NOT_ROOT, "enroll show %s", r->word);
		return things[i].show(r, &t->fail);
	}
	return fail(&t->fail, ENR_USAGE,
		"enroll show takes document, certificate, root or log");
}

const struct command device_command_show = {
	.name = "show",
	.words = "WHAT",
	.least = 1,
	.most = 1,
	.summary = "document, certificate, root or log; secrets masked",
	.options = options,
	.run = run,
	.example = { "enroll show document", "enroll show certificate --output json" },
};
