/* The rights are set from here, with a log-in of the admin's own: enrolld tells the plan and, after
 * that, what it then has. The password is asked for once and lies in memory that only this process
 * can name, until the log-in is over. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "ctl/delegation.h"
#include "ctl/link.h"
#include "ctl/output.h"
#include "ctl/request.h"
#include "ctl/table.h"
#include "ldap/dir.h"
#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/base/text.h"

enum { NAME_MAX_LEN = 512,
	PASSWORD_MAX = 1000,
	TIMEOUT = 30 };

static const struct cmd_option options[] = {
	{ "ou", 0, OPTION_TEXT, "OU", "this OU alone (DN, canonical path or GUID)" },
	{ "admin", 0, OPTION_TEXT, "NAME", "who logs in to the directory: UPN or DN" },
	{ "admin-password-file", 0, OPTION_TEXT, "FILE",
		"with the password in its first line (0600); - is standard input" },
};

/* A file that has no name: closed, it is gone. */
struct secret {
	int fd;
	char path[64];
};

static void secret_close(struct secret *s)
{
	static const char zeros[PASSWORD_MAX + 1];

	/* It may only fail where nothing was written. */
	ssize_t n = s->fd >= 0 ? pwrite(s->fd, zeros, sizeof(zeros), 0) : 0;

	(void)n;
	fd_close(&s->fd);
}

static int secret_keep(struct secret *s, const struct bytes *password, struct fail *f)
{
	size_t len = password->len;

	while (len > 0 && (password->data[len - 1] == '\n' || password->data[len - 1] == '\r'))
		len--;
	if (len == 0 || len > PASSWORD_MAX)
		return fail(f, ENR_USAGE, "the password must be one line of 1 to %d octets",
			PASSWORD_MAX);
	s->fd = memfd_create("password", MFD_CLOEXEC);
	if (s->fd < 0 || fchmod(s->fd, 0600) < 0 ||
		write(s->fd, password->data, len) != (ssize_t)len)
		return fail_errno(f, ENR_FILE_FAILED, "memory for the password");
	snprintf(s->path, sizeof(s->path), "/proc/self/fd/%d", s->fd);
	return 0;
}

/* A line typed at the terminal, without echo. */
static int type_password(struct bytes *out, struct fail *f)
{
	struct termios before, quiet;
	char line[PASSWORD_MAX + 2] = "";
	char *got;

	fprintf(stderr, "Password: ");
	fflush(stderr);
	if (tcgetattr(STDIN_FILENO, &before) < 0)
		return fail_errno(f, ENR_USAGE, "the terminal");
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	got = fgets(line, sizeof(line), stdin);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	fputc('\n', stderr);
	if (got == NULL)
		return fail(f, ENR_NOT_CONFIRMED, "no password");
	bytes_set(out, (const uint8_t *)line, strlen(line));
	mem_wipe(line, sizeof(line));
	return 0;
}

static int ask_name(struct cmd *c, char name[NAME_MAX_LEN], struct fail *f)
{
	const char *given = cmd_text(c, "admin");

	if (given != NULL) {
		snprintf(name, NAME_MAX_LEN, "%s", given);
		return 0;
	}
	if (!c->in_tty)
		return fail(f, ENR_USAGE, "--admin NAME is missing: who logs in to the directory");
	fprintf(stderr, "Directory admin, used once and not kept: ");
	fflush(stderr);
	if (fgets(name, NAME_MAX_LEN, stdin) == NULL)
		return fail(f, ENR_NOT_CONFIRMED, "no name");
	name[strcspn(name, "\n")] = '\0';
	return *name ? 0 : fail(f, ENR_NOT_CONFIRMED, "no name");
}

static int ask_password(struct cmd *c, struct secret *s, struct fail *f)
{
	autoclean(bytes_wipe) struct bytes password = BYTES_INIT;
	const char *file = cmd_text(c, "admin-password-file");
	int rc;

	if (file == NULL && !c->in_tty)
		return fail(f, ENR_USAGE, "--admin-password-file FILE is missing");
	if (file == NULL)
		rc = type_password(&password, f);
	else if (strcmp(file, "-") == 0)
		rc = file_read_fd(STDIN_FILENO, PASSWORD_MAX + 2, &password, f);
	else
		rc = file_is_private(file, f) < 0 ? -1
						  : file_read(file, PASSWORD_MAX + 2, &password, f);
	return rc < 0 ? -1 : secret_keep(s, &password, f);
}

/* For whoever may: the first form of each command of the plan. */
static void print_commands(const json_t *doc)
{
	const json_t *items = doc_list(doc, "items");

	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *commands = doc_list(json_array_get(items, i), "commands");
		const char *text = doc_item(commands, 0);

		output_text(text);
		if (strchr(text, '\n') != NULL)
			printf("\n"); /* between two changes of LDIF */
	}
}

/* The plan is carried out; *changed rights were set. */
static int carry_out(struct cmd *c, const json_t *doc, size_t *changed, struct fail *f)
{
	autoclean(delegation_copy_clear) struct delegation_copy copy = { .ou = NULL };
	autoclean(secret_close) struct secret secret = { .fd = -1 };
	autoclean(dir_close) struct dir *d = NULL;
	char name[NAME_MAX_LEN];
	struct dir_config config = { .bind = "simple",
		.bind_dn = name,
		.password_file = secret.path,
		.timeout = TIMEOUT,
		.connections = 1 };

	if (ask_name(c, name, f) < 0 || ask_password(c, &secret, f) < 0)
		return -1;
	delegation_copy_read(doc, &copy);
	config.uri = copy.server;
	config.n_uri = copy.n_server;
	config.domain = json_string_value(json_object_get(doc, "domain"));
	config.site = json_string_value(json_object_get(doc, "site"));
	/* Also where Kerberos seals the log-in of the server itself: a password needs TLS. */
	config.starttls = 1;
	config.ca_file = json_string_value(json_object_get(doc, "ca_file"));
	d = dir_open(&config, f);
	if (d == NULL)
		return -1;
	if (delegation_apply(d, &copy.plan, c->dry_run, changed, f) == 0)
		return 0;
	/* Who could not log in is the admin, not the server's account. */
	if (f->code == ENR_DIRECTORY_CREDENTIALS)
		f->code = ENR_ADMIN_CREDENTIALS;
	if (c->format == FORMAT_TABLE && f->code == ENR_RIGHTS_DENIED)
		print_commands(doc);
	return -1;
}

static void render(struct cmd *c, const json_t *doc)
{
	long long changed = doc_number(doc, "rights_set");
	const json_t *after = json_object_get(doc, "after");

	if (c->dry_run) {
		printf("%lld %s would be set. Nothing was written.\n", changed,
			changed == 1 ? "right" : "rights");
		return;
	}
	if (changed == 0)
		printf("unchanged: every right of the plan is set already.\n");
	else
		printf("%lld %s set, then read back:\n", changed,
			changed == 1 ? "right" : "rights");
	delegation_render(c, after);
}

static json_t *done_document(const struct cmd *c, size_t changed)
{
	return json_pack("{s:s, s:i, s:b, s:b, s:I, s:n}", "kind", "delegation_apply", "version", 1,
		"changed", changed > 0, "dry_run", c->dry_run, "rights_set", (json_int_t)changed,
		"after");
}

static int run(struct cmd *c, struct fail *f)
{
	json_t *in = delegation_request(c), *plan = NULL, *after = NULL, *doc;
	size_t changed = 0;
	int rc;

	json_object_set_new(in, "dry_run", json_boolean(c->dry_run));
	request_text(in, "note", c->note);
	if (link_call(c, "delegation/apply", in, &plan, f) < 0)
		return -1;
	rc = carry_out(c, plan, &changed, f);
	json_decref(plan);
	if (rc < 0)
		return -1;
	doc = done_document(c, changed);
	if (!c->dry_run) {
		rc = link_call(c, "delegation/verify", delegation_request(c), &after, f);
		if (rc == 0)
			json_object_set_new(doc, "after", after);
	}
	if (rc == 0)
		rc = cmd_result(c, doc, render, f);
	if (rc == 0 && !c->dry_run) {
		rc = delegation_verdict(after, f);
		c->told = 1;
	}
	json_decref(doc);
	return rc;
}

const struct command command_delegation_apply = {
	.noun = "delegation",
	.verb = "apply",
	.words = "",
	.role = "admin",
	.summary = "set the rights of the plan, with an admin's log-in used once",
	.about = "Logs in to the directory itself: the password is asked for without echo, is not\n"
		 "kept and never reaches enrolld. Only adds what is missing; takes nothing away.\n"
		 "Then the rights are read back as the server's account has them.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.example = {
		"enrollctl delegation apply --admin Administrator@CORP.EXAMPLE.COM",
		"enrollctl delegation apply --ou \"corp.example.com/Managed Devices/Sales\"",
	},
	.flags = COMMAND_CHANGES,
	.name_field = "rights_set",
	.run = run,
};
