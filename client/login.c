#include "client/login.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/put.h"
#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/base/text.h"

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define NSS_SOCKET "/var/lib/sss/pipes/nss"

/* What has to be there: one of the files, and the packages it comes in. */
static const struct {
	const char *file[3];
	const char *debian, *fedora;
} needs[] = {
	{ { "/usr/sbin/sssd" }, "sssd-common", "sssd-common" },
	{ { "/usr/lib/*/sssd/libsss_ad.so", "/usr/lib64/sssd/libsss_ad.so" }, "sssd-ad",
		"sssd-ad" },
	{ { "/usr/lib/*/libnss_sss.so.2", "/lib/*/libnss_sss.so.2", "/usr/lib64/libnss_sss.so.2" },
		"libnss-sss", "sssd-client" },
	{ { "/usr/lib/*/security/pam_sss.so", "/lib/*/security/pam_sss.so",
		  "/usr/lib64/security/pam_sss.so" },
		"libpam-sss", "sssd-client" },
	{ { "/usr/sbin/pam-auth-update", "/usr/bin/authselect" }, "libpam-runtime", "authselect" },
};

static int is_there(const struct place *p, const char *pattern)
{
	autoclean(text_free) char *path = place_path(p, pattern);
	glob_t found = { 0 };
	int rc = glob(path, GLOB_NOSORT, NULL, &found);

	globfree(&found);
	return rc == 0;
}

int login_installed(const struct place *p, struct fail *f)
{
	autoclean(text_free) char *fedora = place_path(p, "/usr/bin/rpm");
	autoclean(text_free) char *debian = place_path(p, "/usr/bin/dpkg");
	int rpm = file_exists(fedora) == 1 && file_exists(debian) != 1;
	autoclean(str_free) struct str missing = STR_INIT(200);

	for (size_t i = 0; i < ARRAY_LEN(needs); i++) {
		const char *package = rpm ? needs[i].fedora : needs[i].debian;
		int found = 0;

		for (size_t k = 0; k < ARRAY_LEN(needs[i].file); k++)
			found |= needs[i].file[k] != NULL && is_there(p, needs[i].file[k]);
		if (!found && strstr(str_text(&missing), package) == NULL)
			str_printf(&missing, " %s", package);
	}
	if (missing.len == 0)
		return 0;
	fail(f, ENR_LOGIN_MISSING, "missing:%s", str_text(&missing));
	return fail_told(f, "Missing packages:%s", str_text(&missing));
}

/* Each distribution has its tool. What it changes by itself is kept, or it can take it back. */
#define COMMON(type) "/etc/pam.d/common-" type, "/var/lib/pam/" type
static const struct pam_tool {
	const char *program;
	const char *const *run, *const *back;
	const char *const *files; /* kept */
	const char *in[2], *module[2]; /* a file, and what it must name in the end */
	int nsswitch;
} tools[] = {
	{ .program = "/usr/sbin/pam-auth-update",
		.run = WORDS("--package", "--enable", "sss", "mkhomedir"),
		.files = WORDS(COMMON("auth"), COMMON("account"), COMMON("password"),
			COMMON("session"), COMMON("session-noninteractive"), "/var/lib/pam/seen"),
		.in = { "/etc/pam.d/common-auth", "/etc/pam.d/common-session" },
		.module = { "pam_sss.so", "pam_mkhomedir.so" } },
	{ .program = "/usr/bin/authselect",
		.run = WORDS("select", "sssd", "with-mkhomedir", "--force", "--backup=enroll"),
		.back = WORDS("backup-restore", "enroll"),
		.in = { "/etc/authselect/system-auth", "/etc/authselect/system-auth" },
		.module = { "pam_sss.so", "mkhomedir.so" },
		.nsswitch = 1 },
};

static int is_set(const struct pam_tool *t)
{
	for (size_t i = 0; i < ARRAY_LEN(t->in); i++) {
		autoclean(bytes_free) struct bytes data = BYTES_INIT;

		if (file_read(t->in[i], PUT_MAX, &data, NULL) < 0 ||
			strstr((const char *)data.data, t->module[i]) == NULL)
			return 0;
	}
	return 1;
}

static int use_tool(struct journal *j, const struct pam_tool *t, struct fail *f)
{
	const struct journal_run run = { .program = t->program, .run = t->run, .back = t->back };
	int ran;

	for (size_t i = 0; t->files != NULL && t->files[i] != NULL; i++)
		if (journal_keep(j, t->files[i], f) < 0)
			return -1;
	if (journal_command(j, &run, &ran, f) < 0)
		return -1;
	for (size_t i = 0; t->files != NULL && t->files[i] != NULL; i++)
		if (journal_kept(j, t->files[i], f) < 0)
			return -1;
	if (is_set(t))
		return 0;
	fail(f, ENR_LOGIN_TAKEN, "%s left PAM as it is", t->program);
	return fail_told(f, "%s leaves PAM alone: it was changed by hand.", t->program);
}

int login_pam(struct journal *j, int *nsswitch, struct fail *f)
{
	*nsswitch = 0;
	for (size_t i = 0; i < ARRAY_LEN(tools) && journal_is_live(j); i++) {
		if (access(tools[i].program, X_OK) < 0)
			continue;
		*nsswitch = tools[i].nsswitch;
		return is_set(&tools[i]) ? 0 : use_tool(j, &tools[i], f);
	}
	return 0;
}

#define SYSTEMCTL "/usr/bin/systemctl"
#define SYSTEMD "/run/systemd/system" /* there while it is in charge */

int login_service(struct journal *j, struct fail *f)
{
	static const char *const is_enabled[] = { "is-enabled", "--quiet", "sssd.service", NULL };
	const struct journal_run enable = { .program = SYSTEMCTL,
		.run = WORDS("enable", "sssd.service"),
		.back = WORDS("disable", "sssd.service") };
	struct journal_run start = { .program = SYSTEMCTL,
		.run = WORDS("restart", "sssd.service") };
	int ran;

	if (!journal_is_live(j) || access(SYSTEMD, F_OK) < 0)
		return 0;
	if (journal_ask(j, SYSTEMCTL, is_enabled) != 0 &&
		journal_command(j, &enable, &ran, f) < 0)
		return -1;
	/* What ran before is to be started anew when all is put back; what did not, to be stopped
	 * before. */
	if (login_runs(journal_place(j), 0))
		start.back = start.run;
	else
		start.first = WORDS("stop", "sssd.service");
	return journal_command(j, &start, &ran, f);
}

static int answers(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = NSS_SOCKET };
	autoclean(fd_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0;
}

int login_runs(const struct place *p, int seconds)
{
	int ok = p->live && answers();

	for (int i = 0; p->live && !ok && i < seconds * 10; i++) {
		usleep(100000);
		ok = answers();
	}
	return ok;
}
