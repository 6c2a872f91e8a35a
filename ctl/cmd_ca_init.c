#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/ca/ca.h"
#include "ctl/ca_files.h"
#include "ctl/output.h"
#include "ctl/table.h"
#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/base/text.h"

#define NAMES_MAX 64
#define PASSPHRASE_MAX 1000

static const struct cmd_option options[] = {
	{ "server-name", 0, OPTION_LIST, "NAME",
		"name devices connect to (public-name of the listeners)" },
	{ "suffix", 0, OPTION_LIST, "DOMAIN", "DNS suffix of devices (suffix of the OUs)" },
	{ "root-key", 0, OPTION_TEXT, "FILE", "where the root's key goes; take it offline then" },
	{ "root-key-password-file", 0, OPTION_TEXT, "FILE",
		"passphrase of the root's key; - is standard input" },
	{ "root-key-plain", 0, OPTION_FLAG, NULL, "leave the root's key without a passphrase" },
	{ "crl-url", 0, OPTION_TEXT, "URL",
		"http address of the revocation list (crl-url of the configuration)" },
	{ "organization", 0, OPTION_TEXT, "NAME", "what the CA is called (the first suffix)" },
	{ "key-type", 0, OPTION_WORD, "p256|rsa3072",
		"keys of root and issuing CAs (rsa3072 for flavour = ad, else p256)" },
	CA_FILES_OPTIONS,
};

/* Names of an option, or where there are none, of the configuration. */
struct names {
	const char *name[NAMES_MAX];
	size_t n;
};

static void name_add(struct names *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++) {
		if (text_equal_ci(list->name[i], name))
			return;
	}
	if (list->n < NAMES_MAX)
		list->name[list->n++] = name;
}

static int names_given(struct cmd *c, const char *option, struct names *list, struct fail *f)
{
	size_t n;
	const char *const *given = cmd_list(c, option, &n);

	if (n > NAMES_MAX)
		return fail(f, ENR_USAGE, "more than %d of --%s", NAMES_MAX, option);
	for (size_t i = 0; i < n; i++)
		name_add(list, given[i]);
	return 0;
}

static void names_configured(const struct conf *conf, struct names *server, struct names *suffix)
{
	for (size_t i = 0; server->n == 0 && i < conf->n_listener; i++) {
		const struct conf_list *l = &conf->listener[i].public_name;

		for (size_t k = 0; conf->listener[i].serves_enroll && k < l->n; k++)
			name_add(server, l->item[k]);
	}
	if (suffix->n > 0)
		return;
	for (size_t i = 0; i < conf->n_ou; i++) {
		if (conf->ou[i].suffix != NULL)
			name_add(suffix, conf->ou[i].suffix);
	}
}

/* One line of a file, without its end. */
static int passphrase_read(const char *path, struct bytes *out, struct fail *f)
{
	int stdin_meant = strcmp(path, "-") == 0;
	int rc;

	if (stdin_meant)
		rc = file_read_fd(STDIN_FILENO, PASSPHRASE_MAX + 2, out, f);
	else
		rc = file_is_private(path, f) < 0 ? -1
						  : file_read(path, PASSPHRASE_MAX + 2, out, f);
	if (rc < 0)
		return fail_in(f, "passphrase");
	if (out->len > 0 && out->data[out->len - 1] == '\n')
		out->data[--out->len] = '\0';
	if (out->len > 0 && out->data[out->len - 1] == '\r')
		out->data[--out->len] = '\0';
	if (out->len == 0 || out->len > PASSPHRASE_MAX ||
		text_has_control((char *)out->data, out->len))
		return fail(f, ENR_USAGE, "the passphrase must be one line of 1 to %d octets",
			PASSPHRASE_MAX);
	return 0;
}

/* Domain controllers refuse a chain with another key in it. */
static int key_kind(struct cmd *c, const struct conf *conf, struct ca_plan *plan, struct fail *f)
{
	const char *kind = cmd_text(c, "key-type");
	int rsa = conf != NULL && text_equal(conf->flavour, "ad");

	plan->kind = kind != NULL ? key_kind_find(kind) : rsa ? KEY_RSA3072
							      : KEY_P256;
	if (rsa && plan->kind != KEY_RSA3072)
		return fail(f, ENR_CA_NOT_RSA, "--key-type %s, and [directory] flavour is ad",
			kind);
	return 0;
}

static int key_options(struct cmd *c, struct ca_plan *plan, struct bytes *passphrase,
	struct fail *f)
{
	const char *file = cmd_text(c, "root-key-password-file");

	plan->root_key_file = cmd_text(c, "root-key");
	if (plan->root_key_file == NULL)
		return fail(f, ENR_USAGE, "--root-key FILE is missing: where the root's key goes");
	if ((file != NULL) == (cmd_flag(c, "root-key-plain") != 0))
		return fail(f, ENR_USAGE, "--root-key-password-file FILE, or --root-key-plain");
	if (file == NULL)
		return 0;
	if (passphrase_read(file, passphrase, f) < 0)
		return -1;
	plan->root_key_passphrase = (const char *)passphrase->data;
	return 0;
}

static void render_plan(struct cmd *c, const json_t *doc)
{
	(void)c;
	printf("A CA would be made in %s.\n", doc_text(doc, "dir"));
}

static void render_made(struct cmd *c, const json_t *doc)
{
	printf("A CA was made in %s.\n\n", doc_text(doc, "dir"));
	ca_files_render(c, doc);
	printf("\nLeft for you\n");
	printf("  *  Move %s offline. enrolld does not need it.\n", doc_text(doc, "root_key_file"));
	if (*doc_text(doc, "crl_url"))
		printf("  *  Put into [ca] of the configuration: crl-url = %s\n",
			doc_text(doc, "crl_url"));
	printf("  *  Tell RADIUS, VPN and web servers to trust the devices CA: "
	       "enrollctl ca export\n");
}

static int show(struct cmd *c, const struct ca_files *files, const struct ca_plan *plan,
	struct fail *f)
{
	json_t *doc = c->dry_run
		? json_pack("{s:s, s:i, s:b, s:b, s:s, s:[], s:[]}", "kind", "ca", "version", 1,
			  "changed", 1, "dry_run", 1, "dir", files->dir, "certificates", "crls")
		: ca_files_doc(files, 1, f);
	const char *known = files->conf ? files->conf->crl_url : NULL;
	int rc;

	if (doc == NULL)
		return -1;
	json_object_set_new(doc, "root_key_file", json_string(plan->root_key_file));
	json_object_set_new(doc, "crl_url",
		plan->crl_url && !text_equal(plan->crl_url, known) ? json_string(plan->crl_url)
								   : json_null());
	rc = cmd_result(c, doc, c->dry_run ? render_plan : render_made, f);
	json_decref(doc);
	return rc;
}

static int run(struct cmd *c, struct fail *f)
{
	autoclean(ca_files_free) struct ca_files files = { 0 };
	autoclean(bytes_wipe) struct bytes passphrase = BYTES_INIT;
	struct names server = { .n = 0 }, suffix = { .n = 0 };
	struct ca_plan plan = { .organization = cmd_text(c, "organization") };
	struct ca_made made;

	if (ca_files_find(c, &files, f) < 0 || names_given(c, "server-name", &server, f) < 0 ||
		names_given(c, "suffix", &suffix, f) < 0 ||
		key_options(c, &plan, &passphrase, f) < 0 ||
		key_kind(c, files.conf, &plan, f) < 0)
		return -1;
	plan.crl_url = cmd_text(c, "crl-url");
	if (files.conf != NULL) {
		names_configured(files.conf, &server, &suffix);
		if (plan.crl_url == NULL)
			plan.crl_url = files.conf->crl_url;
	}
	plan.dir = files.dir;
	plan.server_names = server.name;
	plan.n_server_names = server.n;
	plan.suffixes = suffix.name;
	plan.n_suffixes = suffix.n;
	if (c->dry_run ? ca_plan_check(&plan, f) < 0 : ca_make(&plan, &made, f) < 0)
		return -1;
	return show(c, &files, &plan, f);
}

const struct command command_ca_init = {
	.noun = "ca",
	.verb = "init",
	.words = "",
	.role = "root",
	.summary = "make a root, its issuing CAs and the first TLS certificate",
	.about = "The issuing CA for services may sign only the server's names, the one for\n"
		 "devices only names below the suffixes. The root's key goes to the file you\n"
		 "name; enrolld never needs it.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.example = {
		"enrollctl ca init --root-key /media/usb/root.key --root-key-password-file -",
		"enrollctl ca init --server-name enroll.example.com --suffix corp.example.com "
		"--root-key root.key --root-key-plain --dir ca",
	},
	.flags = COMMAND_CHANGES | COMMAND_LOCAL,
	.run = run,
};
