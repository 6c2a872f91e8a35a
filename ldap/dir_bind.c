#include "ldap/dir_bind.h"

#include <string.h>

#include "ldap/dir_conn.h"
#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

enum { PASSWORD_MAX = 1024 };

static int simple_send(LDAP *ld, const struct dir_settings *s, int *msgid, struct fail *f);
static int external_send(LDAP *ld, const struct dir_settings *s, int *msgid, struct fail *f);

static const struct dir_mechanism mechanisms[] = {
	{ "simple", DIR_TLS | DIR_LOCAL, 1, simple_send },
	{ "external", DIR_LOCAL, 0, external_send },
};

const struct dir_mechanism *dir_mechanism_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(mechanisms); i++)
		if (text_equal(mechanisms[i].name, name))
			return &mechanisms[i];
	return NULL;
}

/* The first line of the file, without its end. Never empty: an empty password would be an
 * anonymous log-in that looks like success (RFC 4513 section 5.1.2). */
static int password_read(const char *path, struct bytes *out, struct fail *f)
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

static int simple_send(LDAP *ld, const struct dir_settings *s, int *msgid, struct fail *f)
{
	autoclean(bytes_wipe) struct bytes password = BYTES_INIT;
	struct berval cred;

	if (password_read(s->password_file, &password, f) < 0)
		return LDAP_PARAM_ERROR;
	cred.bv_val = (char *)password.data;
	cred.bv_len = password.len;
	return ldap_sasl_bind(ld, s->bind_dn, LDAP_SASL_SIMPLE, &cred, NULL, NULL, msgid);
}

/* Who we are is what the channel says: on ldapi the uid of the process (RFC 4422 appendix A). */
static int external_send(LDAP *ld, const struct dir_settings *s, int *msgid, struct fail *f)
{
	struct berval empty = { 0, (char[1]){ 0 } };

	(void)s;
	(void)f;
	return ldap_sasl_bind(ld, NULL, "EXTERNAL", &empty, NULL, NULL, msgid);
}
