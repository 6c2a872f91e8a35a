#include "ctl/change.h"

#include <string.h>

#include "ctl/link.h"
#include "ctl/output.h"
#include "ctl/password_out.h"
#include "lib/base/clean.h"
#include "lib/base/str.h"

/* One run of a changing command. */
struct run {
	struct cmd *c;
	const struct change *change;
	struct password_out out;
	json_t *items; /* documents so far, for JSON */
	struct str done; /* names of those that were changed */
};

static int call(struct run *r, const char *word, int dry, json_t **doc, struct fail *f)
{
	json_t *in = r->change->input ? r->change->input(r->c) : json_object();

	json_object_set_new(in, r->change->subject, json_string(word));
	json_object_set_new(in, "dry_run", json_boolean(dry));
	json_object_set_new(in, "note", r->c->note ? json_string(r->c->note) : json_null());
	return link_call(r->c, r->change->path, in, doc, f);
}

/* What was done all the same is in the details: a person sees it before the error. */
static void show_half(struct run *r)
{
	const json_t *details = doc_list(r->c->agent_error, "details");

	if (r->c->format == FORMAT_TABLE && strcmp(doc_text(details, "kind"), "device") == 0)
		cmd_result(r->c, details, r->change->render, NULL);
}

static int is_people(const struct cmd *c)
{
	return c->format == FORMAT_TABLE || c->format == FORMAT_NAME || c->format == FORMAT_JSONL;
}

/* Show it at once (a password on the terminal must not wait for the next device), or keep it for
 * the one document. */
static int deliver(struct run *r, json_t *doc, struct fail *f)
{
	if (doc_true(doc, "changed") && !doc_true(doc, "dry_run")) {
		str_text_add(&r->done, r->done.len ? ", " : "");
		str_text_add(&r->done, doc_text(doc, "name"));
	}
	if (password_out_take(&r->out, doc, f) < 0)
		return -1;
	if (is_people(r->c))
		return cmd_result(r->c, doc, r->change->render, f);
	json_array_append(r->items, doc);
	return 0;
}

/* A question is for a terminal: names and DNs in it come from others. */
static int ask(struct run *r, const json_t *would, struct fail *f)
{
	json_t *clean = doc_printable(would);
	int rc = r->change->confirm(r->c, clean, f);

	json_decref(clean);
	return rc;
}

/* What would happen to each, before anything does. */
static int check_all(struct run *r, struct fail *f)
{
	int confirm = r->change->confirm && !r->c->dry_run;
	int changes = 0;

	if (cmd_words(r->c) == 1 && !confirm && !r->out.stood)
		return 0;
	for (size_t i = 0; i < cmd_words(r->c); i++) {
		json_t *doc = NULL;
		int rc = call(r, cmd_word(r->c, i), 1, &doc, f);

		changes |= rc == 0 && doc_true(doc, "changed");
		if (rc == 0 && confirm && doc_true(doc, "changed"))
			rc = ask(r, doc, f);
		json_decref(doc);
		if (rc < 0)
			return -1;
	}
	if (r->out.stood && changes)
		return fail(f, ENR_OUTPUT_EXISTS, "%s", r->out.path);
	return 0;
}

static int change_all(struct run *r, struct fail *f)
{
	for (size_t i = 0; i < cmd_words(r->c); i++) {
		json_t *doc = NULL;
		/* A file in the way allows no password: then this can only be "unchanged". */
		int dry = r->c->dry_run || r->out.stood;
		int rc = call(r, cmd_word(r->c, i), dry, &doc, f);

		if (rc < 0)
			show_half(r);
		if (rc == 0 && r->out.stood && doc_true(doc, "changed"))
			rc = fail(f, ENR_OUTPUT_EXISTS, "%s", r->out.path);
		if (rc == 0 && dry && !r->c->dry_run)
			json_object_set_new(doc, "dry_run", json_false());
		if (rc == 0)
			rc = deliver(r, doc, f);
		json_decref(doc);
		if (rc < 0 && r->done.len)
			fail_in(f, "done before: %s", str_text(&r->done));
		if (rc < 0)
			return -1;
	}
	return 0;
}

static int print_documents(struct run *r, struct fail *f)
{
	json_t *list;
	int changed = 0, rc;

	if (is_people(r->c))
		return 0;
	if (json_array_size(r->items) == 1)
		return cmd_result(r->c, json_array_get(r->items, 0), r->change->render, f);
	for (size_t i = 0; i < json_array_size(r->items); i++)
		changed |= doc_true(json_array_get(r->items, i), "changed");
	list = json_pack("{s:s, s:i, s:b, s:b, s:O}", "kind", "device_list", "version", 1,
		"changed", changed, "dry_run", r->c->dry_run, "items", r->items);
	rc = cmd_result(r->c, list, r->change->render, f);
	json_decref(list);
	return rc;
}

int change_run(struct cmd *c, const struct change *change, struct fail *f)
{
	struct run r = { .c = c, .change = change, .out = { .fd = -1 }, .done = STR_INIT(400) };
	int rc = 0;

	if (change->makes_password)
		rc = password_out_open(c, cmd_words(c) > 1, &r.out, f);
	r.items = json_array();
	if (rc == 0)
		rc = check_all(&r, f);
	if (rc == 0)
		rc = change_all(&r, f);
	if (rc == 0)
		rc = print_documents(&r, f);
	password_out_close(&r.out);
	json_decref(r.items);
	str_free(&r.done);
	return rc;
}
