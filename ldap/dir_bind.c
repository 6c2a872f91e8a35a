#include "ldap/dir_bind.h"

#include <string.h>

#include "ldap/dir_conn.h"
#include "ldap/dir_sasl.h"
#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/base/text.h"

enum { PASSWORD_MAX = 1024 };

static int simple_log_in(struct dir_login *l, struct fail *f);
static int external_log_in(struct dir_login *l, struct fail *f);
static int gssapi_log_in(struct dir_login *l, struct fail *f);
static int spnego_log_in(struct dir_login *l, struct fail *f);
static int scram_log_in(struct dir_login *l, struct fail *f);

#define ROW(id, name_, channels_, needs_, needs_tls_, may_) \
	{ (name_), (channels_), (needs_), (needs_tls_), (may_), id##_log_in },
static const struct dir_mechanism mechanisms[] = { DIR_MECHANISMS(ROW) };

const struct dir_mechanism *dir_mechanism_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(mechanisms); i++)
		if (text_equal(mechanisms[i].name, name))
			return &mechanisms[i];
	return NULL;
}

/* Never empty: an empty password would be an anonymous log-in that looks like success (RFC 4513
 * section 5.1.2). */
int dir_password_read(const char *path, struct bytes *out, struct fail *f)
{
	autoclean(bytes_wipe) struct bytes file = BYTES_INIT;
	struct fail why = FAIL_INIT;
	size_t len = 0;

	if (file_is_private(path, &why) < 0 || file_read(path, PASSWORD_MAX, &file, &why) < 0)
		return fail(f, ENR_DIRECTORY_CREDENTIALS, "%s", why.evidence);
	while (len < file.len && file.data[len] != '\n' && file.data[len] != '\r')
		len++;
	if (len == 0 || memchr(file.data, '\0', len) != NULL)
		return fail(f, ENR_DIRECTORY_CREDENTIALS, "%s: holds no password", path);
	bytes_set(out, file.data, len);
	return 0;
}

static int simple_log_in(struct dir_login *l, struct fail *f)
{
	autoclean(bytes_wipe) struct bytes password = BYTES_INIT;
	struct berval cred;
	int msgid, rc;

	if (dir_password_read(l->set->password_file, &password, f) < 0)
		return LDAP_PARAM_ERROR;
	cred.bv_val = (char *)password.data;
	cred.bv_len = password.len;
	rc = ldap_sasl_bind(l->conn->ld, l->set->bind_dn, LDAP_SASL_SIMPLE, &cred, NULL, NULL,
		&msgid);
	return rc != LDAP_SUCCESS ? rc
				  : dir_conn_answer(l->conn, msgid, LDAP_RES_BIND,
					  l->deadline_ms, &l->said);
}

/* Who we are is what the channel says: on ldapi the uid of the process, under TLS the certificate
 * (RFC 4422 appendix A). */
static int external_log_in(struct dir_login *l, struct fail *f)
{
	struct berval empty = { 0, (char[1]){ 0 } };
	int msgid, rc;

	(void)f;
	rc = ldap_sasl_bind(l->conn->ld, NULL, "EXTERNAL", &empty, NULL, NULL, &msgid);
	return rc != LDAP_SUCCESS ? rc
				  : dir_conn_answer(l->conn, msgid, LDAP_RES_BIND,
					  l->deadline_ms, &l->said);
}

static int gssapi_log_in(struct dir_login *l, struct fail *f)
{
	return dir_sasl_kerberos(l, "GSSAPI", f);
}

static int spnego_log_in(struct dir_login *l, struct fail *f)
{
	return dir_sasl_kerberos(l, "GSS-SPNEGO", f);
}

/* With channel binding only the form that binds will do: to offer both would let somebody in
 * between take the other. */
static int scram_log_in(struct dir_login *l, struct fail *f)
{
	return dir_sasl_scram(l,
		l->set->binding != DIR_BINDING_NONE ? "SCRAM-SHA-256-PLUS" : "SCRAM-SHA-256", f);
}
