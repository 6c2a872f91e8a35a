#include <stdio.h>

#include "ctl/link.h"
#include "ctl/output.h"
#include "ctl/table.h"
#include "ctl/when.h"
#include "lib/base/text.h"

enum { LABEL = 11 };

static void line(const char *label, const char *text)
{
	printf("  %-*s %s\n", LABEL, label, text);
}

static void agent_part(struct cmd *c, const json_t *doc)
{
	const json_t *you = doc_list(doc, "you"), *agent = doc_list(doc, "agent");
	const json_t *lost = doc_list(agent, "lost");
	char when[WHEN_MAX];

	printf("  %-*s %s, role %s\n", LABEL, "you", doc_text(you, "user"), doc_text(you, "role"));
	printf("  %-*s enrolld %s, %s, started %s\n", LABEL, "server", doc_text(agent, "version"),
		doc_text(agent, "mode"),
		c->out_tty ? when_ago(doc_time(agent, "started"), c->now, when)
			   : doc_text(agent, "started"));
	for (size_t i = 0; i < json_array_size(lost); i++)
		line(i ? "" : "lost", doc_item(lost, i));
}

static void directory_part(const json_t *doc)
{
	const json_t *d = doc_list(doc, "directory"), *servers = doc_list(d, "servers");

	if (doc_true(d, "answers"))
		printf("  %-*s %s as %s%s%s\n", LABEL, "directory", doc_text(d, "server"),
			doc_text(d, "identity"), *doc_text(d, "vendor") ? ", " : "",
			doc_text(d, "vendor"));
	else
		printf("  %-*s %s  %s %s\n", LABEL, "directory", doc_text(d, "code"),
			doc_text(d, "name"), doc_text(d, "what"));
	for (size_t i = 0; i < json_array_size(servers); i++) {
		const json_t *s = json_array_get(servers, i);

		printf("  %-*s %s, %s, %s%s\n", LABEL, i ? "" : "servers", doc_text(s, "uri"),
			doc_text(s, "bind"), doc_text(s, "channel"),
			strcmp(doc_text(s, "state"), "asked") != 0 ? ", resting after failures"
				: doc_true(s, "in_use")            ? ""
								   : ", DNS names it no more");
	}
}

static void ca_part(struct cmd *c, const json_t *doc)
{
	const json_t *ca = doc_list(doc, "ca"), *chain = doc_list(ca, "certificates");
	const json_t *crl = doc_list(ca, "crl");
	char when[WHEN_MAX];

	for (size_t i = 0; i < json_array_size(chain); i++) {
		const json_t *cert = json_array_get(chain, i);

		printf("  %-*s %s, until %s\n", LABEL, i ? "" : "CA", doc_text(cert, "cn"),
			output_time(c, doc_time(cert, "not_after"), when));
	}
	if (json_is_object(crl))
		printf("  %-*s number %lld, %s, %lld revoked\n", LABEL, "CRL",
			(long long)doc_number(crl, "number"),
			c->out_tty ? when_ago(doc_time(crl, "this_update"), c->now, when)
				   : doc_text(crl, "this_update"),
			(long long)doc_number(crl, "revoked"));
}

static void devices_part(const json_t *doc)
{
	json_t *states = json_object_get(doc, "devices"), *n;
	const char *state;
	int first = 1;

	printf("  %-*s ", LABEL, "devices");
	json_object_foreach(states, state, n)
	{
		if (json_integer_value(n) == 0)
			continue;
		printf("%s%lld %s", first ? "" : ", ", (long long)json_integer_value(n), state);
		first = 0;
	}
	printf("%s\n", first ? "none" : "");
	printf("  %-*s %lld\n", LABEL, "failures", (long long)doc_number(doc, "failures_today"));
}

static void throttles_part(struct cmd *c, const json_t *doc)
{
	const json_t *list = doc_list(doc, "throttled");
	char when[WHEN_MAX];

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);

		printf("  %-*s %s, may try again %s\n", LABEL, i ? "" : "throttled",
			doc_text(item, "network"),
			when_ago(c->now + doc_number(item, "wait_s"), c->now, when));
	}
}

static void work_part(struct cmd *c, const json_t *doc)
{
	const json_t *left = doc_list(doc, "to_finish"), *warnings = doc_list(doc, "warnings");
	char when[WHEN_MAX];

	if (json_array_size(left))
		printf("\nTo finish\n");
	for (size_t i = 0; i < json_array_size(left); i++) {
		const json_t *item = json_array_get(left, i);

		printf("  %s  %s  %s, to %s, since %s  %s %s\n", doc_text(item, "device"),
			doc_text(item, "enrollment"), doc_text(item, "state"),
			doc_text(item, "work"), output_time(c, doc_time(item, "since"), when),
			doc_text(item, "code"), doc_text(item, "name"));
	}
	if (json_array_size(warnings))
		printf("\nNeeds attention\n");
	for (size_t i = 0; i < json_array_size(warnings); i++)
		printf("  *  %s\n", doc_item(warnings, i));
}

static void render(struct cmd *c, const json_t *doc)
{
	agent_part(c, doc);
	directory_part(doc);
	ca_part(c, doc);
	devices_part(doc);
	throttles_part(c, doc);
	work_part(c, doc);
}

static int run(struct cmd *c, struct fail *f)
{
	json_t *doc = NULL;
	int rc;

	if (link_call(c, "status", json_object(), &doc, f) < 0)
		return -1;
	rc = cmd_result(c, doc, render, f);
	json_decref(doc);
	return rc;
}

const struct command command_status = {
	.verb = "status",
	.words = "",
	.role = "auditor",
	.summary = "who you are, directory, CA, devices by state, what needs attention",
	.example = { "enrollctl status", "enrollctl status -o json" },
	.run = run,
};
