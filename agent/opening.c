#include "agent/opening.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"

#define BACKLOG 1024
#define LEAVE_MS 5000 /* what a parent that was killed leaves behind ends within */

/* What `enrollctl ca init` leaves in the CA folder (agent/ca/ca.h). Nothing else is handed over. */
static const char *const ca_files[] = {
	"root.pem", "services.pem", "devices.pem", "services.key", "devices.key", "root.crl",
	"server.pem", "server.key",
};

static int bind_and_listen(const struct addrinfo *ai, const char *address, struct fail *f)
{
	autoclean(fd_close) int fd =
		socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1;

	if (fd < 0)
		return fail_errno(f, ENR_LISTEN_FAILED, "%s", address);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0)
		return fail_errno(f, ENR_LISTEN_FAILED, "%s", address);
	on = fd;
	fd = -1;
	return on;
}

int opening_listener(const char *address, struct fail *f)
{
	autoclean(text_free) char *host = mem_text(address);
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
	};
	struct addrinfo *ai = NULL;
	char *colon = strrchr(host, ':'), *start = host;
	int fd, rc;

	if (colon == NULL)
		return fail(f, ENR_LISTEN_FAILED, "%s: no port", address);
	*colon = '\0';
	if (*start == '[' && colon > start && colon[-1] == ']') {
		start++;
		colon[-1] = '\0';
	}
	rc = getaddrinfo(start, colon + 1, &hints, &ai);
	if (rc != 0)
		return fail(f, ENR_LISTEN_FAILED, "%s: %s", address, gai_strerror(rc));
	fd = bind_and_listen(ai, address, f);
	freeaddrinfo(ai);
	return fd;
}

/* Does somebody still listen there, also after a while? */
static int is_held(const struct sockaddr_un *sa)
{
	int64_t end = clock_mono_ms() + LEAVE_MS;

	for (;;) {
		autoclean(fd_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (fd < 0 || connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) < 0)
			return 0;
		if (clock_mono_ms() >= end)
			return 1;
		usleep(50000);
	}
}

/* A socket file that nobody listens on is in the way; anything else is not ours to remove. */
static int make_room(const struct sockaddr_un *sa, struct fail *f)
{
	struct stat st;

	if (lstat(sa->sun_path, &st) < 0)
		return errno == ENOENT ? 0 : fail_errno(f, ENR_LISTEN_FAILED, "%s", sa->sun_path);
	if (!S_ISSOCK(st.st_mode))
		return fail(f, ENR_LISTEN_FAILED, "%s: is not a socket", sa->sun_path);
	if (is_held(sa))
		return fail(f, ENR_LISTEN_FAILED, "%s: another enrolld runs here", sa->sun_path);
	if (unlink(sa->sun_path) < 0 && errno != ENOENT)
		return fail_errno(f, ENR_LISTEN_FAILED, "%s", sa->sun_path);
	return 0;
}

static int make_parent_folder(const char *path, struct fail *f)
{
	autoclean(text_free) char *dir = mem_text(path);
	char *slash = strrchr(dir, '/');
	mode_t before;
	int rc;

	if (slash == NULL || slash == dir)
		return 0;
	*slash = '\0';
	before = umask(022);
	rc = file_mkdirs(dir, 0755, f);
	umask(before);
	return rc;
}

int opening_control(const char *path, struct fail *f)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	autoclean(fd_close) int fd = -1;
	int out;

	if (strlen(path) >= sizeof(sa.sun_path))
		return fail(f, ENR_LISTEN_FAILED, "%s: longer than a socket's path may be", path);
	strncpy(sa.sun_path, path, sizeof(sa.sun_path) - 1);
	if (make_parent_folder(path, f) < 0 || make_room(&sa, f) < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0 ||
		chmod(path, 0666) < 0 || listen(fd, 64) < 0)
		return fail_errno(f, ENR_LISTEN_FAILED, "%s", path);
	out = fd;
	fd = -1;
	return out;
}

int opening_copy(const struct bytes *octets, struct fail *f)
{
	autoclean(fd_close) int fd = memfd_create("enrolld.conf", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int out;

	if (fd < 0 || write(fd, octets->data, octets->len) != (ssize_t)octets->len ||
		lseek(fd, 0, SEEK_SET) != 0 || fchmod(fd, 0444) < 0 ||
		fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) <
			0)
		return fail_errno(f, ENR_FILE_FAILED, "copy of the configuration");
	out = fd;
	fd = -1;
	return out;
}

static int is_inside(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	while (len > 1 && dir[len - 1] == '/')
		len--;
	return strncmp(path, dir, len) == 0 && path[len] == '/';
}

int opening_file(
	const struct conf *conf, const struct accounts *a, const char *path, struct fail *f)
{
	int as_core =
		a->drops && (is_inside(path, conf->state_dir) || is_inside(path, conf->ca_dir));
	autoclean(fd_close) int fd = -1;
	struct stat st;
	int out;

	if (as_core && (setegid(a->core.gid) < 0 || seteuid(a->core.uid) < 0))
		abort(); /* root always can */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	out = errno;
	if (as_core && (seteuid(0) < 0 || setegid(0) < 0))
		abort();
	errno = out;
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_errno(f, ENR_FILE_FAILED, "%s", path);
	if (!S_ISREG(st.st_mode))
		return fail(f, ENR_FILE_FAILED, "%s: is not a regular file", path);
	out = fd;
	fd = -1;
	return out;
}

/* One file of the CA folder: root's regular file with one name becomes the core's. */
static void hand_over_file(int dir, const char *name, const struct account *to)
{
	autoclean(fd_close) int fd =
		openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != 0 ||
		st.st_nlink != 1)
		return;
	(void)!fchown(fd, to->uid, to->gid);
}

/* The folder and what is in it, while it is still root's. */
static int hand_over(const char *path, const struct account *to, struct fail *f)
{
	autoclean(fd_close) int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? 0 : fail_errno(f, ENR_FILE_FAILED, "%s", path);
	if (fstat(fd, &st) < 0 || (st.st_uid != 0 && st.st_uid != to->uid))
		return fail(f, ENR_FILE_FAILED, "%s: belongs to uid %u, neither root nor the agent",
			path, (unsigned)st.st_uid);
	for (size_t i = 0; i < ARRAY_LEN(ca_files); i++)
		hand_over_file(fd, ca_files[i], to);
	if (st.st_uid != to->uid && fchown(fd, to->uid, to->gid) < 0)
		return fail_errno(f, ENR_FILE_FAILED, "%s", path);
	return 0;
}

int opening_folders(const struct conf *conf, const struct accounts *a, struct fail *f)
{
	struct stat st;

	if (make_parent_folder(conf->state_dir, f) < 0)
		return -1;
	if (mkdir(conf->state_dir, 0700) < 0 && errno != EEXIST)
		return fail_errno(f, ENR_FILE_FAILED, "make folder %s", conf->state_dir);
	if (stat(conf->state_dir, &st) < 0 || !S_ISDIR(st.st_mode))
		return fail(f, ENR_FILE_FAILED, "%s: is not a folder", conf->state_dir);
	if (!a->drops)
		return 0;
	/* Made by hand or by `enrollctl ca init`, as root. */
	if (st.st_uid == 0 && chown(conf->state_dir, a->core.uid, a->core.gid) < 0)
		return fail_errno(f, ENR_FILE_FAILED, "%s", conf->state_dir);
	if (st.st_uid != 0 && st.st_uid != a->core.uid)
		return fail(f, ENR_FILE_FAILED, "%s: belongs to uid %u, not to the agent's account",
			conf->state_dir, (unsigned)st.st_uid);
	if (chmod(conf->state_dir, 0700) < 0)
		return fail_errno(f, ENR_FILE_FAILED, "%s", conf->state_dir);
	return hand_over(conf->ca_dir, &a->core, f);
}
