#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ctl/device_text.h"
#include "ctl/link.h"
#include "ctl/output.h"
#include "ctl/request.h"
#include "ctl/table.h"
#include "ctl/when.h"

/* Nobody expects it, but somebody tried: say what came from there. */
static void tell_attempts(struct cmd *c, const char *device, const json_t *attempts)
{
	size_t n = json_array_size(attempts);
	const json_t *near;
	char when[WHEN_MAX];

	fprintf(stderr, "No device matches %s. %zu attempt%s %s today:\n", device, n,
		n == 1 ? "" : "s",
		strncasecmp(device, "A-", 2) == 0 ? "had that number"
			: strchr(device, '@')     ? "gave that address"
						  : "came from there");
	for (size_t i = 0; i < n; i++) {
		json_t *a = doc_printable(json_array_get(attempts, i));

		fprintf(stderr, "  %s  %s  %s  %s %s\n", doc_text(a, "attempt"),
			c->out_tty ? when_clock(doc_time(a, "time"), when) : doc_text(a, "time"),
			doc_text(a, "identity"), doc_text(a, "code"), doc_text(a, "name"));
		if (*doc_text(a, "detail"))
			fprintf(stderr, "    what  %s\n", doc_text(a, "detail"));
		near = doc_list(a, "nearest");
		if (json_is_object(near))
			fprintf(stderr, "    do  ask for the spelling; %s is expected (%s)\n",
				doc_text(near, "identity"), doc_text(near, "device"));
		else if (*doc_text(a, "do"))
			fprintf(stderr, "    do  %s\n", doc_text(a, "do"));
		json_decref(a);
	}
}

static int run(struct cmd *c, struct fail *f)
{
	json_t *in = json_object(), *doc = NULL;
	const json_t *attempts;
	int rc;

	request_text(in, "device", cmd_word(c, 0));
	rc = link_call(c, "device/show", in, &doc, f);
	attempts = doc_list(doc_list(c->agent_error, "details"), "attempts");
	if (rc < 0 && f->code == ENR_DEVICE_NOT_FOUND && json_array_size(attempts) > 0 &&
		(c->format == FORMAT_TABLE || c->format == FORMAT_NAME)) {
		tell_attempts(c, cmd_word(c, 0), attempts);
		c->told = 1;
	}
	if (rc == 0)
		rc = cmd_result(c, doc, device_render_full, f);
	json_decref(doc);
	return rc;
}

const struct command command_device_show = {
	.noun = "device",
	.verb = "show",
	.words = "DEVICE",
	.least = 1,
	.most = 1,
	.role = "auditor",
	.summary = "everything about one device, its last failure and what to do",
	.about = "DEVICE is a name, E- or A- number, e-mail address, serial number of the device\n"
		 "or of a certificate, or the IP address of its last attempt. All that match are\n"
		 "shown.",
	.example = {
		"enrollctl device show LT-0042",
		"enrollctl device show A-7K3M-Q9TD",
	},
	.run = run,
};
