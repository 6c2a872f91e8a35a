#include <stdio.h>

#include "ctl/output.h"
#include "ctl/table.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

static const struct cmd_option options[] = {
	{ "flavour", 0, OPTION_WORD, "openldap|389ds|ad",
		"for which directory, as in [directory] flavour (openldap)" },
	{ "format", 0, OPTION_WORD, "ldif|schema",
		"for cn=config, or for slapd.conf of OpenLDAP (ldif)" },
};

static const char openldap[] =
#include "build/gen/schema/openldap/enrolld.ldif.inc"
	;
static const char openldap_classic[] =
#include "build/gen/schema/openldap/enrolld.schema.inc"
	;
static const char ds389[] =
#include "build/gen/schema/389ds/99enrolld.ldif.inc"
	;

static const struct {
	const char *flavour, *format, *text;
} schemas[] = {
	{ "openldap", "ldif", openldap },
	{ "openldap", "schema", openldap_classic },
	{ "389ds", "ldif", ds389 },
	/* Active Directory has all that a computer needs. */
	{ "ad", "ldif", "" },
};

/* What the options ask for; -1: there is no such thing. */
static int row_of(const struct cmd *c)
{
	const char *flavour = cmd_text(c, "flavour"), *format = cmd_text(c, "format");

	for (size_t i = 0; i < ARRAY_LEN(schemas); i++)
		if (text_equal(schemas[i].flavour, flavour ? flavour : "openldap") &&
			text_equal(schemas[i].format, format ? format : "ldif"))
			return (int)i;
	return -1;
}

static void render(struct cmd *c, const json_t *doc)
{
	(void)doc;
	fputs(schemas[row_of(c)].text, stdout);
}

static int run(struct cmd *c, struct fail *f)
{
	int i = row_of(c), rc;
	json_t *doc;

	if (i < 0)
		return fail(f, ENR_USAGE, "--format schema is for --flavour openldap");
	doc = json_pack("{s:s, s:i, s:s, s:s, s:s}", "kind", "schema", "version", 1, "flavour",
		schemas[i].flavour, "format", schemas[i].format, "text", schemas[i].text);
	rc = cmd_result(c, doc, render, f);
	json_decref(doc);
	return rc;
}

const struct command command_schema_print = {
	.noun = "schema",
	.verb = "print",
	.words = "",
	.role = "anyone",
	.summary = "LDAP schema for the directory, ready to load; nothing for Active Directory",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.example = {
		"enrollctl schema print | ldapadd -Y EXTERNAL -H ldapi:///",
		"enrollctl schema print --flavour 389ds > 99enrolld.ldif",
	},
	.flags = COMMAND_LOCAL,
	.name_field = "flavour",
	.run = run,
};
