#include "ctl/delegation.h"

#include <stdio.h>
#include <stdlib.h>

#include "ctl/output.h"
#include "ctl/request.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

static const char **texts_of(const json_t *doc, const char *key, size_t *n)
{
	const json_t *list = doc_list(doc, key);
	const char **out;

	*n = json_array_size(list);
	out = mem_array(*n + 1, sizeof(*out));
	for (size_t i = 0; i < *n; i++)
		out[i] = doc_item(list, i);
	return out;
}

static const char *text_or_null(const json_t *doc, const char *key)
{
	return json_string_value(json_object_get(doc, key));
}

void delegation_copy_read(const json_t *doc, struct delegation_copy *out)
{
	struct delegation_plan *p = &out->plan;

	p->flavour = doc_text(doc, "flavour");
	p->maps = doc_true(doc, "alt_security_identities");
	p->agent = text_or_null(doc, "agent");
	p->sid = text_or_null(doc, "sid");
	p->account = text_or_null(doc, "account");
	out->ou = texts_of(doc, "ous", &p->n_ou);
	out->group = texts_of(doc, "groups", &p->n_group);
	out->server = texts_of(doc, "servers", &out->n_server);
	p->ou = out->ou;
	p->group = out->group;
}

void delegation_copy_clear(struct delegation_copy *copy)
{
	free(copy->ou);
	free(copy->group);
	free(copy->server);
	*copy = (struct delegation_copy){ .ou = NULL };
}

json_t *delegation_request(const struct cmd *c)
{
	json_t *in = json_object();

	request_text(in, "ou", cmd_text(c, "ou"));
	return in;
}

/* --- the report ---------------------------------------------------------------------- */

static int is_missing(const json_t *item)
{
	return text_equal(doc_text(item, "finding"), "missing");
}

static const char *first_on(const json_t *item)
{
	return doc_item(doc_list(item, "on"), 0);
}

/* Too many on this very object. */
static size_t excess_on(const json_t *items, const char *dn)
{
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i), *on = doc_list(item, "on");

		for (size_t k = 0; !is_missing(item) && k < json_array_size(on); k++)
			n += text_equal_ci(doc_item(on, k), dn);
	}
	return n;
}

static void print_missing(const json_t *items, const char *dn, int *told)
{
	*told = 0;
	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);

		if (!is_missing(item) || !text_equal_ci(first_on(item), dn))
			continue;
		printf("  missing  %-38s [%s]%s%s\n", doc_text(item, "right"),
			doc_text(item, "code"), *doc_text(item, "why") ? "  " : "",
			doc_text(item, "why"));
		*told = 1;
	}
}

static int is_line(const json_t *ous, const char *dn)
{
	for (size_t i = 0; i < json_array_size(ous); i++)
		if (text_equal_ci(doc_text(json_array_get(ous, i), "dn"), dn))
			return 1;
	return 0;
}

static void print_ou(struct cmd *c, const json_t *ou, const json_t *items)
{
	const char *dn = doc_text(ou, "dn");
	long long have = doc_number(ou, "have"), of = doc_number(ou, "of");
	size_t excess = excess_on(items, dn);
	char many[32] = "none too many";
	int told;

	if (excess > 0)
		snprintf(many, sizeof(many), "%zu too many", excess);
	printf("%-54s  %lld of %lld   %s   %s%s%s\n", dn, have, of, many,
		have < of || excess > 0 ? output_bold(c) : "",
		have < of            ? "MISSING"
			: excess > 0 ? "TOO MANY"
				     : "ok",
		have < of || excess > 0 ? output_plain(c) : "");
	print_missing(items, dn, &told);
	if (told && of > 1)
		printf("  do       enrollctl delegation apply --ou \"%s\"\n", dn);
	else if (told)
		printf("  do       enrollctl delegation apply\n");
}

/* Rights missing on devices, and all that is too much. */
static void print_rest(const json_t *ous, const json_t *items)
{
	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i), *on = doc_list(item, "on");
		long long objects = doc_number(item, "objects");

		if (is_missing(item) && is_line(ous, first_on(item)))
			continue;
		printf("%s  %s%s%s%s\n", is_missing(item) ? "missing " : "too many",
			doc_text(item, "right"), *doc_text(item, "via") ? "  by the group " : "",
			doc_text(item, "via"), doc_true(item, "inside") ? "" : "  outside its OUs");
		for (size_t k = 0; k < json_array_size(on); k++)
			printf("  on       %s\n", doc_item(on, k));
		if (objects > (long long)json_array_size(on))
			printf("           and more, %lld objects in all\n", objects);
		if (*doc_text(item, "why"))
			printf("  why      %s\n", doc_text(item, "why"));
	}
}

void delegation_render(struct cmd *c, const json_t *doc)
{
	const json_t *ous = doc_list(doc, "ous"), *items = doc_list(doc, "items");

	for (size_t i = 0; i < json_array_size(ous); i++)
		print_ou(c, json_array_get(ous, i), items);
	print_rest(ous, items);
	printf("%s%lld objects looked at, as %s.\n", json_array_size(items) > 0 ? "\n" : "",
		(long long)doc_number(doc, "objects"),
		*doc_text(doc, "agent") ? doc_text(doc, "agent") : "the account of enrolld");
	if (!text_equal(doc_text(doc, "flavour"), "ad"))
		printf("What that account does not see was not looked at.\n");
	if (doc_number(doc, "unknown") > 0)
		printf("%lld of them do not show who may do what; they could not be checked.\n",
			(long long)doc_number(doc, "unknown"));
	if (doc_true(doc, "more"))
		printf("There is more than is listed here.\n");
}

int delegation_verdict(const json_t *doc, struct fail *f)
{
	const json_t *ok = json_object_get(doc, "ok");

	if (json_is_true(ok))
		return 0;
	if (json_is_false(ok))
		return fail(f, ENR_RIGHTS_DIFFER, "%zu findings",
			json_array_size(doc_list(doc, "items")));
	return fail(f, ENR_PREFLIGHT_UNKNOWN, "not every object shows who may do what");
}
