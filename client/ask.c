#include "client/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

#define TRIES 3
#define CREDENTIAL "enroll.password"

static struct termios before;
static volatile int echo_is_off;

void ask_restore(void)
{
	if (echo_is_off)
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	echo_is_off = 0;
}

static void echo_off(void)
{
	struct termios quiet;

	if (tcgetattr(STDIN_FILENO, &before) < 0)
		return;
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	quiet.c_lflag |= ECHONL;
	echo_is_off = 1;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
}

/* Read by single octets, so that nothing behind the line stays in a buffer. */
static int read_line(int fd, char out[ASK_LINE_MAX])
{
	size_t len = 0;

	for (;;) {
		char c;
		ssize_t n = read(fd, &c, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 && len == 0)
			return -1;
		if (n <= 0 || c == '\n')
			break;
		if (c == '\0' || len + 1 == ASK_LINE_MAX)
			return -1;
		out[len++] = c;
	}
	out[len] = '\0';
	return 0;
}

int ask_line(const char *question, char out[ASK_LINE_MAX])
{
	fflush(stdout);
	fputs(question, stderr);
	fflush(stderr);
	return read_line(STDIN_FILENO, out);
}

static int from_terminal(struct run *r, char out[PASSWORD_LEN + 1], struct fail *f)
{
	char line[ASK_LINE_MAX];
	int rc = -1;

	for (int i = 0; i < TRIES && rc < 0; i++) {
		struct trouble t = { .fail = FAIL_INIT };

		echo_off();
		rc = ask_line("Enrollment password:", line);
		ask_restore();
		if (rc < 0)
			return fail(f, ENR_PASSWORD_NEEDED, "nothing was typed");
		rc = password_parse(line, strlen(line), out, &t.fail);
		if (rc < 0 && i + 1 < TRIES)
			say_trouble(&r->say, &t);
		else if (rc < 0 && f != NULL)
			*f = t.fail;
	}
	mem_wipe(line, sizeof(line));
	return rc;
}

static int from_bytes(struct bytes *data, char out[PASSWORD_LEN + 1], struct fail *f)
{
	while (data->len > 0 && (data->data[data->len - 1] == '\n' ||
					data->data[data->len - 1] == '\r'))
		data->len--;
	return password_parse((const char *)data->data, data->len, out, f);
}

static int from_file(const char *path, char out[PASSWORD_LEN + 1], struct fail *f)
{
	autoclean(bytes_wipe) struct bytes data = BYTES_INIT;

	if (text_equal(path, "-")) {
		if (file_read_fd(STDIN_FILENO, ASK_LINE_MAX, &data, f) < 0)
			return fail_in(f, "standard input");
	} else if (file_read(path, ASK_LINE_MAX, &data, f) < 0) {
		return -1;
	}
	return from_bytes(&data, out, f);
}

int ask_password(struct run *r, const char *configured, char out[PASSWORD_LEN + 1], struct fail *f)
{
	const char *path = r->value[OPTION_PASSWORD_FILE], *dir = getenv("CREDENTIALS_DIRECTORY");
	autoclean(text_free) char *credential = dir ? file_join(dir, CREDENTIAL) : NULL;

	if (path == NULL && credential != NULL && file_exists(credential) == 1)
		path = credential;
	if (path == NULL)
		path = configured;
	if (path != NULL)
		return from_file(path, out, f);
	if (r->terminal)
		return from_terminal(r, out, f);
	return fail(f, ENR_PASSWORD_NEEDED, "standard input is not a terminal");
}
