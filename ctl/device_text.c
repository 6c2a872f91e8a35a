#include "ctl/device_text.h"

#include <string.h>

#include "ctl/listing.h"
#include "ctl/output.h"
#include "ctl/when.h"
#include "lib/base/clean.h"
#include "lib/base/str.h"
#include "lib/base/text.h"

enum { LABEL = 13,
	UNTIL_MAX = 96 };

/* A labelled line; nothing if there is nothing to say. */
static void line(const char *label, const char *text)
{
	if (*text)
		printf("  %-*s %s\n", LABEL - 2, label, text);
}

/* The certificate that counts: the first valid one, else the first. */
static const json_t *certificate_of(const json_t *doc)
{
	const json_t *list = doc_list(doc, "certificates");

	for (size_t i = 0; i < json_array_size(list); i++)
		if (text_equal(doc_text(json_array_get(list, i), "state"), "valid"))
			return json_array_get(list, i);
	return json_array_get(list, 0);
}

/* "password valid until tomorrow, 09:20", "certificate until 2027-11-23" … in UNTIL_MAX octets. */
static const char *device_until(struct cmd *c, const json_t *doc, char *buf)
{
	const char *state = doc_text(doc, "state");
	char when[WHEN_MAX];

	if (text_equal(state, "pending"))
		snprintf(buf, UNTIL_MAX, "password valid until %s",
			output_time(c, doc_time(doc, "expires"), when));
	else if (text_equal(state, "expired"))
		snprintf(buf, UNTIL_MAX, "password expired %s",
			output_time(c, doc_time(doc, "expires"), when));
	else if (text_equal(state, "enrolled"))
		snprintf(buf, UNTIL_MAX, "certificate until %s",
			output_time(c, doc_time(certificate_of(doc), "not_after"), when));
	else if (doc_time(doc, "ended"))
		snprintf(buf, UNTIL_MAX, "since %s", output_time(c, doc_time(doc, "ended"), when));
	else if (text_equal(state, "enrolling") || text_equal(state, "uncertain"))
		snprintf(buf, UNTIL_MAX, "password valid until %s",
			output_time(c, doc_time(doc, "expires"), when));
	else if (text_equal(state, "disabled"))
		snprintf(buf, UNTIL_MAX, "certificate on hold");
	else
		snprintf(buf, UNTIL_MAX, "from now on");
	return buf;
}

/* The object's DN, or the one it will have: a name is one label and needs no escaping. */
static void object_line(const json_t *doc)
{
	autoclean(str_free) struct str s = STR_INIT(4096);
	const char *dn = doc_text(doc_list(doc, "object"), "dn");

	if (*dn == '\0' && json_is_object(doc_list(doc, "takes")))
		str_printf(&s, "that of %s, to be taken over",
			*doc_text(doc_list(doc, "takes"), "dn")
				? doc_text(doc_list(doc, "takes"), "dn")
				: *doc_text(doc_list(doc, "takes"), "enrollment")
				? doc_text(doc_list(doc, "takes"), "enrollment")
				: "nobody here");
	else if (*dn == '\0')
		str_printf(&s, "none yet; will be CN=%s,%s", doc_text(doc, "name"),
			doc_text(doc, "ou"));
	line("object", *dn ? dn : str_text(&s));
	line("", doc_text(doc_list(doc, "object"), "server"));
	line("account", doc_text(doc_list(doc, "object"), "account"));
	line("SID", doc_text(doc_list(doc, "object"), "sid"));
}

static void group_lines(const json_t *doc)
{
	const json_t *groups = doc_list(doc, "groups");

	for (size_t i = 0; i < json_array_size(groups); i++)
		line(i ? "" : "groups", doc_item(groups, i));
}

static void profile_line(const json_t *doc)
{
	autoclean(str_free) struct str s = STR_INIT(1024);
	char life[32];
	int64_t seconds = doc_number(doc, "certificate_lifetime_s");

	str_printf(&s, "%s: VPN %s", doc_text(doc, "profile"), doc_true(doc, "vpn") ? "on" : "off");
	if (seconds > 0)
		str_printf(&s, "; certificate %s",
			text_duration_words(seconds, life, sizeof(life)));
	line("profile", str_text(&s));
}

static void password_block(struct cmd *c, const json_t *doc)
{
	const char *password = doc_text(doc, "password");
	const char *out = cmd_text(c, "password-out");

	if (*password) {
		printf("\n  Enrollment password, shown only now:\n\n      %s%s%s\n", output_bold(c),
			password, output_plain(c));
		printf("\n  To run on the device:   sudo enroll join %s\n",
			doc_text(doc, "identity"));
	} else if (out && doc_true(doc, "changed") && !doc_true(doc, "dry_run")) {
		printf("\n  Enrollment password in %s\n", out);
	}
}

static void expected_headline(struct cmd *c, const json_t *doc)
{
	const char *name = doc_text(doc, "name");
	char buf[WHEN_MAX];
	const char *when = output_time(c, doc_time(doc, "expires"), buf);

	if (!doc_true(doc, "changed"))
		printf("%s is expected until %s: unchanged.\n", name, when);
	else if (doc_true(doc, "dry_run"))
		printf("%s would be expected until %s. Nothing was written.\n", name, when);
	else
		printf("%s is expected until %s.\n", name, when);
}

/* Nobody's is allowed, and is also what a misspelt e-mail address looks like: so it is said. */
static void owner_line(const json_t *doc)
{
	const char *owner = doc_text(doc, "owner");

	if (*owner == '\0')
		owner = json_is_object(doc_list(doc, "takes"))
			? "none"
			: "none: nobody in the directory has this e-mail address";
	line("owner", owner);
}

/* --password-out - : the password alone, for a pipe. */
static int is_bare(struct cmd *c)
{
	return text_equal(cmd_text(c, "password-out"), "-") && !c->out_tty;
}

void device_render_expected(struct cmd *c, const json_t *doc)
{
	if (is_bare(c) && *doc_text(doc, "password")) {
		printf("%s\n", doc_text(doc, "password"));
		return;
	}
	expected_headline(c, doc);
	printf("\n");
	line("identity", doc_text(doc, "identity"));
	owner_line(doc);
	object_line(doc);
	profile_line(doc);
	group_lines(doc);
	line("record", doc_text(doc, "enrollment"));
	password_block(c, doc);
	if (!doc_true(doc, "changed"))
		printf("\n  No new password was made; for one: enrollctl device reissue %s\n",
			doc_text(doc, "name"));
}

void device_render_line(struct cmd *c, const json_t *doc)
{
	char until[UNTIL_MAX];
	const char *how = doc_true(doc, "dry_run") ? "  (nothing was written)" : "";

	if (!doc_true(doc, "changed"))
		how = "  unchanged";
	printf("%s   %s   %s   %s%s\n", doc_text(doc, "name"), doc_text(doc, "state"),
		device_until(c, doc, until), doc_text(doc, "enrollment"), how);
}

static void certificates_block(struct cmd *c, const json_t *doc)
{
	const json_t *list = doc_list(doc, "certificates");
	char when[WHEN_MAX];

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *cert = json_array_get(list, i);
		const char *reason = doc_text(cert, "revoked_reason");

		printf("  %-*s %s   %s%s%s%s until %s\n", LABEL - 2, i ? "" : "certificate",
			doc_text(cert, "serial"), doc_text(cert, "state"), *reason ? " (" : "",
			reason, *reason ? ")" : "",
			output_time(c, doc_time(cert, "not_after"), when));
	}
}

static void failure_block(struct cmd *c, const json_t *doc)
{
	const json_t *last = doc_list(doc, "last_failure");
	char when[WHEN_MAX];
	int64_t t = doc_time(last, "time");

	if (!json_is_object(last))
		return;
	printf("\n%sLast failure%s   %s, %s   %s %s\n", output_bold(c), output_plain(c),
		c->out_tty ? when_ago(t, c->now, when) : doc_text(last, "time"),
		doc_text(last, "phase"), doc_text(last, "code"), doc_text(last, "name"));
	line("what", doc_text(last, "what"));
	line("", doc_text(last, "evidence"));
	line("why", doc_text(last, "why"));
	line("who", doc_text(last, "who"));
	line("attempt", doc_text(last, "attempt"));
	line("do", doc_text(last, "do"));
}

static void story_line(struct cmd *c, const json_t *event, char day[WHEN_MAX])
{
	char now[WHEN_MAX], when[WHEN_MAX];
	int64_t t = doc_time(event, "time");
	const char *code = doc_text(event, "code"), *by = doc_text(event, "by");
	const char *note = doc_text(event, "note");

	if (c->out_tty && strcmp(when_day(t, now), day) != 0) {
		memcpy(day, now, WHEN_MAX);
		printf("  %s\n", day);
	}
	printf("  %s  %-12s %s%s%s%s%s%s",
		c->out_tty ? when_clock(t, when) : doc_text(event, "time"),
		doc_text(event, "event"), doc_text(event, "attempt"),
		*doc_text(event, "attempt") ? "  " : "", *code ? code : "", *code ? "  " : "",
		*by ? "by " : "", by);
	printf("%s%s%s%s%s\n", *by && *doc_text(event, "detail") ? ", " : "",
		doc_text(event, "detail"), *note ? "  \"" : "", note, *note ? "\"" : "");
}

static void story_block(struct cmd *c, const json_t *doc)
{
	const json_t *list = doc_list(doc, "events");
	char day[WHEN_MAX] = "";

	if (json_array_size(list) == 0)
		return;
	printf("\n%sStory%s\n", output_bold(c), output_plain(c));
	for (size_t i = 0; i < json_array_size(list); i++)
		story_line(c, json_array_get(list, i), day);
}

static void render_one(struct cmd *c, const json_t *doc)
{
	char until[UNTIL_MAX], tries[64] = "";
	int64_t failed = doc_number(doc, "failed_tries");

	printf("%s%s%s   %s   %s   %s\n", output_bold(c), doc_text(doc, "name"), output_plain(c),
		doc_text(doc, "state"), device_until(c, doc, until), doc_text(doc, "enrollment"));
	line("identity", doc_text(doc, "identity"));
	line("owner", doc_text(doc, "owner"));
	object_line(doc);
	certificates_block(c, doc);
	profile_line(doc);
	group_lines(doc);
	line("serial", doc_text(doc, "serial"));
	line("description", doc_text(doc, "description"));
	if (failed > 0)
		snprintf(tries, sizeof(tries), "%lld: wrong password, or somebody in between",
			(long long)failed);
	line("failed tries", tries);
	failure_block(c, doc);
	story_block(c, doc);
}

void device_render_full(struct cmd *c, const json_t *doc)
{
	const json_t *items = doc_list(doc, "items");

	if (!json_is_array(items)) {
		render_one(c, doc);
		return;
	}
	for (size_t i = 0; i < json_array_size(items); i++) {
		if (i)
			printf("\n");
		render_one(c, json_array_get(items, i));
	}
}

static const char *end_of(const struct cmd *c, const json_t *doc, char *buf)
{
	const char *state = doc_text(doc, "state");
	const json_t *certificate = certificate_of(doc);

	if (certificate && !text_equal(state, "pending") && !text_equal(state, "expired"))
		return output_time(c, doc_time(certificate, "not_after"), buf);
	return output_time(c, doc_time(doc, "expires"), buf);
}

static void row(const struct cmd *c, const json_t *item, struct grid *g)
{
	char when[WHEN_MAX];

	grid_add(g, doc_text(item, "name"));
	grid_add(g, doc_text(item, "state"));
	grid_add(g, doc_text(item, "identity"));
	grid_add(g, doc_text(item, "ou"));
	grid_add(g, end_of(c, item, when));
	grid_add(g, doc_text(item, "enrollment"));
	grid_add(g, doc_text(doc_list(item, "last_failure"), "code"));
}

void device_render_list(struct cmd *c, const json_t *doc)
{
	static const char *const head[] = {
		"NAME", "STATE", "IDENTITY", "OU", "UNTIL", "ENROLLMENT", "LAST FAILURE"
	};
	static const struct listing devices = { head, ARRAY_LEN(head), row, "no devices" };

	listing_render(c, doc, &devices);
}
