/* dir_walk of dir.h: a search page by page. The cookie of a page belongs to its connection, so that
 * one connection is held from the first page to the last, and nothing is tried again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ldap/dir.h"
#include "ldap/dir_fail.h"
#include "ldap/dir_pool.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"

struct walk {
	const struct dir_query *query;
	const struct dir_visitor *visitor;
	struct berval cookie; /* libldap's */
	struct dir_result *page; /* holds one entry at a time */
	int stopped; /* visit said so, and filled f */
	char *said; /* libldap's */
};

static void walk_clear(struct walk *w)
{
	dir_result_free(&w->page);
	ldap_memfree(w->cookie.bv_val);
	ldap_memfree(w->said);
}

static int send_page(struct dir_conn *c, struct walk *w, int *msgid)
{
	static const int scopes[] = { LDAP_SCOPE_BASE, LDAP_SCOPE_ONELEVEL, LDAP_SCOPE_SUBTREE };
	static const char *const none[] = { LDAP_NO_ATTRS, NULL };
	const struct dir_query *q = w->query;
	LDAPControl *page = NULL, with, *controls[3] = { NULL };
	int rc = ldap_create_page_control(c->ld, (ber_int_t)q->limit, &w->cookie, 1, &page);

	if (rc != LDAP_SUCCESS)
		return rc;
	controls[0] = page;
	if (q->control != NULL) {
		dir_control_make(q->control, &with);
		controls[1] = &with;
	}
	rc = ldap_search_ext(c->ld, q->base, scopes[q->scope], q->filter,
		(char **)(q->attrs != NULL ? q->attrs : none), 0, controls, NULL, NULL, 0, msgid);
	ldap_control_free(page);
	return rc;
}

static int show_entry(struct dir_conn *c, struct walk *w, LDAPMessage *msg, struct fail *f)
{
	struct dir_result *r = mem_new(sizeof(*r));
	int rc;

	dir_result_free(&w->page);
	w->page = r;
	r->entry = mem_array(1, sizeof(*r->entry));
	r->n = 1;
	r->entry[0].dn = NULL;
	rc = dir_entry_copy(c->ld, msg, &r->entry[0]);
	if (rc == LDAP_SUCCESS && w->visitor->visit(&r->entry[0], w->visitor->arg, f) != 0) {
		w->stopped = 1;
		c->broken = 1; /* the rest of the answer is on its way */
	}
	return rc;
}

/* The cookie of the next page; an empty one after the last. */
static int take_cookie(struct dir_conn *c, struct walk *w, LDAPMessage *msg)
{
	LDAPControl **controls = NULL, *page;
	ber_int_t estimate;
	int rc = ldap_parse_result(c->ld, msg, NULL, NULL, NULL, NULL, &controls, 0);

	ldap_memfree(w->cookie.bv_val);
	w->cookie = (struct berval){ 0, NULL };
	if (rc != LDAP_SUCCESS)
		return rc;
	page = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
	if (page != NULL)
		rc = ldap_parse_pageresponse_control(c->ld, page, &estimate, &w->cookie);
	ldap_controls_free(controls);
	return rc;
}

/* One page; an LDAP result code. */
static int one_page(struct dir_conn *c, struct walk *w, int *sent, struct fail *f)
{
	int64_t deadline = clock_mono_ms() + c->timeout_ms;
	int msgid = 0, rc;

	c->limit = (struct dir_limit){ .deadline = deadline };
	rc = send_page(c, w, &msgid);
	*sent = rc == LDAP_SUCCESS;
	while (rc == LDAP_SUCCESS && !w->stopped) {
		LDAPMessage *msg = NULL;
		int type;

		rc = dir_conn_wait(c, msgid, deadline, &msg);
		if (rc != LDAP_SUCCESS)
			return rc;
		type = ldap_msgtype(msg);
		if (type == LDAP_RES_SEARCH_ENTRY) {
			rc = show_entry(c, w, msg, f);
		} else if (type == LDAP_RES_SEARCH_RESULT) {
			rc = dir_conn_result(c, msg, type, &w->said);
			if (rc == LDAP_SUCCESS)
				rc = take_cookie(c, w, msg);
		}
		ldap_msgfree(msg);
		if (type == LDAP_RES_SEARCH_RESULT)
			return rc;
	}
	return rc;
}

int dir_walk(struct dir *d, struct dir_via *via, const struct dir_query *q,
	const struct dir_visitor *visitor, struct fail *f)
{
	autoclean(walk_clear) struct walk w = { .query = q, .visitor = visitor };
	struct dir_outcome o = { .op = DIR_OP_READ, .subject = q->base };
	struct dir_via nowhere = { 0 };
	struct dir_conn *c = NULL;
	int server;

	via = via != NULL ? via : &nowhere;
	if (dir_server_index(d, via->server, &server, f) < 0 ||
		dir_pool_take(d, server, via->fresh, &c, f) < 0)
		return -1;
	do {
		o.result = one_page(c, &w, &o.sent, f);
	} while (o.result == LDAP_SUCCESS && !w.stopped && w.cookie.bv_len > 0);
	snprintf(via->used, sizeof(via->used), "%s", c->uri);
	o.server = via->used;
	via->result = o.result;
	c->broken |= o.result != LDAP_SUCCESS;
	dir_pool_give(d, &c);
	if (w.stopped)
		return -1;
	o.said = w.said;
	return o.result == LDAP_SUCCESS ? 0 : dir_fail(f, &o);
}
