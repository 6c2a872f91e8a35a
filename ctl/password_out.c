#include "ctl/password_out.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "ctl/output.h"
#include "lib/base/clean.h"
#include "lib/base/str.h"

const char password_out_help[] =
	"put the password into FILE (0600, never overwritten); - is standard output";

static int reserve(struct password_out *p, struct fail *f)
{
	p->fd = open(p->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (p->fd >= 0)
		return 0;
	if (errno != EEXIST)
		return fail_errno(f, ENR_FILE_FAILED, "%s", p->path);
	p->stood = 1;
	return 0;
}

int password_out_open(struct cmd *c, int many, struct password_out *p, struct fail *f)
{
	*p = (struct password_out){ .fd = -1, .many = many, .path = cmd_text(c, "password-out") };
	if (p->path && strcmp(p->path, "-") != 0) {
		p->place = c->dry_run ? PASSWORD_NOWHERE : PASSWORD_FILE;
		if (c->dry_run)
			p->stood = access(p->path, F_OK) == 0;
		return c->dry_run ? 0 : reserve(p, f);
	}
	if (c->dry_run)
		p->place = PASSWORD_NOWHERE;
	else if (p->path)
		p->place = PASSWORD_STDOUT;
	else if (c->out_tty)
		p->place = PASSWORD_TERMINAL;
	else
		return fail(f, ENR_OUTPUT_NOWHERE, "nothing was made");
	if (c->format == FORMAT_NAME && p->place != PASSWORD_NOWHERE)
		return fail(f, ENR_OUTPUT_NOWHERE, "-o name does not show it; nothing was made");
	return 0;
}

/* Without quoting: names, identities (no comma, no quote by their forms) and passwords need none.
 */
static int write_line(struct password_out *p, const json_t *doc, struct fail *f)
{
	autoclean(str_wipe) struct str line = STR_INIT(2048);

	if (p->many)
		str_printf(&line, "%s,%s,%s,%s\n", doc_text(doc, "name"), doc_text(doc, "identity"),
			doc_text(doc, "password"), doc_text(doc, "expires"));
	else
		str_printf(&line, "%s\n", doc_text(doc, "password"));
	if (write(p->fd, str_text(&line), line.len) == (ssize_t)line.len && fsync(p->fd) == 0) {
		p->lines++;
		return 0;
	}
	fail_errno(f, ENR_FILE_FAILED, "%s", p->path);
	return fail_in(f, "%s stands, but its password is lost (enrollctl device reissue %s)",
		doc_text(doc, "name"), doc_text(doc, "name"));
}

int password_out_take(struct password_out *p, json_t *doc, struct fail *f)
{
	int rc;

	if (*doc_text(doc, "password") == '\0' || p->place != PASSWORD_FILE)
		return 0;
	rc = write_line(p, doc, f);
	json_object_set_new(doc, "password", json_null());
	return rc;
}

void password_out_close(struct password_out *p)
{
	if (p->fd >= 0 && p->lines == 0)
		unlink(p->path);
	fd_close(&p->fd);
}
