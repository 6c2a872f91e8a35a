/* Which attributes a database holds already. slapd's mdb back end loses count of its attribute
 * table when an add with the no-op control is the first to use an attribute: the next entry with
 * it cannot be read back, for good (tried on 2.5.13; docs/DIRECTORY.md). So a check asks first. */
#include <stdlib.h>
#include <string.h>

#include "agent/join/join_private.h"
#include "ldap/dir_dn.h"
#include "ldap/dir_filter.h"
#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

struct join_used {
	char *server, *base, *attr; /* seen there */
};

void join_used_free(struct join *j)
{
	for (size_t i = 0; i < j->n_used; i++) {
		free(j->used[i].server);
		free(j->used[i].base);
		free(j->used[i].attr);
	}
	free(j->used);
}

/* Lock held. */
static int is_known(const struct join *j, const char *server, const char *base, const char *attr)
{
	for (size_t i = 0; i < j->n_used; i++)
		if (text_equal(j->used[i].server, server) && text_equal(j->used[i].base, base) &&
			text_equal(j->used[i].attr, attr))
			return 1;
	return 0;
}

/* Servers and bases come from the configuration, attributes from the flavour: a short list. */
static void remember(struct join *j, const char *server, const char *base, const char *attr)
{
	pthread_mutex_lock(&j->lock);
	if (!is_known(j, server, base, attr)) {
		j->used = mem_grow(j->used, j->n_used + 1, sizeof(*j->used));
		j->used[j->n_used++] = (struct join_used){
			mem_text(server), mem_text(base), mem_text(attr)
		};
	}
	pthread_mutex_unlock(&j->lock);
}

/* Does any entry there have it? */
static enum answer ask(struct join *j, const char *server, struct dir_query *q, const char *attr,
	struct fail *f)
{
	autoclean(str_free) struct str filter = STR_INIT(DIR_FILTER_MAX);
	autoclean(dir_result_free) struct dir_result *r = NULL;
	struct dir_via via = { .server = server };
	struct fail why = FAIL_INIT;

	dir_filter_present(&filter, attr);
	q->filter = str_text(&filter);
	q->limit = 1;
	if (dir_search(j->dir, &via, q, &r, &why) == 0)
		return r->n > 0 ? ANSWER_YES : ANSWER_NO;
	if (why.code == ENR_DIRECTORY_GONE)
		return ANSWER_NO;
	if (f != NULL)
		*f = why;
	return ANSWER_UNKNOWN;
}

/* Our own entry, where it lies in the same naming context: on a directory without any device it is
 * what shows that cn is in use. */
static enum answer ask_self(struct join *j, const char *server, const char *ou_dn,
	const char *attr, struct fail *f)
{
	autoclean(dir_root_clear) struct dir_root root = { NULL, NULL };
	autoclean(text_free) char *self = NULL;
	struct dir_via via = { .server = server };
	struct dir_query q = { .scope = DIR_BASE };

	if (dir_whoami(j->dir, &via, &self, f) < 0 || dir_root(j->dir, &via, &root, f) < 0)
		return ANSWER_UNKNOWN;
	if (strncmp(self, "dn:", 3) != 0 || root.context == NULL)
		return ANSWER_NO;
	q.base = self + 3;
	if (dir_dn_is_within(q.base, root.context) != 1 ||
		dir_dn_is_within(ou_dn, root.context) != 1)
		return ANSWER_NO;
	return ask(j, server, &q, attr, f);
}

enum answer join_attr_used(struct join *j, const char *server, const char *ou_dn,
	const char *attr, struct fail *f)
{
	const struct conf_ou *top = join_ou_top(j, ou_dn);
	struct dir_query q = { .scope = DIR_SUBTREE };
	enum answer answer;
	int known;

	q.base = top != NULL ? top->dn : ou_dn;
	pthread_mutex_lock(&j->lock);
	known = is_known(j, server, q.base, attr);
	pthread_mutex_unlock(&j->lock);
	if (known)
		return ANSWER_YES;
	answer = ask(j, server, &q, attr, f);
	if (answer == ANSWER_NO && strcmp(attr, j->flavour->name_attr) == 0)
		answer = ask_self(j, server, ou_dn, attr, f);
	if (answer == ANSWER_YES)
		remember(j, server, q.base, attr);
	return answer;
}
