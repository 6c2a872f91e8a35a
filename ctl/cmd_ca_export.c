#include <stdio.h>
#include <string.h>

#include "ctl/ca_files.h"
#include "ctl/output.h"
#include "ctl/table.h"
#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/base/text.h"

#define EXPORT_MAX 65536

static const struct cmd_option options[] = {
	CA_FILES_OPTIONS,
	{ "format", 0, OPTION_WORD, "pem|der|pkcs7", "how it is written (pem)" },
	{ "out", 0, OPTION_TEXT, "PATH",
		"a file that does not exist; for der a folder (standard output, not for der)" },
};

/* DER holds one certificate: a file each. */
static const char *const der_files[] = { "root.crt", "devices.crt", "services.crt" };

static int write_der(const struct cert_list *list, const char *out, struct fail *f)
{
	if (out == NULL)
		return fail(f, ENR_USAGE, "--format der writes three files; --out names a folder");
	if (file_mkdirs(out, 0755, f) < 0)
		return -1;
	for (size_t i = 0; i < list->n && i < ARRAY_LEN(der_files); i++) {
		autoclean(text_free) char *path = file_join(out, der_files[i]);

		if (file_create(path, list->der[i].data, list->der[i].len, 0644, f) < 0)
			return -1;
	}
	return 0;
}

static int write_text(const struct cert_list *list, const char *format, struct str *text,
	struct fail *f)
{
	if (text_equal(format, "pkcs7"))
		return cert_list_pkcs7(list, text, f);
	for (size_t i = 0; i < list->n; i++)
		cert_pem_add(list->der[i].data, list->der[i].len, text);
	return text->overflow ? fail(f, ENR_INTERNAL, "the export does not fit") : 0;
}

/* Lines, so that a JSON reader joins them and a terminal gets them one by one. */
static json_t *lines_of(const char *text)
{
	json_t *lines = json_array();

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		json_array_append_new(lines, json_stringn(text, len));
		text += len + (text[len] == '\n');
	}
	return lines;
}

static json_t *uses_json(void)
{
	json_t *list = json_array();
	size_t n;
	const struct ca_use *uses = ca_uses(&n);

	for (size_t i = 0; i < n; i++)
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s}", "who", uses[i].who, "where",
				      uses[i].where, "allows", uses[i].allows));
	return list;
}

static void say_uses(const struct cmd *c)
{
	size_t n;
	const struct ca_use *uses = ca_uses(&n);

	cmd_say(c, "Where it goes, and what trusting it there allows:");
	for (size_t i = 0; i < n; i++)
		cmd_say(c, "  %-17s %s\n  %-17s allows %s", uses[i].who, uses[i].where, "",
			uses[i].allows);
}

static void render(struct cmd *c, const json_t *doc)
{
	const json_t *lines = doc_list(doc, "lines");

	for (size_t i = 0; i < json_array_size(lines); i++)
		printf("%s\n", json_string_value(json_array_get(lines, i)));
	if (*doc_text(doc, "out"))
		cmd_say(c, "Written to %s.", doc_text(doc, "out"));
	say_uses(c);
}

static int run(struct cmd *c, struct fail *f)
{
	autoclean(ca_files_free) struct ca_files files = { 0 };
	autoclean(cert_list_free) struct cert_list list = { 0 };
	autoclean(str_free) struct str text = STR_INIT(EXPORT_MAX);
	const char *format = cmd_text(c, "format"), *out = cmd_text(c, "out");
	json_t *doc;
	int rc = 0;

	if (format == NULL)
		format = "pem";
	if (ca_files_find(c, &files, f) < 0 || ca_files_load(&files, &list, f) < 0)
		return -1;
	if (text_equal(format, "der"))
		rc = write_der(&list, out, f);
	else
		rc = write_text(&list, format, &text, f);
	if (rc == 0 && out != NULL && text.len > 0)
		rc = file_create(out, str_text(&text), text.len, 0644, f);
	if (rc < 0)
		return -1;
	doc = json_pack("{s:s, s:i, s:s, s:s?, s:o, s:o}", "kind", "ca_export", "version", 1,
		"format", format, "out", out, "lines",
		out ? json_array() : lines_of(str_text(&text)), "uses", uses_json());
	rc = cmd_result(c, doc, render, f);
	json_decref(doc);
	return rc;
}

const struct command command_ca_export = {
	.noun = "ca",
	.verb = "export",
	.words = "",
	.role = "root",
	.summary = "root and issuing CAs for others to trust, and what that would allow",
	.about = "Root, devices CA, services CA, in this order. No key is ever exported.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.example = { "enrollctl ca export > example-ca.pem",
		"enrollctl ca export --format pkcs7 --out example-ca.p7b" },
	.flags = COMMAND_LOCAL,
	.run = run,
};
