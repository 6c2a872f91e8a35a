#include "ctl/switch_text.h"

#include <stdio.h>
#include <string.h>

#include "ctl/device_text.h"
#include "ctl/output.h"
#include "ctl/when.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

/* What the directory is told, for people. */
static const struct {
	const char *work, *label, *text;
} works[] = {
	{ "disable", "object", "disabled" },
	{ "enable", "object", "enabled" },
	{ "new-password", "account", "machine password new, known to nobody" },
	{ "remove", "object", "deleted" },
};

static void step(const char *label, const char *text, const char *how)
{
	printf("  %-13s %-55s %s\n", label, text, how);
}

static void directory_steps(const json_t *effect)
{
	const json_t *list = doc_list(effect, "directory");
	long long children = doc_number(effect, "children");
	char text[128];

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *o = json_array_get(list, i);

		for (size_t k = 0; k < ARRAY_LEN(works); k++) {
			if (!text_equal(works[k].work, doc_text(o, "work")))
				continue;
			snprintf(text, sizeof(text), "%s", works[k].text);
			if (children > 0)
				snprintf(text, sizeof(text), "%s, with %lld below it",
					works[k].text, children);
			step(works[k].label, text, doc_text(o, "result"));
		}
	}
}

void switch_render(struct cmd *c, const json_t *doc, const char *certificates)
{
	const json_t *effect = doc_list(doc, "effect");
	int dry = doc_true(doc, "dry_run");
	const char *reason = doc_text(effect, "reason");
	char text[128];

	if (!doc_true(doc, "changed")) {
		device_render_line(c, doc);
		directory_steps(effect);
		return;
	}
	printf("%s%s%s, %s\n", output_bold(c), doc_text(doc, "name"), output_plain(c),
		doc_text(doc, "enrollment"));
	snprintf(text, sizeof(text), "%lld %s%s%s%s", (long long)doc_number(effect, "certificates"),
		certificates, *reason ? " (" : "", reason, *reason ? ")" : "");
	step("certificate", text, dry ? "would be" : "done");
	if (doc_number(effect, "crl_number") > 0) {
		snprintf(text, sizeof(text), "number %lld published",
			(long long)doc_number(effect, "crl_number"));
		step("CRL", text, "done");
	} else if (!dry && doc_number(effect, "certificates") > 0) {
		step("CRL", "not published yet", "to finish");
	}
	directory_steps(effect);
}

void switch_about(struct cmd *c, const json_t *would)
{
	const char *owner = doc_text(would, "owner");
	char day[WHEN_MAX];

	if (!c->yes && c->in_tty)
		fprintf(stderr, "%s, %s %s, enrolled %s\n", doc_text(would, "name"),
			*owner ? "owner" : "for", *owner ? owner : doc_text(would, "identity"),
			when_day(doc_time(would, "enrolled"), day));
}
