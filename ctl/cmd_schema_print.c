#include <stdio.h>

#include "ctl/output.h"
#include "ctl/table.h"
#include "lib/base/clean.h"

static const struct cmd_option options[] = {
	{ "format", 0, OPTION_WORD, "ldif|schema", "for cn=config, or for slapd.conf (ldif)" },
};

static const char ldif[] =
#include "build/gen/schema/openldap/enrolld.ldif.inc"
	;
static const char schema[] =
#include "build/gen/schema/openldap/enrolld.schema.inc"
	;

static void render(struct cmd *c, const json_t *doc)
{
	const char *format = cmd_text(c, "format");

	(void)doc;
	fputs(format && format[0] == 's' ? schema : ldif, stdout);
}

static int run(struct cmd *c, struct fail *f)
{
	const char *format = cmd_text(c, "format");
	int classic = format && format[0] == 's';
	json_t *doc = json_pack("{s:s, s:i, s:s, s:s, s:s}", "kind", "schema", "version", 1,
		"flavour", "openldap", "format", classic ? "schema" : "ldif", "text",
		classic ? schema : ldif);
	int rc = cmd_result(c, doc, render, f);

	json_decref(doc);
	return rc;
}

const struct command command_schema_print = {
	.noun = "schema",
	.verb = "print",
	.words = "",
	.role = "anyone",
	.summary = "LDAP schema for OpenLDAP, ready to load",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.example = {
		"enrollctl schema print | ldapadd -Y EXTERNAL -H ldapi:///",
		"enrollctl schema print --format schema",
	},
	.flags = COMMAND_LOCAL,
	.name_field = "flavour",
	.run = run,
};
