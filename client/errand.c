#include "client/errand.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/net_wire.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

#define REPORT_MAX 4096

static _Noreturn void child(const struct errand *e, int fd)
{
	autoclean(str_free) struct str report = STR_INIT(REPORT_MAX);
	char words[ERRAND_WORDS_MAX] = "";
	struct fail why = FAIL_INIT;
	int rc;

	rc = e->begin != NULL ? e->begin(e->arg, &why) : 0;
	if (net_confine(fd) < 0)
		_exit(1);
	if (rc == 0)
		rc = e->go(e->arg, words, &why);
	pack_u32(&report, rc == 0 ? (uint32_t)ENR_NONE : (uint32_t)why.code);
	pack_text(&report, rc == 0 ? words : why.evidence);
	net_send(3, &report);
	_exit(0);
}

static int is_listed(const struct errand *e, enum code code)
{
	for (const enum code *c = e->codes; *c != ENR_NONE; c++)
		if (*c == code)
			return 1;
	return 0;
}

static int take(const struct errand *e, const struct bytes *report, char words[ERRAND_WORDS_MAX],
	struct fail *f)
{
	struct unpack u = UNPACK_INIT(report->data, report->len);
	enum code code = (enum code)unpack_u32(&u);
	autoclean(text_free) char *text = unpack_text(&u, REPORT_MAX);

	if (!unpack_done(&u) || text == NULL)
		return fail(f, e->late, "an answer that is none");
	if (code != ENR_NONE)
		return fail(f, is_listed(e, code) ? code : e->late, "%s", text);
	if (text_has_control(text, strlen(text)) || !text_is_utf8(text, strlen(text)))
		return fail(f, e->late, "an answer that is none");
	if (words != NULL)
		snprintf(words, ERRAND_WORDS_MAX, "%s", text);
	return 0;
}

int errand_run(const struct errand *e, char words[ERRAND_WORDS_MAX], struct fail *f)
{
	autoclean(bytes_free) struct bytes report = BYTES_INIT;
	int pair[2], rc;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return fail_errno(f, ENR_SANDBOX_FAILED, "socketpair");
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		child(e, pair[1]);
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return fail_errno(f, ENR_SANDBOX_FAILED, "fork");
	}
	if (net_receive(pair[0], e->seconds * 1000, &report) < 0)
		rc = fail(f, e->late, "no answer within %d seconds", e->seconds);
	else
		rc = take(e, &report, words, f);
	close(pair[0]);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return rc;
}
