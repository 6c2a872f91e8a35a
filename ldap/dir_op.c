/* The operations of dir.h: one shape for all of them. A row of calls says how a request is sent;
 * run() takes a connection, sends, waits, sorts the answer, and decides whether it may be tried on
 * another connection or server. */
#include "ldap/dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ldap/dir_fail.h"
#include "ldap/dir_pool.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"

/* One operation, however often it is tried. */
struct call {
	enum dir_op op;
	int answer; /* the type of its final message */
	const char *dn;
	/* Sends; an LDAP result code. */
	int (*send)(LDAP *ld, const struct call *call, LDAPControl **controls, int *msgid);
	/* Takes each message of the answer that is not the final one; NULL: there must be none. */
	int (*part)(struct dir_conn *c, const struct call *call, LDAPMessage *msg);
	/* Looks at the final message after a success; NULL: nothing in it. */
	int (*last)(struct dir_conn *c, const struct call *call, LDAPMessage *msg);
	const struct dir_mods *mods;
	const struct dir_query *query;
	const char *assertion;
	const struct dir_control *with; /* or NULL */
	void *out;
};

static void control_free(LDAPControl **c)
{
	if (*c != NULL)
		ldap_control_free(*c);
	*c = NULL;
}

void dir_control_make(const struct dir_control *from, LDAPControl *out)
{
	*out = (LDAPControl){ (char *)from->oid, { from->len, (char *)from->value }, 1 };
}

/* --- one try ------------------------------------------------------------------------- */

static int make_assertion(LDAP *ld, const char *filter, LDAPControl **out)
{
	struct berval value = { 0, NULL };
	int rc = ldap_create_assertion_control_value(ld, (char *)filter, &value);

	if (rc == LDAP_SUCCESS)
		rc = ldap_control_create(LDAP_CONTROL_ASSERT, 1, &value, 1, out);
	ldap_memfree(value.bv_val);
	return rc;
}

static int send_call(struct dir_conn *c, const struct call *call, int *msgid)
{
	autoclean(control_free) LDAPControl *assertion = NULL;
	LDAPControl noop = { (char *)LDAP_CONTROL_NOOP, { 0, NULL }, 1 };
	LDAPControl *controls[4] = { NULL };
	LDAPControl more;
	size_t n = 0;
	int rc;

	if (call->op == DIR_OP_PROBE || call->op == DIR_OP_TRY)
		controls[n++] = &noop;
	if (call->assertion != NULL) {
		rc = make_assertion(c->ld, call->assertion, &assertion);
		if (rc != LDAP_SUCCESS)
			return rc;
		controls[n++] = assertion;
	}
	if (call->with != NULL) {
		dir_control_make(call->with, &more);
		controls[n++] = &more;
	}
	return call->send(c->ld, call, controls, msgid);
}

/* The answer, message by message; an LDAP result code. */
static int receive(struct dir_conn *c, const struct call *call, int msgid, char **said)
{
	int64_t deadline = clock_mono_ms() + c->timeout_ms;

	for (;;) {
		autoclean(dir_message_free) LDAPMessage *msg = NULL;
		int rc = dir_conn_wait(c, msgid, deadline, &msg);
		int type;

		if (rc != LDAP_SUCCESS)
			return rc;
		type = ldap_msgtype(msg);
		if (type == LDAP_RES_SEARCH_ENTRY || type == LDAP_RES_SEARCH_REFERENCE ||
			type == LDAP_RES_INTERMEDIATE) {
			rc = call->part != NULL ? call->part(c, call, msg) : LDAP_DECODING_ERROR;
			if (rc == LDAP_SUCCESS)
				continue;
			c->broken = 1;
			return rc;
		}
		rc = dir_conn_result(c, msg, call->answer, said);
		if (rc == LDAP_SUCCESS && call->last != NULL)
			rc = call->last(c, call, msg);
		return rc;
	}
}

static int is_success(const struct call *call, int result)
{
	if (call->op == DIR_OP_PROBE)
		return result == LDAP_X_NO_OPERATION;
	if (call->op == DIR_OP_TRY)
		return result == LDAP_OTHER ||
			(result >= 0 && !dir_fail_is_elsewhere(call->op, result, 1));
	return result == LDAP_SUCCESS;
}

/* 0; -1 with f; 1 with f: it was surely not done here and may be tried elsewhere. */
static int try_once(struct dir_conn *c, const struct call *call, struct dir_via *via,
	struct fail *f)
{
	struct dir_outcome o = { .op = call->op, .server = c->uri };
	autoclean(dir_text_free) char *said = NULL;
	int msgid = 0;

	snprintf(via->used, sizeof(via->used), "%s", o.server);
	o.subject = call->dn;
	c->limit = (struct dir_limit){ .deadline = clock_mono_ms() + c->timeout_ms };
	o.result = send_call(c, call, &msgid);
	if (o.result == LDAP_SUCCESS) {
		o.sent = 1;
		o.result = receive(c, call, msgid, &said);
	} else {
		c->broken = 1;
	}
	via->result = o.result;
	snprintf(via->said, sizeof(via->said), "%s", said != NULL ? said : "");
	if (is_success(call, o.result))
		return 0;
	o.said = said;
	dir_fail(f, &o);
	return dir_fail_is_elsewhere(o.op, o.result, o.sent) ? 1 : -1;
}

/* --- several tries ------------------------------------------------------------------- */

static int run(struct dir *d, struct dir_via *via, const struct call *call, struct fail *f)
{
	struct dir_via nowhere = { 0 };
	int server, fresh, rc = -1;

	via = via != NULL ? via : &nowhere;
	via->used[0] = '\0';
	via->result = -1;
	if (dir_server_index(d, via->server, &server, f) < 0)
		return -1;
	fresh = via->fresh;
	/* Each server once, and once more for an idle connection that turns out to be dead. */
	for (size_t tries = 0; tries <= dir_pool_count(d); tries++) {
		struct fail why = FAIL_INIT;
		struct dir_conn *c = NULL;
		int reused;

		if (dir_pool_take(d, server, fresh, &c, f) < 0)
			return -1;
		reused = c->reused;
		rc = try_once(c, call, via, &why);
		if (rc == 1 && !reused)
			dir_pool_failed(d, c->server, &why);
		else if (!c->broken)
			dir_pool_worked(d, c->server);
		dir_pool_give(d, &c);
		if (rc != 0 && f != NULL)
			*f = why;
		if (rc <= 0 || (server != DIR_ANY_SERVER && !reused))
			break;
		fresh = fresh || reused;
	}
	return rc == 0 ? 0 : -1;
}

/* --- searches ------------------------------------------------------------------------ */

struct found {
	struct dir_result *result;
	size_t limit;
	int elsewhere; /* a part of the answer lies on another server */
};

static void copy_attr(const struct berval *name, const struct berval *v, struct dir_attr *out)
{
	size_t n = 0;

	while (v != NULL && v[n].bv_val != NULL)
		n++;
	out->name = mem_textn(name->bv_val, name->bv_len);
	out->value = mem_array(n + 1, sizeof(*out->value));
	for (size_t i = 0; i < n; i++) {
		out->value[i].data = (uint8_t *)mem_textn(v[i].bv_val, v[i].bv_len);
		out->value[i].len = v[i].bv_len;
	}
	out->n = n;
}

/* An entry that ends in the middle is none: what is missing would look like what is not there. */
int dir_entry_copy(LDAP *ld, LDAPMessage *msg, struct dir_entry *out)
{
	struct berval text;
	BerElement *ber = NULL;
	BerVarray values = NULL;
	int rc = ldap_get_dn_ber(ld, msg, &ber, &text);

	if (rc == LDAP_SUCCESS && memchr(text.bv_val, '\0', text.bv_len) != NULL)
		rc = LDAP_DECODING_ERROR;
	if (rc == LDAP_SUCCESS)
		out->dn = mem_textn(text.bv_val, text.bv_len);
	while (rc == LDAP_SUCCESS) {
		rc = ldap_get_attribute_ber(ld, msg, ber, &text, &values);
		if (rc != LDAP_SUCCESS || text.bv_val == NULL)
			break;
		out->attr = mem_grow(out->attr, out->n + 1, sizeof(*out->attr));
		copy_attr(&text, values, &out->attr[out->n++]);
		ber_memfree(values);
		values = NULL;
	}
	ber_memfree(values);
	if (ber != NULL)
		ber_free(ber, 0);
	return rc;
}

static int search_part(struct dir_conn *c, const struct call *call, LDAPMessage *msg)
{
	struct found *found = call->out;
	struct dir_result *r = found->result;

	if (ldap_msgtype(msg) == LDAP_RES_SEARCH_REFERENCE)
		found->elsewhere = 1;
	if (ldap_msgtype(msg) != LDAP_RES_SEARCH_ENTRY)
		return LDAP_SUCCESS;
	if (r->n == found->limit) {
		r->more = 1;
		return LDAP_SUCCESS;
	}
	r->entry = mem_grow(r->entry, r->n + 1, sizeof(*r->entry));
	r->entry[r->n] = (struct dir_entry){ NULL, NULL, 0 };
	return dir_entry_copy(c->ld, msg, &r->entry[r->n++]);
}

static int search_send(LDAP *ld, const struct call *call, LDAPControl **controls, int *msgid)
{
	static const int scopes[] = {
		[DIR_BASE] = LDAP_SCOPE_BASE,
		[DIR_ONE] = LDAP_SCOPE_ONELEVEL,
		[DIR_SUBTREE] = LDAP_SCOPE_SUBTREE,
	};
	static const char *const none[] = { LDAP_NO_ATTRS, NULL };
	const struct dir_query *q = call->query;
	struct found *found = call->out;

	/* A second try begins with nothing. */
	found->elsewhere = 0;
	dir_result_free(&found->result);
	found->result = mem_new(sizeof(*found->result));
	return ldap_search_ext(ld, q->base, scopes[q->scope], q->filter,
		(char **)(q->attrs != NULL ? q->attrs : none), 0, controls, NULL, NULL,
		(int)q->limit + 1, msgid);
}

int dir_search(struct dir *d, struct dir_via *via, const struct dir_query *q,
	struct dir_result **out, struct fail *f)
{
	struct found found = { NULL, q->limit, 0 };
	struct call call = {
		.op = DIR_OP_READ,
		.answer = LDAP_RES_SEARCH_RESULT,
		.dn = q->base,
		.send = search_send,
		.part = search_part,
		.query = q,
		.with = q->control,
		.out = &found,
	};
	struct dir_via here = { 0 };
	int rc;

	via = via != NULL ? via : &here;
	rc = run(d, via, &call, f);
	if (rc < 0 && via->result == LDAP_SIZELIMIT_EXCEEDED && found.result != NULL &&
		found.result->n > 0) {
		found.result->more = 1;
		rc = 0;
	}
	if (rc == 0 && found.elsewhere && found.result->n == 0)
		rc = fail(f, ENR_DIRECTORY_REFERRAL,
			"%s: read %s: a part of it lies on another server", via->used, q->base);
	if (rc == 0) {
		found.result->more |= found.elsewhere;
		*out = steal(found.result);
	}
	dir_result_free(&found.result);
	return rc;
}

/* --- writes -------------------------------------------------------------------------- */

static int add_send(LDAP *ld, const struct call *call, LDAPControl **controls, int *msgid)
{
	return ldap_add_ext(ld, call->dn, dir_mods_list(call->mods), controls, NULL, msgid);
}

static int modify_send(LDAP *ld, const struct call *call, LDAPControl **controls, int *msgid)
{
	return ldap_modify_ext(ld, call->dn, dir_mods_list(call->mods), controls, NULL, msgid);
}

static int delete_send(LDAP *ld, const struct call *call, LDAPControl **controls, int *msgid)
{
	return ldap_delete_ext(ld, call->dn, controls, NULL, msgid);
}

int dir_add(struct dir *d, struct dir_via *via, const char *dn, const struct dir_mods *mods,
	struct fail *f)
{
	struct call call = {
		.op = DIR_OP_ADD,
		.answer = LDAP_RES_ADD,
		.dn = dn,
		.send = add_send,
		.mods = mods,
	};

	return run(d, via, &call, f);
}

int dir_add_noop(struct dir *d, struct dir_via *via, const char *dn, const struct dir_mods *mods,
	struct fail *f)
{
	struct call call = {
		.op = DIR_OP_PROBE,
		.answer = LDAP_RES_ADD,
		.dn = dn,
		.send = add_send,
		.mods = mods,
	};

	return run(d, via, &call, f);
}

int dir_try(struct dir *d, struct dir_via *via, const struct dir_attempt *a, struct fail *f)
{
	static const struct {
		int (*send)(LDAP *, const struct call *, LDAPControl **, int *);
		int answer;
	} writes[] = {
		[DIR_WRITE_ADD] = { add_send, LDAP_RES_ADD },
		[DIR_WRITE_MODIFY] = { modify_send, LDAP_RES_MODIFY },
		[DIR_WRITE_DELETE] = { delete_send, LDAP_RES_DELETE },
		[DIR_WRITE_DELETE_NEVER] = { delete_send, LDAP_RES_DELETE },
	};
	struct call call = {
		.op = DIR_OP_TRY,
		.answer = writes[a->what].answer,
		.dn = a->dn,
		.send = writes[a->what].send,
		.mods = a->mods,
	};

	call.assertion = a->what == DIR_WRITE_DELETE_NEVER ? "(|)" : NULL;
	return run(d, via, &call, f);
}

int dir_modify(struct dir *d, struct dir_via *via, const char *dn, const struct dir_mods *mods,
	struct fail *f)
{
	struct call call = {
		.op = DIR_OP_MODIFY,
		.answer = LDAP_RES_MODIFY,
		.dn = dn,
		.send = modify_send,
		.mods = mods,
	};

	call.assertion = dir_mods_assertion(mods);
	call.with = dir_mods_with(mods);
	return run(d, via, &call, f);
}

int dir_delete(struct dir *d, struct dir_via *via, const char *dn, const char *assert_filter,
	struct fail *f)
{
	struct call call = {
		.op = DIR_OP_DELETE, .answer = LDAP_RES_DELETE, .dn = dn, .send = delete_send
	};

	call.assertion = assert_filter;
	return run(d, via, &call, f);
}

int dir_delete_tree(struct dir *d, struct dir_via *via, const char *dn, struct fail *f)
{
	static const struct dir_control tree = { .oid = "1.2.840.113556.1.4.805" };
	struct call call = {
		.op = DIR_OP_DELETE,
		.answer = LDAP_RES_DELETE,
		.dn = dn,
		.send = delete_send,
		.with = &tree,
	};

	return run(d, via, &call, f);
}

/* --- whoami -------------------------------------------------------------------------- */

static int whoami_send(LDAP *ld, const struct call *call, LDAPControl **controls, int *msgid)
{
	(void)call;
	return ldap_whoami(ld, controls, NULL, msgid);
}

static int whoami_last(struct dir_conn *c, const struct call *call, LDAPMessage *msg)
{
	struct berval *id = NULL;
	int rc = ldap_parse_whoami(c->ld, msg, &id);

	if (rc == LDAP_SUCCESS && id != NULL)
		*(char **)call->out = mem_textn(id->bv_val, strnlen(id->bv_val, id->bv_len));
	ber_bvfree(id);
	return rc;
}

int dir_whoami(struct dir *d, struct dir_via *via, char **out, struct fail *f)
{
	struct dir_via nowhere = { 0 };
	char *id = NULL;
	struct call call = {
		.op = DIR_OP_READ,
		.answer = LDAP_RES_EXTENDED,
		.send = whoami_send,
		.last = whoami_last,
		.out = &id,
	};

	via = via != NULL ? via : &nowhere;
	if (run(d, via, &call, f) < 0) {
		/* Samba does not know the operation: then what we logged in as. */
		if (via->result != LDAP_PROTOCOL_ERROR)
			return -1;
		id = mem_text(d->set.who);
	}
	*out = id != NULL ? id : mem_text("");
	return 0;
}
