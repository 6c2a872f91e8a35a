#include "agent/dialect/crl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"

#define KEEP_MS 5000
#define WAITING_MAX 256

/* One list, for all answers that are still being sent: slow readers by the thousand share it. */
struct list {
	struct bytes der;
	size_t users;
};

struct crl {
	struct edge_front *edge;
	struct list *list; /* as of `at`; NULL: none yet */
	int64_t at;
	int is_old; /* there is a newer one than what was asked for last */
	int asking;
	struct http_exchange *waiting[WAITING_MAX];
	size_t n_waiting;
};

static http_handler on_get;

static const struct http_route routes[] = {
	{ CRL_PATH, HTTP_GET | HTTP_HEAD, 0, NULL, on_get },
};

static void refuse(struct http_exchange *x, enum code code, int64_t retry_after, void *crl)
{
	const char *text = code_row(code)->what;
	struct http_answer a = {
		.status = code_row(code)->http,
		.media_type = "text/plain; charset=utf-8",
		.body = text,
		.len = strlen(text),
		.retry_after = retry_after,
		.code = code,
	};

	(void)crl;
	http_answer(x, &a);
}

static void list_give(const void *body, size_t len, void *list)
{
	struct list *l = list;

	(void)body;
	(void)len;
	if (--l->users > 0)
		return;
	bytes_free(&l->der);
	free(l);
}

static void drop_list(struct crl *c)
{
	if (c->list != NULL)
		list_give(NULL, 0, c->list);
	c->list = NULL;
}

static void set_list(struct crl *c, const struct bytes *der)
{
	drop_list(c);
	if (der->len == 0)
		return;
	c->list = mem_new(sizeof(*c->list));
	bytes_set(&c->list->der, der->data, der->len);
	c->list->users = 1;
}

static void send_crl(struct crl *c, struct http_exchange *x)
{
	struct http_answer a = {
		.status = 200,
		.media_type = "application/pkix-crl",
		.body = c->list->der.data,
		.len = c->list->der.len,
		.free_body = list_give,
		.free_arg = c->list,
		.max_age = 60,
	};

	c->list->users++;
	http_answer(x, &a);
}

static void ask(struct crl *c, const struct http_exchange *x);

/* Everybody who waited gets what there is; a list that became old on its way is asked for again. */
static void on_answer(const struct enroll_reply *reply, void *crl)
{
	struct crl *c = crl;
	size_t n = c->n_waiting;
	struct http_exchange *waiting[WAITING_MAX];

	if (reply->code == ENR_NONE && c->is_old) {
		ask(c, c->waiting[0]);
		return;
	}
	for (size_t i = 0; i < n; i++)
		waiting[i] = c->waiting[i];
	c->n_waiting = 0;
	c->asking = 0;
	c->is_old = reply->code != ENR_NONE;
	if (reply->code == ENR_NONE) {
		set_list(c, &reply->document);
		c->at = clock_mono_ms();
	}
	for (size_t i = 0; i < n; i++) {
		if (c->list != NULL)
			send_crl(c,
				waiting[i]); /* an old list is better than none: it says its end */
		else
			refuse(waiting[i], reply->code, reply->retry_after, c);
	}
}

static void ask(struct crl *c, const struct http_exchange *x)
{
	struct enroll_request q = { .kind = REQUEST_CRL };

	c->asking = 1;
	c->is_old = 0;
	snprintf(q.dialect, sizeof(q.dialect), "crl");
	snprintf(q.listener, sizeof(q.listener), "%s", http_exchange_listener(x)->name);
	snprintf(q.address, sizeof(q.address), "%s", http_exchange_peer(x));
	edge_front_submit(c->edge, &q, on_answer, c);
}

static void on_get(struct http_exchange *x, const uint8_t *body, size_t len, void *crl)
{
	struct crl *c = crl;

	(void)body;
	(void)len;
	if (c->list != NULL && !c->is_old && clock_mono_ms() - c->at < KEEP_MS) {
		send_crl(c, x);
		return;
	}
	if (c->n_waiting == WAITING_MAX) {
		refuse(x, ENR_SERVER_BUSY, 1, c);
		return;
	}
	c->waiting[c->n_waiting++] = x;
	if (!c->asking)
		ask(c, x);
}

static void on_news(void *crl)
{
	struct crl *c = crl;

	c->is_old = 1;
}

struct crl *crl_new(struct edge_front *edge)
{
	struct crl *c = mem_new(sizeof(*c));

	c->edge = edge;
	edge_front_on_news(edge, on_news, c);
	return c;
}

void crl_service(struct crl *c, struct http_service *out)
{
	*out = (struct http_service){ routes, ARRAY_LEN(routes), refuse, c };
}

void crl_free(struct crl **c)
{
	if (*c == NULL)
		return;
	drop_list(*c);
	free(*c);
	*c = NULL;
}
