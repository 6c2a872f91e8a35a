#include "ldap/dir_conn.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/time.h>

#include "ldap/dir_fail.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"

/* A search answer, or any other message, over this is not ours: nothing we ask for is near it. */
enum { MESSAGE_MAX = 4 * 1024 * 1024, CLOSE_MS = 200 };

void dir_text_free(char **t)
{
	if (*t != NULL)
		ldap_memfree(*t);
	*t = NULL;
}

void dir_message_free(LDAPMessage **m)
{
	if (*m != NULL)
		ldap_msgfree(*m);
	*m = NULL;
}

/* libldap calls this when TCP stands, before TLS begins: so a failed TLS can be told from a server
 * that is not there. */
static int on_connected(LDAP *ld, Sockbuf *sb, LDAPURLDesc *url, struct sockaddr *addr,
	struct ldap_conncb *cb)
{
	struct dir_conn *c = cb->lc_arg;
	ber_len_t max = MESSAGE_MAX;

	(void)ld;
	(void)url;
	(void)addr;
	c->connected = 1;
	ber_sockbuf_ctrl(sb, LBER_SB_OPT_SET_MAX_INCOMING, &max);
	return dir_limit_add(sb, &c->limit);
}

static void on_disconnected(LDAP *ld, Sockbuf *sb, struct ldap_conncb *cb)
{
	(void)ld;
	(void)sb;
	(void)cb;
}

/* Everything that /etc/ldap/ldap.conf or the environment could have set otherwise is set here. */
static int set_options(struct dir_conn *c, const struct dir_settings *s)
{
	struct timeval limit = { s->timeout_ms / 1000, (s->timeout_ms % 1000) * 1000 };
	int version = LDAP_VERSION3, none = 0, deref = LDAP_DEREF_NEVER;
	const struct {
		int option;
		const void *value;
	} options[] = {
		{ LDAP_OPT_PROTOCOL_VERSION, &version },
		{ LDAP_OPT_REFERRALS, LDAP_OPT_OFF },
		{ LDAP_OPT_RESTART, LDAP_OPT_ON },
		{ LDAP_OPT_DEREF, &deref },
		{ LDAP_OPT_SIZELIMIT, &none },
		{ LDAP_OPT_TIMELIMIT, &none },
		{ LDAP_OPT_NETWORK_TIMEOUT, &limit },
		{ LDAP_OPT_TIMEOUT, &limit },
		{ LDAP_OPT_CONNECT_CB, &c->callback },
	};

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (ldap_set_option(c->ld, options[i].option, options[i].value) != LDAP_OPT_SUCCESS)
			return -1;
	return 0;
}

/* TLS 1.3 has no tls-unique, and libldap would then bind nothing, without a word. Each TLS library
 * has its own language for it. (With GnuTLS, libldap keeps what it made of it for ever.) */
static const char *no_tls13(void)
{
	autoclean(dir_text_free) char *package = NULL;

	ldap_get_option(NULL, LDAP_OPT_X_TLS_PACKAGE, &package);
	if (package != NULL && strcmp(package, "GnuTLS") == 0)
		return "NORMAL:-VERS-ALL:+VERS-TLS1.2";
	return "TLSv1.2:!TLSv1.3";
}

/* A TLS context of this handle's own: our CA and no other, certificate and name always checked. */
static int set_tls(LDAP *ld, const struct dir_settings *s)
{
	int demand = LDAP_OPT_X_TLS_DEMAND, server = 0, lowest = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;
	const char *ciphers = s->binding == DIR_BINDING_UNIQUE ? no_tls13() : NULL;
	const struct {
		int option;
		const void *value;
	} options[] = {
		{ LDAP_OPT_X_TLS_REQUIRE_CERT, &demand },
		{ LDAP_OPT_X_TLS_REQUIRE_SAN, &demand },
		{ LDAP_OPT_X_TLS_PROTOCOL_MIN, &lowest },
		{ LDAP_OPT_X_TLS_CACERTDIR, NULL },
		{ LDAP_OPT_X_TLS_CACERTFILE, s->ca_file },
		{ LDAP_OPT_X_TLS_CERTFILE, s->client_certificate },
		{ LDAP_OPT_X_TLS_KEYFILE, s->client_key },
		{ LDAP_OPT_X_TLS_CIPHER_SUITE, ciphers },
		{ LDAP_OPT_X_TLS_NEWCTX, &server },
	};

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (ldap_set_option(ld, options[i].option, options[i].value) != LDAP_OPT_SUCCESS)
			return -1;
	return 0;
}

int dir_conn_wait(struct dir_conn *c, int msgid, int64_t deadline_ms, LDAPMessage **msg)
{
	int64_t left = deadline_ms - clock_mono_ms();
	struct timeval limit = { 0, 0 };
	int type, result = LDAP_SERVER_DOWN;

	c->limit = (struct dir_limit){ .deadline = deadline_ms };
	if (left > 0) {
		limit.tv_sec = left / 1000;
		limit.tv_usec = left % 1000 * 1000;
	}
	type = ldap_result(c->ld, msgid, LDAP_MSG_ONE, &limit, msg);
	if (type > 0)
		return LDAP_SUCCESS;
	c->broken = 1;
	*msg = NULL;
	if (type == 0)
		ldap_abandon_ext(c->ld, msgid, NULL, NULL);
	if (type == 0 || c->limit.expired)
		return LDAP_TIMEOUT;
	ldap_get_option(c->ld, LDAP_OPT_RESULT_CODE, &result);
	return result < 0 ? result : LDAP_SERVER_DOWN;
}

int dir_conn_result(struct dir_conn *c, LDAPMessage *msg, int type, char **said)
{
	int result = LDAP_SUCCESS, rc = LDAP_DECODING_ERROR;

	/* The result of something else is none of what we asked for. */
	if (ldap_msgtype(msg) == type)
		rc = ldap_parse_result(c->ld, msg, &result, NULL, said, NULL, NULL, 0);
	if (rc != LDAP_SUCCESS) {
		c->broken = 1;
		return rc;
	}
	return result;
}

int dir_conn_answer(struct dir_conn *c, int msgid, int type, int64_t deadline_ms, char **said)
{
	autoclean(dir_message_free) LDAPMessage *msg = NULL;
	int rc = dir_conn_wait(c, msgid, deadline_ms, &msg);

	return rc != LDAP_SUCCESS ? rc : dir_conn_result(c, msg, type, said);
}

static int start_tls(struct dir_conn *c, int64_t deadline, char **said)
{
	int msgid, rc = ldap_start_tls(c->ld, NULL, NULL, &msgid);

	if (rc == LDAP_SUCCESS)
		rc = dir_conn_answer(c, msgid, LDAP_RES_EXTENDED, deadline, said);
	if (rc != LDAP_SUCCESS)
		return rc;
	rc = ldap_install_tls(c->ld);
	/* "Server down" here is a handshake that failed, unless time ran out over it. */
	if (rc != LDAP_SUCCESS)
		return c->limit.expired ? LDAP_TIMEOUT : LDAP_CONNECT_ERROR;
	return rc;
}

/* With GnuTLS, LDAP_OPT_X_TLS_PROTOCOL_MIN does nothing: so look at what was agreed on, before
 * anything is said. */
static int check_version(LDAP *ld)
{
	static const char *const good[] = { "TLS1.2", "TLS1.3", "TLSv1.2", "TLSv1.3" };
	autoclean(dir_text_free) char *version = NULL;

	ldap_get_option(ld, LDAP_OPT_X_TLS_VERSION, &version);
	for (size_t i = 0; version != NULL && i < ARRAY_LEN(good); i++)
		if (strcmp(version, good[i]) == 0)
			return LDAP_SUCCESS;
	return LDAP_CONNECT_ERROR;
}

/* libldap makes its global options at its first call, and looks without a lock whether it has. */
static void touch_options(void)
{
	int level;

	(void)ldap_get_option(NULL, LDAP_OPT_DEBUG_LEVEL, &level);
}

void dir_conn_prepare(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, touch_options);
}

static int connect_to(struct dir_conn *c, const struct dir_settings *s, int64_t deadline,
	char **said)
{
	int implicit = strncasecmp(c->uri, "ldaps://", 8) == 0;
	int rc = ldap_initialize(&c->ld, c->uri);

	if (rc != LDAP_SUCCESS)
		return rc;
	if (set_options(c, s) < 0 || (c->channel == DIR_TLS && set_tls(c->ld, s) < 0))
		return LDAP_LOCAL_ERROR;
	rc = ldap_connect(c->ld);
	if (rc == LDAP_SUCCESS && c->channel == DIR_TLS && !implicit)
		rc = start_tls(c, deadline, said);
	else if (rc != LDAP_SUCCESS && (c->limit.expired || clock_mono_ms() >= deadline))
		rc = LDAP_TIMEOUT;
	else if (rc != LDAP_SUCCESS && implicit && c->connected)
		rc = LDAP_CONNECT_ERROR;
	return rc == LDAP_SUCCESS && c->channel == DIR_TLS ? check_version(c->ld) : rc;
}

/* Did the server hang up in the handshake? That says nothing about its certificate. The words are
 * GnuTLS's: closed without good-bye, reset while reading, reset while writing. */
static int is_hang_up(const char *diagnostic)
{
	return diagnostic != NULL &&
		(strstr(diagnostic, "terminated") != NULL ||
			strstr(diagnostic, "pull function") != NULL ||
			strstr(diagnostic, "push function") != NULL);
}

/* A failed TLS says little (GnuTLS): so name what was checked against what. */
static int connect_failed(struct dir_conn *c, const struct dir_settings *s, int rc,
	const char *said, struct fail *f)
{
	struct dir_outcome o = { .op = DIR_OP_CONNECT, .result = rc };
	autoclean(dir_text_free) char *diagnostic = NULL;

	if (c->ld != NULL)
		ldap_get_option(c->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &diagnostic);
	o.server = c->uri;
	o.said = said != NULL && said[0] != '\0' ? said : diagnostic;
	if (rc == LDAP_CONNECT_ERROR && is_hang_up(diagnostic))
		o.result = LDAP_SERVER_DOWN;
	dir_fail(f, &o);
	if (dir_fail_code(DIR_OP_CONNECT, o.result, 0) == ENR_DIRECTORY_TLS)
		fail_in(f,
			"this server must speak TLS 1.2 or later, and its certificate must carry "
			"its name of the URI (libldap takes localhost for the name of this "
			"machine), be valid now, and come from a CA in %s",
			s->ca_file != NULL ? s->ca_file : "(no file)");
	return -1;
}

static int log_in(struct dir_conn *c, const struct dir_settings *s, struct fail *f)
{
	struct dir_outcome o = { .op = DIR_OP_BIND, .server = c->uri };
	struct dir_login l = { c, s, clock_mono_ms() + s->timeout_ms, NULL };
	struct fail why = FAIL_INIT;
	int rc;

	c->limit = (struct dir_limit){ .deadline = l.deadline_ms };
	o.result = s->mechanism->log_in(&l, &why);
	o.said = l.said;
	if (why.code != ENR_NONE) { /* nothing was sent */
		if (f != NULL)
			*f = why;
		rc = fail_in(f, "%s: log in", o.server);
	} else {
		o.subject = s->who;
		rc = o.result == LDAP_SUCCESS ? 0 : dir_fail(f, &o);
	}
	dir_text_free(&l.said);
	return rc;
}

/* GnuTLS says nothing of files that are not there. */
static int check_pair(const struct dir_settings *s, struct fail *f)
{
	struct fail why = FAIL_INIT;

	if (s->client_key == NULL)
		return 0;
	if (file_is_private(s->client_key, &why) < 0)
		return fail(f, ENR_DIRECTORY_CREDENTIALS, "%s", why.evidence);
	if (file_exists(s->client_certificate) != 1)
		return fail(f, ENR_DIRECTORY_CREDENTIALS, "%s: cannot be read",
			s->client_certificate);
	return 0;
}

int dir_conn_open(const struct dir_settings *s, const char *uri, struct dir_conn **out,
	struct fail *f)
{
	autoclean(dir_conn_close) struct dir_conn *c = mem_new(sizeof(*c));
	autoclean(dir_text_free) char *said = NULL;
	int64_t deadline = clock_mono_ms() + s->timeout_ms;
	int rc;

	c->uri = uri;
	c->channel = dir_channel_of(uri, s->starttls);
	c->timeout_ms = s->timeout_ms;
	c->limit.deadline = deadline;
	c->callback = (struct ldap_conncb){ on_connected, on_disconnected, c };
	if (c->channel == DIR_TLS && check_pair(s, f) < 0)
		return fail_in(f, "%s", uri);
	rc = connect_to(c, s, deadline, &said);
	if (rc != LDAP_SUCCESS)
		return connect_failed(c, s, rc, said, f);
	if (log_in(c, s, f) < 0)
		return -1;
	c->used_at = clock_mono_ms();
	*out = steal(c);
	return 0;
}

void dir_conn_close(struct dir_conn **c)
{
	if (*c == NULL)
		return;
	/* What a good-bye may cost. */
	(*c)->limit.deadline = clock_mono_ms() + CLOSE_MS;
	if ((*c)->ld != NULL)
		ldap_unbind_ext((*c)->ld, NULL, NULL);
	free(*c);
	*c = NULL;
}

int dir_conn_is_alive(const struct dir_conn *c)
{
	struct pollfd p = { .fd = -1, .events = POLLIN };

	if (c->broken || (c->good_until != 0 && clock_now() >= c->good_until))
		return 0;
	if (ldap_get_option(c->ld, LDAP_OPT_DESC, &p.fd) != LDAP_OPT_SUCCESS)
		return 0;
	return p.fd >= 0 && poll(&p, 1, 0) == 0;
}
