/* Commands: run now, and again when everything is put back. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/journal_private.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

#define ARGUMENTS_MAX 16

/* Never to return. No terminal, no descriptor of ours, an environment that is always the same. */
static _Noreturn void become(const char *program, char **argv)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", lang[] = "LC_ALL=C";
	static char home[] = "HOME=/root", mute[] = "DEBIAN_FRONTEND=noninteractive";
	char *const little[] = { path, lang, home, mute, NULL };

	if (!freopen("/dev/null", "r", stdin) || !freopen("/dev/null", "w", stdout) ||
		!freopen("/dev/null", "w", stderr))
		_exit(127);
	execve(program, argv, little);
	_exit(127);
}

/* Its exit status, -1 if there is none. */
static int run(const char *program, const json_t *arguments, struct fail *f)
{
	char *argv[ARGUMENTS_MAX + 2] = { (char *)(uintptr_t)program };
	size_t n = json_array_size(arguments);
	int status = 0;
	pid_t pid;

	if (n > ARGUMENTS_MAX)
		return fail(f, ENR_LOCAL_STATE, "%s with %zu arguments", program, n);
	for (size_t i = 0; i < n; i++) {
		const char *text = json_string_value(json_array_get(arguments, i));

		if (text == NULL)
			return fail(f, ENR_LOCAL_STATE, "an argument of %s", program);
		argv[i + 1] = (char *)(uintptr_t)text;
	}
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		become(program, argv);
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return fail_errno(f, ENR_APPLY_FAILED, "run %s", program);
	if (pid < 0)
		return fail_errno(f, ENR_APPLY_FAILED, "run %s", program);
	return WIFEXITED(status) ? WEXITSTATUS(status)
				 : fail(f, ENR_APPLY_FAILED, "%s was ended by a signal", program);
}

int journal_run(const struct place *p, const char *program, const json_t *arguments,
	struct fail *f)
{
	const char *first = json_string_value(json_array_get(arguments, 0));
	int status;

	if (!p->live || access(program, X_OK) < 0)
		return 0;
	status = run(program, arguments, f);
	if (status > 0)
		return fail(f, ENR_APPLY_FAILED, "%s%s%s failed (%d)", program, first ? " " : "",
			first ? first : "", status);
	return status;
}

static json_t *list(const char *const *arguments)
{
	json_t *all = arguments ? json_array() : json_null();

	for (size_t i = 0; arguments != NULL && arguments[i] != NULL; i++)
		json_array_append_new(all, json_string(arguments[i]));
	return all;
}

int journal_ask(const struct journal *j, const char *program, const char *const *arguments)
{
	json_t *all = list(arguments);
	int status = j->place->live && access(program, X_OK) == 0 ? run(program, all, NULL) : -1;

	json_decref(all);
	return status;
}

/* The same command with the same arguments has its row: it was added in a run that was cut short.
 */
static int is_noted(const struct journal *j, const char *program, const json_t *arguments)
{
	for (size_t i = 0; i < json_array_size(j->rows); i++) {
		const json_t *row = json_array_get(j->rows, i);

		if (journal_change(row) == CHANGE_COMMAND &&
			text_equal(journal_text(row, "path"), program) &&
			json_equal(json_object_get(row, "run"), arguments))
			return 1;
	}
	return 0;
}

int journal_command(struct journal *j, const struct journal_run *c, int *ran, struct fail *f)
{
	json_t *arguments;
	int rc = 0;

	*ran = j->place->live && access(c->program, X_OK) == 0;
	if (!*ran)
		return 0;
	arguments = list(c->run);
	if (!is_noted(j, c->program, arguments))
		rc = journal_add(j,
			json_pack("{sssssOsoso}", "change", "command", "path", c->program, "run",
				arguments, "first", list(c->first), "back", list(c->back)),
			f);
	if (rc == 0)
		rc = journal_run(j->place, c->program, arguments, f);
	json_decref(arguments);
	return rc;
}
