/* Enrolld.DeviceName: the host name, now and from the next start on. */
#include "client/apply.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/put.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"
#include "lib/wire/wapdoc_names.h"

#define HOST_NAME_FILE "/etc/hostname"
#define HOSTS_FILE "/etc/hosts"
#define OWN_ADDRESS "127.0.1.1"

static void lower(char *t)
{
	for (; *t; t++)
		*t = (char)tolower((unsigned char)*t);
}

static int look(struct apply *a, const struct wapdoc_node *n, struct fail *f)
{
	const char *label, *fqdn, *domain = wapdoc_value(n, WAPDOC_DNS_DOMAIN);

	if (apply_value(n, WAPDOC_DEVICE_LABEL, text_is_label, &label, f) < 0 ||
		apply_value(n, WAPDOC_FQDN, text_is_hostname, &fqdn, f) < 0)
		return -1;
	if (domain != NULL && !text_is_hostname(domain))
		return fail(f, ENR_DOCUMENT_INVALID, "%s is not usable", WAPDOC_DNS_DOMAIN);
	text_free(&a->state->name);
	text_free(&a->state->fqdn);
	a->state->name = mem_text(label);
	a->state->fqdn = mem_text(fqdn);
	lower(a->state->fqdn);
	if (domain != NULL && a->state->dns_domain == NULL)
		a->state->dns_domain = mem_text(domain);
	return 0;
}

/* What the machine is called now: the kernel's word if it is this machine, else the file's. */
static void name_now(struct apply *a, char *out, size_t size)
{
	autoclean(text_free) char *path = place_path(a->place, HOST_NAME_FILE);
	autoclean(bytes_free) struct bytes data = BYTES_INIT;

	snprintf(out, size, "(none)");
	if (a->place->live) {
		if (gethostname(out, size - 1) < 0)
			snprintf(out, size, "(none)");
		out[size - 1] = '\0';
		return;
	}
	if (put_read(path, &data, NULL, NULL) == 1 && data.len > 0) {
		snprintf(out, size, "%.*s", (int)strcspn((char *)data.data, "\n"),
			(char *)data.data);
		if (!text_is_hostname(out))
			snprintf(out, size, "(none)");
	}
}

/* Does a line of hosts (not a comment) have this name? */
static int hosts_know(const char *text, const char *name)
{
	autoclean(text_free) char *copy = mem_text(text);
	char *rest = copy, *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		char *word;

		line[strcspn(line, "#")] = '\0';
		line += strcspn(line, " \t"); /* the address */
		while (line != NULL && (word = strsep(&line, " \t")) != NULL)
			if (text_equal_ci(word, name))
				return 1;
	}
	return 0;
}

/* The own name must resolve without a network. Where there is no hosts file, NSS has other ways. */
static int add_to_hosts(struct apply *a, struct fail *f)
{
	autoclean(text_free) char *path = place_file(a->place, HOSTS_FILE);
	autoclean(text_free) char *label = mem_text(a->state->name);
	autoclean(bytes_free) struct bytes data = BYTES_INIT;
	autoclean(str_free) struct str text = STR_INIT(PUT_MAX);
	struct bytes out;
	int there = put_read(path, &data, NULL, f);

	if (there <= 0)
		return there;
	if (hosts_know((char *)data.data, a->state->fqdn))
		return 0;
	lower(label);
	str_add(&text, data.data, data.len);
	if (data.len > 0 && data.data[data.len - 1] != '\n')
		str_char(&text, '\n');
	str_printf(&text, OWN_ADDRESS "\t%s %s\n", a->state->fqdn, label);
	if (text.overflow)
		return fail(f, ENR_APPLY_FAILED, "%s is too large", HOSTS_FILE);
	out = (struct bytes){ (uint8_t *)text.data, text.len };
	return journal_put(a->journal, HOSTS_FILE, &out, 0644, f);
}

static int apply(struct apply *a, const struct wapdoc_node *n, struct str *words, struct fail *f)
{
	autoclean(text_free) char *name = mem_text(a->state->fqdn);
	autoclean(text_free) char *line = NULL;
	struct bytes data;
	char before[256];
	int set;

	(void)n;
	if (strlen(name) > HOST_NAME_MAX)
		name[strcspn(name, ".")] = '\0';
	line = mem_printf("%s\n", name);
	data = (struct bytes){ (uint8_t *)line, strlen(line) };
	name_now(a, before, sizeof(before));
	if (journal_put(a->journal, HOST_NAME_FILE, &data, 0644, f) < 0 ||
		journal_host_name(a->journal, name, &set, f) < 0 || add_to_hosts(a, f) < 0)
		return -1;
	if (text_equal(before, name))
		str_printf(words, "%s, as before", name);
	else
		str_printf(words, "%.64s -> %s%s", before, name,
			set ? "" : ", from the next start on");
	return 0;
}

const struct section section_device_name = {
	.type = WAPDOC_DEVICE_NAME,
	.name = "DeviceName",
	.label = "Name",
	.look = look,
	.apply = apply,
};
