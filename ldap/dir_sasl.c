#include "ldap/dir_sasl.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <gssapi/gssapi_krb5.h>
#include <sasl/sasl.h>

#include "ldap/dir_conn.h"
#include "ldap/dir_cred.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"

/* What the SASL library may ask for. */
struct answers {
	const char *name, *password;   /* "" for none */
	gss_cred_id_t cred;            /* Kerberos; ours to release */
};

static void url_free(LDAPURLDesc **u)
{
	if (*u != NULL)
		ldap_free_urldesc(*u);
	*u = NULL;
}

/* libldap sets the SASL library up at its first use, without a lock. */
static void set_up(void)
{
	char **list = NULL;

	ldap_get_option(NULL, LDAP_OPT_X_SASL_MECHLIST, &list);
}

/* An identity to act as is never given: the name in the credentials is the one that counts. */
static int interact(LDAP *ld, unsigned flags, void *arg, void *prompts)
{
	const struct answers *a = arg;
	sasl_interact_t *p = prompts;

	(void)flags;
	/* Without these Cyrus 2.1.28 takes some itself inside TLS, and never gives them back. This
	 * is the one moment when its connection exists and has not begun. */
	if (a->cred != GSS_C_NO_CREDENTIAL)
		(void)ldap_set_option(ld, LDAP_OPT_X_SASL_GSS_CREDS, a->cred);
	for (; p != NULL && p->id != SASL_CB_LIST_END; p++) {
		const char *value = p->id == SASL_CB_AUTHNAME ? a->name
			: p->id == SASL_CB_PASS               ? a->password
							      : "";

		p->result = value;
		p->len = (unsigned)strlen(value);
	}
	return LDAP_SUCCESS;
}

/* The security layer: on a plain channel one that hides, else none. */
static int set_layer(struct dir_conn *c, const struct dir_settings *s)
{
	static const int binding[] = {
		[DIR_BINDING_NONE] = LDAP_OPT_X_SASL_CBINDING_NONE,
		[DIR_BINDING_UNIQUE] = LDAP_OPT_X_SASL_CBINDING_TLS_UNIQUE,
		[DIR_BINDING_ENDPOINT] = LDAP_OPT_X_SASL_CBINDING_TLS_ENDPOINT,
	};
	char properties[64] = "noanonymous,noplain,minssf=0,maxssf=0";
	int cbinding = binding[s->binding];

	if (c->channel == DIR_PLAIN)
		snprintf(properties, sizeof(properties), "noanonymous,noplain,minssf=%d",
			s->min_ssf);
	if (ldap_set_option(c->ld, LDAP_OPT_X_SASL_NOCANON, LDAP_OPT_ON) != LDAP_OPT_SUCCESS ||
		ldap_set_option(c->ld, LDAP_OPT_X_SASL_SECPROPS, properties) != LDAP_OPT_SUCCESS)
		return LDAP_LOCAL_ERROR;
	if (c->channel == DIR_TLS &&
		ldap_set_option(c->ld, LDAP_OPT_X_SASL_CBINDING, &cbinding) != LDAP_OPT_SUCCESS)
		return LDAP_LOCAL_ERROR;
	return LDAP_SUCCESS;
}

/* What the library made of it, not what was asked of it. */
static int check_layer(const struct dir_login *l)
{
	ber_len_t ssf = 0;

	if (l->conn->channel != DIR_PLAIN)
		return LDAP_SUCCESS;
	if (ldap_get_option(l->conn->ld, LDAP_OPT_X_SASL_SSF, &ssf) != LDAP_OPT_SUCCESS ||
		ssf < (ber_len_t)l->set->min_ssf) {
		l->conn->broken = 1;
		return LDAP_CONFIDENTIALITY_REQUIRED;
	}
	return LDAP_SUCCESS;
}

static int steps(struct dir_login *l, const char *mechanism, struct answers *a)
{
	autoclean(dir_message_free) LDAPMessage *msg = NULL;
	const char *state = NULL;
	int msgid = 0, rc;

	for (;;) {
		l->conn->limit = (struct dir_limit){ .deadline = l->deadline_ms };
		rc = ldap_sasl_interactive_bind(l->conn->ld, NULL, mechanism, NULL, NULL,
			LDAP_SASL_QUIET, interact, a, msg, &state, &msgid);
		if (rc != LDAP_SASL_BIND_IN_PROGRESS)
			break;
		dir_message_free(&msg);
		rc = dir_conn_wait(l->conn, msgid, l->deadline_ms, &msg);
		if (rc != LDAP_SUCCESS)
			return rc;
	}
	if (rc == LDAP_SUCCESS)
		return check_layer(l);
	ldap_get_option(l->conn->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &l->said);
	return l->conn->limit.expired ? LDAP_TIMEOUT : rc;
}

static int run(struct dir_login *l, const char *mechanism, struct answers *a)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	int rc;

	pthread_once(&once, set_up);
	rc = set_layer(l->conn, l->set);
	return rc != LDAP_SUCCESS ? rc : steps(l, mechanism, a);
}

/* GSSAPI takes its credentials from the cache that this very thread names (gss_krb5_ccache_name is
 * per thread), which nobody changes any more: no environment, nothing shared. */
int dir_sasl_kerberos(struct dir_login *l, const char *mechanism, struct fail *f)
{
	autoclean(url_free) LDAPURLDesc *url = NULL;
	autoclean(dir_ticket_give) struct dir_ticket *ticket = NULL;
	struct answers a = { "", "", GSS_C_NO_CREDENTIAL };
	OM_uint32 minor;
	int rc;

	if (ldap_url_parse(l->conn->uri, &url) != LDAP_URL_SUCCESS)
		return LDAP_PARAM_ERROR;
	if (dir_cred_take(l->set->cred, url->lud_host, l->deadline_ms, &ticket, f) < 0)
		return LDAP_PARAM_ERROR;
	if (gss_krb5_ccache_name(&minor, dir_ticket_cache(ticket), NULL) != GSS_S_COMPLETE ||
		gss_acquire_cred(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, GSS_C_NO_OID_SET,
			GSS_C_INITIATE, &a.cred, NULL, NULL) != GSS_S_COMPLETE)
		return LDAP_LOCAL_ERROR;
	l->conn->good_until = dir_ticket_end(ticket);
	rc = run(l, mechanism, &a);
	gss_release_cred(&minor, &a.cred);
	return rc;
}

int dir_sasl_scram(struct dir_login *l, const char *mechanism, struct fail *f)
{
	autoclean(bytes_wipe) struct bytes file = BYTES_INIT;
	autoclean(bytes_wipe) struct bytes password = BYTES_INIT;
	struct answers a;

	if (dir_password_read(l->set->password_file, &file, f) < 0)
		return LDAP_PARAM_ERROR;
	password.data = (uint8_t *)mem_textn((const char *)file.data, file.len);
	password.len = file.len;
	a = (struct answers){ l->set->bind_user, (const char *)password.data,
		GSS_C_NO_CREDENTIAL };
	return run(l, mechanism, &a);
}
