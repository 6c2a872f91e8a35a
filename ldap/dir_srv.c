#include "ldap/dir_srv.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

enum {
	ANSWER_MAX = 65535,
	ASK_S = 2,                     /* per try and server, at first */
	ASK_TRIES = 2,
	FIXED = 6,                     /* octets before the target */
};

static void lower(char *t)
{
	for (; *t != '\0'; t++)
		if (*t >= 'A' && *t <= 'Z')
			*t = (char)(*t - 'A' + 'a');
}

/* One record of the answer; 0 if it is not taken. */
static int take(ns_msg *m, const ns_rr *rr, struct dir_srv *out)
{
	const u_char *data = ns_rr_rdata(*rr);

	if (ns_rr_type(*rr) != ns_t_srv || ns_rr_class(*rr) != ns_c_in || ns_rr_rdlen(*rr) <= FIXED)
		return 0;
	out->priority = (uint16_t)ns_get16(data);
	out->weight = (uint16_t)ns_get16(data + 2);
	out->port = (uint16_t)ns_get16(data + 4);
	if (out->port == 0 ||
		dn_expand(ns_msg_base(*m), ns_msg_end(*m), data + FIXED, out->target,
			sizeof(out->target)) < 0)
		return 0;
	lower(out->target);
	return text_is_hostname(out->target);
}

int dir_srv_parse(const uint8_t *message, size_t len, struct dir_srv_list *list)
{
	struct dir_srv one;
	ns_msg m;

	if (len > ANSWER_MAX || ns_initparse(message, (int)len, &m) < 0 ||
		!ns_msg_getflag(m, ns_f_qr))
		return -1;
	for (int i = 0; i < ns_msg_count(m, ns_s_an) && list->n < DIR_SRV_MAX; i++) {
		ns_rr rr;

		if (ns_parserr(&m, ns_s_an, i, &rr) < 0)
			break;
		if (!take(&m, &rr, &one))
			continue;
		if (list->n == 0 || ns_rr_ttl(rr) < list->ttl)
			list->ttl = ns_rr_ttl(rr);
		list->at[list->n++] = one;
	}
	return 0;
}

static int by_priority(const void *a, const void *b)
{
	const struct dir_srv *x = a, *y = b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	/* RFC 2782: those of weight 0 stand first when one is drawn. */
	return (x->weight != 0) - (y->weight != 0);
}

/* Draw one of n by weight to the front. */
static void draw(struct dir_srv *at, size_t n, uint32_t (*pick)(uint32_t n))
{
	uint32_t sum = 0, chosen, running = 0;
	struct dir_srv one;
	size_t i;

	for (i = 0; i < n; i++)
		sum += at[i].weight;
	chosen = pick(sum + 1);
	for (i = 0; i + 1 < n; i++) {
		running += at[i].weight;
		if (running >= chosen)
			break;
	}
	one = at[i];
	memmove(&at[1], &at[0], i * sizeof(one));
	at[0] = one;
}

void dir_srv_sort(struct dir_srv_list *list, size_t from, uint32_t (*pick)(uint32_t n))
{
	struct dir_srv *at = &list->at[from];
	size_t n = list->n - from, begin = 0, end;

	qsort(at, n, sizeof(*at), by_priority);
	for (; begin < n; begin = end) {
		for (end = begin; end < n && at[end].priority == at[begin].priority; end++)
			;
		for (size_t i = begin; i < end; i++)
			draw(&at[i], end - i, pick);
	}
}

static uint32_t pick_random(uint32_t n)
{
	uint32_t r = 0;

	(void)!getrandom(&r, sizeof(r), 0);
	return r % n;
}

static void state_close(struct __res_state *s)
{
	res_nclose(s);
}

/* Adds what one name has. 1 it has some, 0 surely none, -1 could not find out. */
static int ask_one(struct __res_state *s, const char *name, struct dir_srv_list *list)
{
	autoclean(text_free) char *answer = mem_new(ANSWER_MAX);
	size_t before = list->n;
	int len = res_nquery(s, name, ns_c_in, ns_t_srv, (u_char *)answer, ANSWER_MAX);

	if (len < 0)
		return s->res_h_errno == HOST_NOT_FOUND || s->res_h_errno == NO_DATA ? 0 : -1;
	if (len > ANSWER_MAX || dir_srv_parse((const uint8_t *)answer, (size_t)len, list) < 0)
		return -1;
	dir_srv_sort(list, before, pick_random);
	return list->n > before;
}

/* A server of the site is one of the domain too. */
static void drop_twice(struct dir_srv_list *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		size_t k = 0;

		while (k < n && (list->at[k].port != list->at[i].port ||
				     strcmp(list->at[k].target, list->at[i].target) != 0))
			k++;
		if (k == n)
			list->at[n++] = list->at[i];
	}
	list->n = n;
}

int dir_srv_ask(const char *domain, const char *site, struct dir_srv_list *list, struct fail *f)
{
	autoclean(text_free) char *all = mem_printf("_ldap._tcp.%s", domain);
	autoclean(text_free) char *near = NULL;
	autoclean(state_close) struct __res_state s = { .options = 0 };
	int rc;

	list->n = 0;
	if (res_ninit(&s) < 0)
		return fail(f, ENR_DIRECTORY_UNREACHABLE, "%s: no DNS resolver", all);
	s.retrans = ASK_S;
	s.retry = ASK_TRIES;
	if (site != NULL) {
		near = mem_printf("_ldap._tcp.%s._sites.%s", site, domain);
		(void)ask_one(&s, near, list);
	}
	rc = ask_one(&s, all, list);
	drop_twice(list);
	if (list->n > 0)
		return 0;
	return rc < 0 ? fail(f, ENR_DIRECTORY_UNREACHABLE, "%s: DNS does not answer", all)
		      : fail(f, ENR_DIRECTORY_UNREACHABLE, "%s: DNS has no such SRV record", all);
}
