/* One request: read on the loop, decided by a worker, answered on the loop. */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>

#include "agent/loop/loop.h"
#include "agent/loop/work.h"
#include "agent/ops/control_body.h"
#include "agent/ops/control_private.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/text.h"

static const char prefix[] = "/v1/";

static struct snapshot *snapshot_take(struct control *c)
{
	struct snapshot *s;

	pthread_mutex_lock(&c->lock);
	s = c->snapshot;
	s->users++;
	pthread_mutex_unlock(&c->lock);
	return s;
}

static void snapshot_give(struct control *c, struct snapshot *s)
{
	pthread_mutex_lock(&c->lock);
	if (--s->users == 0)
		pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
}

/* --- the worker's part --------------------------------------------------------------------------
 */

static int add_octets(const char *data, size_t size, void *arg)
{
	str_add(arg, data, size);
	return 0;
}

static int answer_with(struct job *j, int status, const json_t *doc)
{
	j->status = status;
	str_wipe(&j->answer);
	j->answer = STR_INIT(CONTROL_ANSWER_MAX);
	return json_dump_callback(doc, add_octets, &j->answer, JSON_COMPACT) < 0 ||
			j->answer.overflow
		? -1
		: 0;
}

static const struct control_row *find_row(const struct control *c, const char *path)
{
	if (strncmp(path, prefix, sizeof(prefix) - 1) != 0)
		return NULL;
	for (size_t i = 0; i < c->setup.n_rows; i++)
		if (strcmp(c->setup.rows[i].path, path + sizeof(prefix) - 1) == 0)
			return &c->setup.rows[i];
	return NULL;
}

/* What this person may do at all comes first: who has no role learns nothing else. */
static int permit(struct job *j, struct control_call *call, const struct control_row **row,
	struct fail *f)
{
	*row = find_row(j->control, j->path);
	if (call->caller->role == ROLE_NONE && !(*row && (*row)->least == ROLE_NONE))
		return roles_refuse(call->conf, call->caller, ROLE_AUDITOR, f);
	if (*row == NULL)
		return fail(f, ENR_PATH_UNKNOWN, "this enrolld has no such command");
	if (!j->is_post)
		return fail(f, ENR_METHOD_NOT_ALLOWED, "the control socket takes POST");
	if (call->caller->role < (*row)->least)
		return roles_refuse(call->conf, call->caller, (*row)->least, f);
	return 0;
}

static int run_call(struct job *j, struct control_call *call, json_t **out, struct fail *f)
{
	const struct control_row *row;
	json_t *in;
	int rc;

	if (permit(j, call, &row, f) < 0)
		return -1;
	in = control_body(j->body.data, j->body.len, f);
	if (in == NULL)
		return -1;
	call->in = in;
	rc = row->run(call, out, f);
	json_decref(in);
	return rc;
}

static void name_caller(struct control_caller *caller)
{
	char buf[4096];
	struct passwd pw, *found = NULL;

	if (getpwuid_r(caller->uid, &pw, buf, sizeof(buf), &found) == 0 && found &&
		strlen(pw.pw_name) < sizeof(caller->who) &&
		text_is_utf8(pw.pw_name, strlen(pw.pw_name)))
		snprintf(caller->who, sizeof(caller->who), "%s", pw.pw_name);
	else
		snprintf(caller->who, sizeof(caller->who), "uid %lu", (unsigned long)caller->uid);
}

static void log_call(const struct job *j, const struct control_caller *who, const struct fail *f,
	int64_t began)
{
	char path[300], evidence[700];

	log_info("control", "uid=%lu user=%s role=%s path=%s status=%d code=%s ms=%lld evidence=%s",
		(unsigned long)who->uid, who->who, control_role_word(who->role),
		text_quote(j->path, 64, path, sizeof(path)), j->status,
		f->code ? code_name(f->code) : "-", (long long)(clock_mono_ms() - began),
		text_quote(f->evidence, 150, evidence, sizeof(evidence)));
}

static void job_run(struct job *j)
{
	struct snapshot *s = snapshot_take(j->control);
	struct roles_rule rule = {
		.conf = s->conf,
		.lookup = roles_system_group,
		.has_admin = j->control->setup.single_user,
		.admin_uid = geteuid(),
	};
	struct control_caller caller = { .uid = j->peer.uid, .gid = j->peer.gid };
	struct control_call call = {
		.caller = &caller,
		.conf = s->conf,
		.context = j->control->setup.context,
	};
	struct fail f = FAIL_INIT;
	int64_t began = clock_mono_ms();
	json_t *doc = NULL;

	name_caller(&caller);
	roles_decide(&rule, &j->peer, &caller);
	if (run_call(j, &call, &doc, &f) == 0 && answer_with(j, 200, doc) < 0)
		fail(&f, ENR_INTERNAL, "the answer is too large; ask for less");
	json_decref(doc);
	if (f.code != ENR_NONE) {
		const struct code_row *row = code_row(f.code);

		doc = control_error(&f, &call);
		answer_with(j, row->http ? row->http : 500, doc);
		json_decref(doc);
	}
	json_decref(call.details);
	log_call(j, &caller, &f, began);
	roles_caller_clear(&caller);
	snapshot_give(j->control, s);
}

/* --- the loop's part ----------------------------------------------------------------------------
 */

static void job_free(struct job *j)
{
	free(j->peer.groups);
	free(j->path);
	bytes_wipe(&j->body);
	str_wipe(&j->answer);
	free(j);
}

static void end_if_done(struct control *c)
{
	if (c->stopping > 1 && c->unsent == 0)
		loop_stop(c->loop);
}

static void answer_is_over(struct connection *n)
{
	n->answering = 0;
	n->control->unsent--;
	end_if_done(n->control);
}

static void on_sent(struct evhttp_request *request, void *connection)
{
	(void)request;
	answer_is_over(connection);
}

/* evhttp tells nobody of an answer whose reader has gone. */
void control_gone(struct connection *n)
{
	if (n->job)
		n->job->connection = NULL;
	if (n->answering)
		answer_is_over(n);
}

static void send_answer(struct connection *n, struct evhttp_request *request, int status,
	const struct str *answer)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	struct evbuffer *body = evbuffer_new();

	if (body == NULL)
		abort();
	evbuffer_add(body, str_text(answer), answer->len);
	evhttp_add_header(headers, "Content-Type", "application/json");
	if (n->control->stopping)
		evhttp_add_header(headers, "Connection", "close");
	n->answering = 1;
	n->control->unsent++;
	evhttp_request_set_on_complete_cb(request, on_sent, n);
	evhttp_send_reply(request, status, NULL, body);
	evbuffer_free(body);
}

/* Back on the loop with the answer. */
static void job_done(void *arg)
{
	struct job *j = arg;

	if (j->connection) {
		j->connection->job = NULL;
		send_answer(j->connection, j->request, j->status, &j->answer);
	}
	job_free(j);
}

static void job_work(void *arg)
{
	struct job *j = arg;

	job_run(j);
	loop_post(j->control->loop, job_done, j);
}

static void refuse_now(struct job *j, enum code code, const char *why)
{
	struct fail f = FAIL_INIT;
	json_t *doc;

	fail(&f, code, "%s", why);
	doc = control_error(&f, NULL);
	answer_with(j, code_row(code)->http, doc);
	json_decref(doc);
	job_done(j);
}

static void take_body(struct evhttp_request *request, struct bytes *out)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(request);
	size_t len = evbuffer_get_length(in);

	/* evhttp has refused what is longer. */
	if (len == 0 || len > CONTROL_BODY_MAX)
		return;
	out->data = mem_new(len + 1);
	out->len = len;
	evbuffer_remove(in, out->data, len);
}

void control_serve(struct evhttp_request *request, void *control)
{
	struct control *c = control;
	struct evhttp_connection *connection = evhttp_request_get_connection(request);
	const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));
	struct job *j = mem_new(sizeof(*j));

	j->control = c;
	j->connection = connection_of(c, connection);
	j->connection->job = j;
	j->request = request;
	j->path = mem_text(path ? path : "");
	j->is_post = evhttp_request_get_command(request) == EVHTTP_REQ_POST;
	j->answer = STR_INIT(CONTROL_ANSWER_MAX);
	take_body(request, &j->body);
	if (peer_read(bufferevent_getfd(evhttp_connection_get_bufferevent(connection)), &j->peer) <
		0)
		refuse_now(j, ENR_NOT_PERMITTED, "the kernel does not say who you are");
	else if (c->stopping)
		refuse_now(j, ENR_STOPPING, "enrolld is stopping");
	else if (work_add(c->work, job_work, j) < 0)
		refuse_now(j, ENR_SERVER_BUSY, "too many commands at once");
}
