#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "client/net_wire.h"
#include "lib/base/clean.h"

#define DESCRIPTORS_MAX 1024

static const char *const accounts[] = { "_enroll", "nobody" };

/* In a user namespace an account may have no number here; then there is nothing to drop to. */
static int is_mapped(uid_t uid)
{
	FILE *map = fopen("/proc/self/uid_map", "re");
	unsigned long inside, outside, count;
	int found = 0;

	if (map == NULL)
		return 1;
	while (fscanf(map, "%lu %lu %lu", &inside, &outside, &count) == 3)
		found |= uid >= inside && uid - inside < count;
	fclose(map);
	return found;
}

static int drop_user(void)
{
	struct passwd pw, *found = NULL;
	char buf[4096];

	if (geteuid() != 0)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(accounts) && found == NULL; i++)
		if (getpwnam_r(accounts[i], &pw, buf, sizeof(buf), &found) != 0)
			found = NULL;
	if (found == NULL || pw.pw_uid == 0)
		return -1;
	if (!is_mapped(pw.pw_uid))
		return 0;
	if (setgroups(0, NULL) < 0 || setresgid(pw.pw_gid, pw.pw_gid, pw.pw_gid) < 0 ||
		setresuid(pw.pw_uid, pw.pw_uid, pw.pw_uid) < 0)
		return -1;
	return setuid(0) == 0 ? -1 : 0;
}

/* The socket becomes 3; 0, 1 and 2 lead nowhere. */
static int keep_only(int fd)
{
	int none = open("/dev/null", O_RDWR);

	if (none < 0 || dup2(none, 0) < 0 || dup2(none, 1) < 0 || dup2(none, 2) < 0)
		return -1;
	if (fd != 3 && dup2(fd, 3) < 0)
		return -1;
	if (close_range(4, ~0U, 0) == 0)
		return 0;
	for (int i = 4; i < DESCRIPTORS_MAX; i++) /* a kernel without close_range */
		close(i);
	return errno == EBADF || errno == ENOSYS ? 0 : -1;
}

static int few_descriptors(void)
{
	struct rlimit few;

	if (getrlimit(RLIMIT_NOFILE, &few) < 0)
		return -1;
	few.rlim_cur = 64;
	return setrlimit(RLIMIT_NOFILE, &few);
}

int net_confine(int fd)
{
	const struct rlimit none = { 0, 0 };

	signal(SIGINT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	if (keep_only(fd) < 0 || chdir("/") < 0 || drop_user() < 0)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return -1;
	if (setrlimit(RLIMIT_CORE, &none) < 0 || setrlimit(RLIMIT_FSIZE, &none) < 0)
		return -1;
	return few_descriptors();
}

/* The phase's own answer, or a refusal. */
static int parse(enum net_phase phase, const struct bytes *body, struct net_answer *a,
	struct fail *f)
{
	if (native_refused_parse(body->data, body->len, &a->refused, NULL) == 0) {
		a->message = NET_MESSAGE_REFUSED;
		return 0;
	}
	switch (phase) {
	case NET_DISCOVERY:
		a->message = NET_MESSAGE_DISCOVERED;
		return native_discovered_parse(body->data, body->len, &a->discovered, f);
	case NET_BOOTSTRAP:
		a->message = NET_MESSAGE_BOOTSTRAPPED;
		return native_bootstrapped_parse(body->data, body->len, &a->bootstrapped, f);
	case NET_ENROLLMENT:
		a->message = NET_MESSAGE_ENROLLED;
		return native_enrolled_parse(body->data, body->len, &a->enrolled, f);
	case NET_LEAVE:
		a->message = NET_MESSAGE_LEFT;
		return native_left_parse(body->data, body->len, &a->left, f);
	case NET_NONE:
		break;
	}
	return fail(f, ENR_INTERNAL, "no such phase");
}

static void answer_post(struct net_http *h, struct unpack *u, struct str *out)
{
	autoclean(text_free) char *host = NULL, *anchors = NULL;
	autoclean(bytes_free) struct bytes content = BYTES_INIT;
	autoclean(bytes_free) struct bytes body = BYTES_INIT;
	struct str request = { 0 };
	struct net_report r = { .code = ENR_INTERNAL };
	struct net_answer a = { .message = NET_MESSAGE_NONE };
	struct fail why = FAIL_INIT;
	struct net_call c = { 0 };

	c.phase = (enum net_phase)unpack_u8(u);
	host = unpack_text(u, SERVER_NAME_MAX);
	c.port = (int)unpack_u32(u);
	c.timeout = (int)unpack_u32(u);
	unpack_bytes(u, NATIVE_REQUEST_MAX, &content);
	anchors = unpack_text(u, NET_PEM_MAX);
	if (unpack_done(u) && host != NULL) {
		request = (struct str){ (char *)content.data, content.len, content.len, 0, 0 };
		c.host = host;
		c.body = &request;
		c.anchors = anchors;
		net_http_post(h, &c, &r, &body);
		if (r.code == ENR_NONE && parse(c.phase, &body, &a, &why) < 0) {
			a.message = NET_MESSAGE_NONE;
			r.code = why.code == ENR_VERSION_UNSUPPORTED ? ENR_VERSION_UNSUPPORTED :
				ENR_NOT_ENROLLD;
		}
	}
	net_pack_report(&r, out);
	net_pack_message(&a, out);
	net_answer_clear(&a);
}

static void answer_document(struct unpack *u, struct str *out)
{
	autoclean(bytes_free) struct bytes xml = BYTES_INIT;
	autoclean(wapdoc_free) struct wapdoc_node *doc = NULL;

	unpack_bytes(u, NATIVE_DOCUMENT_MAX, &xml);
	if (unpack_done(u))
		doc = wapdoc_parse(xml.data, xml.len, NULL);
	pack_u8(out, doc != NULL);
	if (doc != NULL)
		wapdoc_pack(doc, out);
}

_Noreturn void net_child(int fd)
{
	struct str ready = STR_INIT(1);
	struct net_http *h;

	if (net_confine(fd) < 0)
		_exit(1);
	pack_u8(&ready, 1);
	if (net_send(3, &ready) < 0)
		_exit(1);
	str_free(&ready);
	h = net_http_new();
	for (;;) {
		autoclean(bytes_free) struct bytes frame = BYTES_INIT;
		autoclean(str_free) struct str out = STR_INIT(NET_FRAME_MAX);
		struct unpack u;

		if (net_receive(3, -1, &frame) < 0)
			break;
		u = UNPACK_INIT(frame.data, frame.len);
		switch (unpack_u8(&u)) {
		case NET_ASK_POST: answer_post(h, &u, &out); break;
		case NET_ASK_DOCUMENT: answer_document(&u, &out); break;
		default: _exit(1);
		}
		if (net_send(3, &out) < 0)
			break;
	}
	net_http_free(&h);
	_exit(0);
}
