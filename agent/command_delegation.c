/* The commands about the rights of the agent's account. Setting them is not done here: enrollctl
 * gets the plan and the servers and logs in with an admin's password itself, so that this process
 * never sees one. */
#include <string.h>

#include "agent/command_private.h"
#include "agent/delegation/delegation.h"
#include "ldap/dir_dn.h"
#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

enum { OUS_MAX = 64,
	GROUPS_MAX = 64 };

/* A plan that owns what it points to. */
struct plan {
	struct delegation_plan plan;
	struct delegation_who who;
	char *ou[OUS_MAX], *group[GROUPS_MAX];
};

static void plan_clear(struct plan *p)
{
	for (size_t i = 0; i < p->plan.n_ou; i++)
		text_free(&p->ou[i]);
	for (size_t i = 0; i < p->plan.n_group; i++)
		text_free(&p->group[i]);
	delegation_who_clear(&p->who);
}

/* A DN that is none of those before. */
static int is_new(char *const *list, size_t n, const char *dn)
{
	for (size_t i = 0; i < n; i++)
		if (dir_dn_equal(list[i], dn) == 1)
			return 0;
	return 1;
}

static int is_below_another(const struct conf *conf, size_t i)
{
	for (size_t k = 0; k < conf->n_ou; k++)
		if (k != i && dir_dn_is_within(conf->ou[i].dn, conf->ou[k].dn) == 1 &&
			dir_dn_equal(conf->ou[i].dn, conf->ou[k].dn) != 1)
			return 1;
	return 0;
}

/* An OU as the directory spells it; as it was written, where the account does not see it yet. */
static int find_ou(struct control_call *call, const char *text, struct join_ou *out, struct fail *f)
{
	struct fail why = FAIL_INIT;

	if (join_ou_find(command_context(call)->join, text, out, &why) == 0)
		return 0;
	for (size_t i = 0; why.code == ENR_OU_NOT_FOUND && i < call->conf->n_ou; i++)
		if (dir_dn_is_within(text, call->conf->ou[i].dn) == 1) {
			out->dn = mem_text(text);
			return 0;
		}
	if (f != NULL)
		*f = why;
	return -1;
}

static int add_ou(struct control_call *call, const char *text, struct plan *p, struct fail *f)
{
	autoclean(join_ou_clear) struct join_ou ou = { 0 };

	if (find_ou(call, text, &ou, f) < 0)
		return -1;
	if (p->plan.n_ou == OUS_MAX)
		return fail(f, ENR_CONFIG_INVALID, "more than %d [ou] sections", OUS_MAX);
	if (is_new(p->ou, p->plan.n_ou, ou.dn))
		p->ou[p->plan.n_ou++] = steal(ou.dn);
	return 0;
}

static int add_groups(struct join *j, const struct conf_list *names, struct plan *p, struct fail *f)
{
	for (size_t i = 0; i < names->n; i++) {
		autoclean(text_free) char *dn = NULL;

		if (join_group_find(j, names->item[i], &dn, f) < 0)
			return -1;
		if (p->plan.n_group == GROUPS_MAX)
			return fail(f, ENR_CONFIG_INVALID, "more than %d groups", GROUPS_MAX);
		if (is_new(p->group, p->plan.n_group, dn))
			p->group[p->plan.n_group++] = steal(dn);
	}
	return 0;
}

/* The plan for one OU, or (NULL) for all OUs and all groups of profiles. */
static int plan_make(struct control_call *call, const char *only, struct plan *p, struct fail *f)
{
	struct join *j = command_context(call)->join;
	const struct conf *conf = call->conf;

	if (delegation_who(join_dir(j), conf->flavour, &p->who, f) < 0)
		return -1;
	p->plan.flavour = conf->flavour;
	p->plan.maps = conf_maps(conf);
	p->plan.agent = p->who.dn;
	p->plan.sid = p->who.sid;
	p->plan.account = p->who.account;
	p->plan.ou = (const char *const *)p->ou;
	p->plan.group = (const char *const *)p->group;
	if (only != NULL)
		return add_ou(call, only, p, f);
	for (size_t i = 0; i < conf->n_ou; i++)
		if (!is_below_another(conf, i) && add_ou(call, conf->ou[i].dn, p, f) < 0)
			return -1;
	for (size_t i = 0; i < conf->n_profile; i++)
		if (add_groups(j, &conf->profile[i].groups, p, f) < 0)
			return -1;
	return 0;
}

static json_t *texts(const char *const *text, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, control_text(text[i]));
	return list;
}

/* --- plan ---------------------------------------------------------------------------- */

static const char *const scopes[DELEGATION_SCOPES] = { "ou", "device", "group" };

static json_t *line_json(const struct delegation_line *l)
{
	const char *commands[2];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(l->command); i++)
		if (l->command[i] != NULL)
			commands[n++] = l->command[i];
	return json_pack("{s:s, s:i, s:o, s:s, s:s, s:o, s:o}", "kind", "right", "version", 1, "on",
		control_text(l->on), "right", l->right->what, "scope", scopes[l->right->scope],
		"native", control_text(l->native), "commands", texts(commands, n));
}

static int plan_document(struct control_call *call, const struct plan *p, json_t **out,
	struct fail *f)
{
	autoclean(delegation_lines_clear) struct delegation_lines lines = { NULL, 0 };
	const struct delegation_plan *plan = &p->plan;
	const struct conf *conf = call->conf;
	json_t *items;

	if (delegation_say(plan, &lines, f) < 0)
		return -1;
	items = json_array();
	for (size_t i = 0; i < lines.n; i++)
		json_array_append_new(items, line_json(&lines.line[i]));
	*out = json_pack(
		"{s:s, s:i, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:I, s:o}",
		"kind", "delegation_plan", "version", 1, "flavour", conf->flavour,
		"alt_security_identities", plan->maps, "agent",
		document_text(plan->agent), "sid", document_text(plan->sid), "account",
		document_text(plan->account), "ous", texts(plan->ou, plan->n_ou), "groups",
		texts(plan->group, plan->n_group), "servers",
		texts((const char *const *)conf->uri.item, conf->uri.n), "domain",
		document_text(conf->domain), "site", document_text(conf->site), "starttls",
		conf->starttls, "ca_file", document_text(join_ca_file(conf)), "rights_per_ou",
		(json_int_t)delegation_ou_rights(plan), "items", items);
	return 0;
}

int serve_delegation_plan(struct control_call *call, json_t **out, struct fail *f)
{
	autoclean(plan_clear) struct plan p = { .plan = { .flavour = NULL } };
	const char *ou;
	const struct field fields[] = { { "ou", FIELD_TEXT, 0, &ou } };

	if (input_read(call->in, fields, ARRAY_LEN(fields), f) < 0 ||
		plan_make(call, ou, &p, f) < 0)
		return -1;
	return plan_document(call, &p, out, f);
}

int serve_delegation_apply(struct control_call *call, json_t **out, struct fail *f)
{
	autoclean(plan_clear) struct plan p = { .plan = { .flavour = NULL } };
	struct store_actor by = { .who = call->caller->who };
	struct store_story line = { .event = "delegation", .by = &by };
	const char *ou, *note;
	int dry;
	const struct field fields[] = {
		{ "ou", FIELD_TEXT, 0, &ou },
		{ "dry_run", FIELD_FLAG, 0, &dry },
		{ "note", FIELD_TEXT, 0, &note },
	};

	if (input_read(call->in, fields, ARRAY_LEN(fields), f) < 0 ||
		plan_make(call, ou, &p, f) < 0)
		return -1;
	by.note = note;
	line.detail = ou ? ou : "all OUs";
	if (!dry && store_event(command_context(call)->store, &line, f) < 0)
		return -1;
	return plan_document(call, &p, out, f);
}

/* --- verify -------------------------------------------------------------------------- */

static json_t *finding_json(const struct delegation_finding *found)
{
	int missing = found->kind == FINDING_MISSING;

	return json_pack("{s:s, s:i, s:s, s:o, s:o, s:o, s:o, s:I, s:b, s:o}", "kind", "finding",
		"version", 1, "finding",
		missing ? "missing" : "excess", "right", control_text(found->what), "via",
		document_text(found->via), "why", document_text(found->why), "on",
		texts((const char *const *)found->dn, found->n_dn), "objects",
		(json_int_t)found->objects, "inside", found->inside, "code",
		missing ? json_string(code_name(found->code)) : json_null());
}

static json_t *report_json(const struct plan *p, const struct delegation_report *r)
{
	enum answer ok = delegation_ok(r);
	json_t *ous = json_array(), *items = json_array();

	for (size_t i = 0; i < r->n_ou; i++)
		json_array_append_new(ous,
			json_pack("{s:o, s:I, s:I}", "dn", control_text(r->ou[i].dn), "have",
				(json_int_t)r->ou[i].have, "of", (json_int_t)r->ou[i].of));
	for (size_t i = 0; i < r->n; i++)
		json_array_append_new(items, finding_json(&r->finding[i]));
	return json_pack("{s:s, s:i, s:o, s:s, s:o, s:I, s:I, s:b, s:o, s:o}", "kind", "delegation",
		"version", 1, "ok",
		ok == ANSWER_UNKNOWN ? json_null() : json_boolean(ok == ANSWER_YES), "flavour",
		p->plan.flavour, "agent", document_text(p->plan.agent), "objects",
		(json_int_t)r->objects, "unknown", (json_int_t)r->unknown, "more", r->more, "ous",
		ous, "items", items);
}

int serve_delegation_verify(struct control_call *call, json_t **out, struct fail *f)
{
	autoclean(plan_clear) struct plan p = { .plan = { .flavour = NULL } };
	autoclean(join_ou_clear) struct join_ou only = { 0 };
	autoclean(delegation_report_clear) struct delegation_report report = { .n = 0 };
	struct join *j = command_context(call)->join;
	const char *ou;
	const struct field fields[] = { { "ou", FIELD_TEXT, 0, &ou } };

	if (input_read(call->in, fields, ARRAY_LEN(fields), f) < 0 ||
		(ou != NULL && find_ou(call, ou, &only, f) < 0) ||
		plan_make(call, NULL, &p, f) < 0 ||
		delegation_verify(join_dir(j), &p.plan, only.dn, &report, f) < 0)
		return -1;
	*out = report_json(&p, &report);
	return 0;
}
