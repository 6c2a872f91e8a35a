#include "ctl/request.h"

#include <stdio.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"

void request_text(json_t *in, const char *member, const char *value)
{
	json_object_set_new(in, member, value ? json_string(value) : json_null());
}

void request_seconds(json_t *in, const char *member, int64_t seconds)
{
	json_object_set_new(in, member, seconds ? json_integer(seconds) : json_null());
}

int request_moment(struct cmd *c, json_t *in, const char *option, int back, struct fail *f)
{
	const char *text = cmd_text(c, option);
	char member[64], when[CLOCK_TEXT_MAX];
	int64_t t, seconds;

	snprintf(member, sizeof(member), "%s", option);
	for (char *p = member; *p; p++)
		*p = *p == '-' ? '_' : *p;
	if (text == NULL)
		request_text(in, member, NULL);
	else if (clock_parse(text, &t) == 0)
		request_text(in, member, clock_text(t, when));
	else if (text_duration(text, &seconds) == 0)
		request_text(
			in, member, clock_text(back ? c->now - seconds : c->now + seconds, when));
	else
		return fail(f, ENR_USAGE,
			"--%s: a time looks like 45m, 8h, 14d or 2026-11-23T08:20:11Z", option);
	return 0;
}
