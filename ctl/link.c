#include "ctl/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "ctl/interrupt.h"
#include "ctl/output.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

/* One exchange. */
struct exchange {
	CURL *curl;
	struct curl_slist *headers;
	char *url;
	struct str body, answer;
	char error[CURL_ERROR_SIZE];
	long status;
	int64_t started;
};

const char *link_path(const char *text)
{
	return strncmp(text, "unix:", 5) == 0 && text[5] == '/' ? text + 5 : NULL;
}

static void exchange_close(struct exchange *x)
{
	if (x->curl)
		curl_easy_cleanup(x->curl);
	curl_slist_free_all(x->headers);
	free(x->url);
	str_wipe(&x->body);
	str_wipe(&x->answer);
}

static size_t take(char *data, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;

	str_add(&x->answer, data, size * n);
	return x->answer.overflow ? 0 : size * n;
}

static int watch(void *arg, curl_off_t a, curl_off_t b, curl_off_t d, curl_off_t e)
{
	(void)arg, (void)a, (void)b, (void)d, (void)e;
	return interrupted();
}

static int add_body(const char *data, size_t size, void *arg)
{
	str_add(arg, data, size);
	return 0;
}

static int prepare(struct exchange *x, const struct cmd *c, const char *path, const json_t *in)
{
	x->url = mem_printf("http://enrolld/v1/%s", path);
	x->curl = curl_easy_init();
	if (x->curl == NULL || json_dump_callback(in, add_body, &x->body, JSON_COMPACT) < 0 ||
		x->body.overflow)
		return -1;
	x->headers = curl_slist_append(x->headers, "Content-Type: application/json");
	x->headers = curl_slist_append(x->headers, "Expect:");
	curl_easy_setopt(x->curl, CURLOPT_URL, x->url);
	curl_easy_setopt(x->curl, CURLOPT_UNIX_SOCKET_PATH, c->agent);
	curl_easy_setopt(x->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(x->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(x->curl, CURLOPT_HTTPHEADER, x->headers);
	curl_easy_setopt(x->curl, CURLOPT_POSTFIELDSIZE, (long)x->body.len);
	curl_easy_setopt(x->curl, CURLOPT_POSTFIELDS, str_text(&x->body));
	curl_easy_setopt(x->curl, CURLOPT_TIMEOUT_MS, (long)(c->timeout * 1000));
	curl_easy_setopt(x->curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(x->curl, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(x->curl, CURLOPT_ERRORBUFFER, x->error);
	curl_easy_setopt(x->curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(x->curl, CURLOPT_XFERINFOFUNCTION, watch);
	return 0;
}

static int explain_silence(const struct exchange *x, const struct cmd *c, CURLcode rc,
	struct fail *f)
{
	curl_off_t sent = 0;
	long number = 0;

	curl_easy_getinfo(x->curl, CURLINFO_SIZE_UPLOAD_T, &sent);
	if (rc == CURLE_COULDNT_CONNECT) {
		curl_easy_getinfo(x->curl, CURLINFO_OS_ERRNO, &number);
		return fail(f, ENR_AGENT_NOT_RUNNING, "%s: %s", c->agent,
			number > 0 ? strerror((int)number) : "no connection");
	}
	if (sent > 0)
		return fail(f, ENR_AGENT_NOT_RUNNING,
			"%s: %s; the request was sent: enrollctl status and device show tell what "
			"came of it",
			c->agent, *x->error ? x->error : curl_easy_strerror(rc));
	return fail(f, ENR_AGENT_NOT_RUNNING, "%s: %s; nothing was sent", c->agent,
		*x->error ? x->error : curl_easy_strerror(rc));
}

/* An error document becomes f; the document itself stays for output. */
static int take_error(struct cmd *c, json_t *doc, struct fail *f)
{
	const struct code_row *row = code_find(doc_text(doc, "code"));

	json_decref(c->agent_error);
	c->agent_error = doc;
	return fail(f, row ? row->code : ENR_INTERNAL, "%s", doc_text(doc, "evidence"));
}

int link_read(struct cmd *c, const struct link_answer *a, json_t **out, struct fail *f)
{
	json_t *doc = json_loadb(a->text, a->len, JSON_REJECT_DUPLICATES, NULL);

	if (json_is_object(doc) && a->status == 200) {
		*out = doc;
		return 0;
	}
	if (json_is_object(doc) && strcmp(doc_text(doc, "kind"), "error") == 0)
		return take_error(c, doc, f);
	json_decref(doc);
	return fail(f, ENR_AGENT_NOT_RUNNING, "%s: what answered (status %ld) is not enrolld",
		c->agent, a->status);
}

static int read_answer(struct cmd *c, const struct exchange *x, json_t **out, struct fail *f)
{
	const struct link_answer a = { x->status, str_text(&x->answer), x->answer.len };

	return link_read(c, &a, out, f);
}

int link_call(struct cmd *c, const char *path, json_t *in, json_t **out, struct fail *f)
{
	struct exchange x = {
		.body = STR_INIT(LINK_REQUEST_MAX),
		.answer = STR_INIT(LINK_ANSWER_MAX),
		.started = clock_mono_ms(),
	};
	CURLcode rc;
	int result;

	json_decref(c->agent_error);
	c->agent_error = NULL;
	if (prepare(&x, c, path, in) < 0) {
		result = fail(f, ENR_INTERNAL, "the request cannot be made");
	} else {
		rc = curl_easy_perform(x.curl);
		curl_easy_getinfo(x.curl, CURLINFO_RESPONSE_CODE, &x.status);
		if (c->verbose)
			fprintf(stderr, "%s %s: status %ld, %lld ms\n", c->agent, path, x.status,
				(long long)(clock_mono_ms() - x.started));
		result = rc == CURLE_OK ? read_answer(c, &x, out, f)
					: explain_silence(&x, c, rc, f);
	}
	json_decref(in);
	exchange_close(&x);
	return result;
}

int link_show(struct cmd *c, const char *path, json_t *in, cmd_render *render, struct fail *f)
{
	json_t *doc = NULL;
	int rc;

	if (link_call(c, path, in, &doc, f) < 0)
		return -1;
	rc = cmd_result(c, doc, render, f);
	json_decref(doc);
	return rc;
}
