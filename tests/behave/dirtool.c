/*
 * Drives agent/join from a script, one call a command, against a real server:
 *
 *	dirtool KEY=VALUE... COMMAND KEY=VALUE...     one command
 *	dirtool KEY=VALUE... -                        commands from stdin, words separated by tabs
 *
 * Before the command: flavour, uri (may be repeated) or domain and site, bind, dn, user, pw,
 * keytab, principal, ssf, binding, cert, key, ca, starttls, timeout, connections, base, allow (an
 * OU that may be used; repeatable), suffix, take-group, take-owner (repeatable). An object may have
 * group= more than once; its password= is seen by all: a test. Prints "ok ..." or "ENR-602
 * create-denied: evidence"; the look prints yes, no or unknown; storm makes objects from many
 * threads and prints a line for each.  Ends with 0 only if the last command was ok.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/conf/conf.h"
#include "agent/join/join.h"
#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"

enum { WORDS_MAX = 32 };

struct words {
	char *word[WORDS_MAX];
	int n;
};

/* The value of KEY=VALUE, or NULL. */
static const char *value(const struct words *w, const char *key)
{
	size_t len = strlen(key);

	for (int i = 0; i < w->n; i++)
		if (strncmp(w->word[i], key, len) == 0 && w->word[i][len] == '=')
			return w->word[i] + len + 1;
	return NULL;
}

static const char *need(const struct words *w, const char *key)
{
	const char *v = value(w, key);

	if (v != NULL)
		return v;
	fprintf(stderr, "dirtool: %s= is missing\n", key);
	exit(2);
}

static int number(const struct words *w, const char *key, int preset)
{
	const char *v = value(w, key);

	return v != NULL ? (int)strtol(v, NULL, 10) : preset;
}

static int failed(const struct fail *f)
{
	printf("%s %s: %s\n", code_name(f->code), code_row(f->code)->word, f->evidence);
	return -1;
}

static const char *groups[WORDS_MAX];
static size_t n_groups;

static const char *or_dash(const char *text)
{
	return text != NULL ? text : "-";
}

static void object_of(const struct words *w, struct join_object *o, struct bytes *certificate)
{
	const char *file = value(w, "cert");
	struct fail f = FAIL_INIT;

	n_groups = 0;
	for (int i = 0; i < w->n; i++)
		if (strncmp(w->word[i], "group=", 6) == 0 && n_groups < WORDS_MAX)
			groups[n_groups++] = w->word[i] + 6;
	*o = (struct join_object){
		.groups = groups,
		.n_groups = n_groups,
		.name = need(w, "name"),
		.fqdn = value(w, "fqdn"),
		.ou_dn = need(w, "ou"),
		.owner = value(w, "owner"),
		.serial = value(w, "serial"),
		.description = value(w, "description"),
		.enrollment = value(w, "enrollment"),
		.mark = value(w, "mark"),
		.password = value(w, "password"),
		.take_guid = value(w, "take"),
		.take_mark = value(w, "take-mark"),
	};
	if (file != NULL && file_read(file, 65536, certificate, &f) < 0)
		exit(failed(&f));
	o->certificate = certificate->data;
	o->certificate_len = certificate->len;
}

static int do_health(struct join *j, const struct words *w, struct fail *f)
{
	autoclean(join_health_clear) struct join_health h = { NULL, NULL, NULL };

	(void)w;
	if (join_health(j, &h, f) < 0)
		return -1;
	printf("ok server=%s identity=%s vendor=%s\n", h.server, h.identity, h.vendor);
	return 0;
}

static int do_ou(struct join *j, const struct words *w, struct fail *f)
{
	autoclean(join_ou_clear) struct join_ou ou = { .dn = NULL };

	if (join_ou_find(j, need(w, "text"), &ou, f) < 0)
		return -1;
	printf("ok dn=%s guid=%s suffix=%s\n", ou.dn, ou.guid, ou.suffix);
	return 0;
}

static int do_ou_guid(struct join *j, const struct words *w, struct fail *f)
{
	autoclean(join_ou_clear) struct join_ou ou = { .dn = NULL };

	if (join_ou_by_guid(j, need(w, "guid"), &ou, f) < 0)
		return -1;
	printf("ok dn=%s guid=%s suffix=%s\n", ou.dn, ou.guid, ou.suffix);
	return 0;
}

static int do_owner(struct join *j, const struct words *w, struct fail *f)
{
	autoclean(text_free) char *dn = NULL;

	if (join_owner_find(j, need(w, "text"), &dn, f) < 0)
		return -1;
	printf("ok dn=%s\n", dn);
	return 0;
}

static int do_free(struct join *j, const struct words *w, struct fail *f)
{
	if (join_name_free(j, need(w, "name"), need(w, "ou"), f) < 0)
		return -1;
	puts("ok");
	return 0;
}

static int do_preflight(struct join *j, const struct words *w, struct fail *f)
{
	autoclean(bytes_free) struct bytes certificate = BYTES_INIT;
	struct join_object o;

	object_of(w, &o, &certificate);
	o.server = value(w, "server");
	if (join_preflight(j, &o, f) < 0)
		return -1;
	puts("ok");
	return 0;
}

static int do_create(struct join *j, const struct words *w, struct fail *f)
{
	autoclean(bytes_free) struct bytes certificate = BYTES_INIT;
	autoclean(join_created_clear) struct join_created c = { .dn = NULL };
	struct join_object o;

	object_of(w, &o, &certificate);
	if (join_create(j, &o, value(w, "server"), &c, f) < 0)
		return -1;
	printf("ok dn=%s guid=%s server=%s", c.dn, c.guid, c.server);
	if (c.account != NULL)
		printf(" account=%s sid=%s kvno=%lld", c.account, or_dash(c.sid),
			(long long)c.key_version);
	puts("");
	return 0;
}

static int do_look(struct join *j, const struct words *w, struct fail *f)
{
	autoclean(bytes_free) struct bytes certificate = BYTES_INIT;
	autoclean(join_created_clear) struct join_created c = { .dn = NULL };
	struct join_object o;

	object_of(w, &o, &certificate);
	switch (join_look(j, &o, value(w, "server"), &c, f)) {
	case ANSWER_YES: printf("yes dn=%s guid=%s server=%s\n", c.dn, c.guid, c.server); return 0;
	case ANSWER_NO: puts("no"); return 0;
	case ANSWER_UNKNOWN: break;
	}
	printf("unknown ");
	return -1;
}

static int do_undo(struct join *j, const struct words *w, struct fail *f)
{
	if (join_undo(j, need(w, "guid"), need(w, "mark"), value(w, "server"), f) < 0)
		return -1;
	puts("ok");
	return 0;
}

static int do_state(struct join *j, const struct words *w, struct fail *f)
{
	int on = strcmp(need(w, "state"), "enabled") == 0;

	if (join_set_state(j, need(w, "guid"), on ? JOIN_ENABLED : JOIN_DISABLED, f) < 0)
		return -1;
	puts("ok");
	return 0;
}

static int seen_print(const struct join_seen *s)
{
	printf("ok dn=%s enrollment=%s mark=%s state=%s", s->dn, or_dash(s->enrollment),
		or_dash(s->mark), s->state == JOIN_ENABLED ? "enabled" : "disabled");
	if (s->account != NULL)
		printf(" account=%s sid=%s kvno=%lld", s->account, or_dash(s->sid),
			(long long)s->key_version);
	printf(" groups=%lld children=%lld\n", (long long)s->n_groups, (long long)s->n_children);
	return 0;
}

static int do_read(struct join *j, const struct words *w, struct fail *f)
{
	autoclean(join_seen_clear) struct join_seen s = { .dn = NULL };

	return join_read(j, need(w, "guid"), &s, f) < 0 ? -1 : seen_print(&s);
}

static int do_may_take(struct join *j, const struct words *w, struct fail *f)
{
	autoclean(join_seen_clear) struct join_seen s = { .dn = NULL };
	struct join_take how = { .foreign = number(w, "foreign", 0) };

	return join_may_take(j, need(w, "guid"), &how, &s, f) < 0 ? -1 : seen_print(&s);
}

static int do_find_name(struct join *j, const struct words *w, struct fail *f)
{
	char guid[40];

	if (join_find_name(j, need(w, "name"), guid, f) < 0)
		return -1;
	printf("ok guid=%s\n", guid);
	return 0;
}

static int do_group(struct join *j, const struct words *w, struct fail *f)
{
	autoclean(text_free) char *dn = NULL;

	if (join_group_find(j, need(w, "text"), &dn, f) < 0)
		return -1;
	printf("ok dn=%s\n", dn);
	return 0;
}

static int do_domain(struct join *j, const struct words *w, struct fail *f)
{
	autoclean(join_domain_clear) struct join_domain d = { NULL, NULL, NULL, NULL };

	if (join_domain(j, value(w, "server"), &d, f) < 0)
		return -1;
	printf("ok dns=%s realm=%s netbios=%s controller=%s\n", or_dash(d.dns), or_dash(d.realm),
		or_dash(d.netbios), or_dash(d.controller));
	return 0;
}

static int do_account(struct join *j, const struct words *w, struct fail *f)
{
	char account[JOIN_ACCOUNT_MAX];

	(void)f;
	join_account(j, need(w, "name"), account);
	printf("ok account=%s\n", account);
	return 0;
}

static int do_publish(struct join *j, const struct words *w, struct fail *f)
{
	autoclean(bytes_free) struct bytes certificate = BYTES_INIT;
	struct join_object o;

	object_of(w, &o, &certificate);
	if (join_publish(j, need(w, "guid"), value(w, "server"), &o, f) < 0)
		return -1;
	puts("ok");
	return 0;
}

static int do_remove(struct join *j, const struct words *w, struct fail *f)
{
	if (join_remove(j, need(w, "guid"), value(w, "mark"), f) < 0)
		return -1;
	puts("ok");
	return 0;
}

static int do_spoil(struct join *j, const struct words *w, struct fail *f)
{
	if (join_spoil_password(j, need(w, "guid"), f) < 0)
		return -1;
	puts("ok");
	return 0;
}

struct storm {
	struct join *j;
	const char *ou;
	int thread, count;
};

static void *storm_thread(void *arg)
{
	struct storm *s = arg;

	for (int i = 0; i < s->count; i++) {
		autoclean(text_free) char *name = mem_printf("WM-%d-%d", s->thread, i);
		autoclean(join_created_clear) struct join_created c = { .dn = NULL };
		struct join_object o = {
			.name = name, .ou_dn = s->ou, .mark = name, .enrollment = "E-4H2X-8RNP"
		};
		struct fail f = FAIL_INIT;

		if (join_create(s->j, &o, NULL, &c, &f) == 0)
			printf("%s ok\n", name);
		else
			printf("%s %s\n", name, code_row(f.code)->word);
	}
	return NULL;
}

static int do_storm(struct join *j, const struct words *w, struct fail *f)
{
	enum { THREADS = 16 };
	struct storm s[THREADS];
	pthread_t t[THREADS];

	(void)f;
	for (int i = 0; i < THREADS; i++) {
		s[i] = (struct storm){ j, need(w, "ou"), i,
			(int)strtol(need(w, "count"), NULL, 10) };
		if (pthread_create(&t[i], NULL, storm_thread, &s[i]) != 0)
			exit(2);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct join *j, const struct words *w, struct fail *f);
} commands[] = {
	{ "health", do_health },
	{ "ou", do_ou },
	{ "ou-guid", do_ou_guid },
	{ "owner", do_owner },
	{ "free", do_free },
	{ "preflight", do_preflight },
	{ "create", do_create },
	{ "look", do_look },
	{ "undo", do_undo },
	{ "state", do_state },
	{ "read", do_read },
	{ "may-take", do_may_take },
	{ "find-name", do_find_name },
	{ "group", do_group },
	{ "domain", do_domain },
	{ "account", do_account },
	{ "publish", do_publish },
	{ "remove", do_remove },
	{ "spoil", do_spoil },
	{ "storm", do_storm },
};

static int command(struct join *j, const char *name, const struct words *w)
{
	struct fail f = FAIL_INIT;

	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return commands[i].run(j, w, &f) < 0 ? failed(&f) : 0;
	fprintf(stderr, "dirtool: no command %s\n", name);
	exit(2);
}

static int from_stdin(struct join *j)
{
	char line[8192];
	int rc = 0;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		struct words w = { .n = 0 };
		char *rest = line, *word;

		line[strcspn(line, "\n")] = '\0';
		while ((word = strsep(&rest, "\t")) != NULL && w.n < WORDS_MAX)
			w.word[w.n++] = word;
		rc = command(j, w.word[0], &w);
		fflush(stdout);
	}
	return rc;
}

static void list_add(struct conf_list *l, char *item)
{
	l->item = mem_grow(l->item, l->n + 1, sizeof(*l->item));
	l->item[l->n++] = item;
}

static void ou_add(struct conf *c, char *dn, char *suffix)
{
	c->ou = mem_grow(c->ou, c->n_ou + 1, sizeof(*c->ou));
	c->ou[c->n_ou++] = (struct conf_ou){ .name = (char *)"ou", .dn = dn, .suffix = suffix };
}

static void conf_of(const struct words *w, struct conf *c)
{
	const char *suffix = value(w, "suffix");

	*c = (struct conf){
		.flavour = (char *)(value(w, "flavour") != NULL ? value(w, "flavour") : "openldap"),
		.bind = (char *)(value(w, "bind") != NULL ? value(w, "bind") : "simple"),
		.bind_dn = (char *)value(w, "dn"),
		.bind_user = (char *)value(w, "user"),
		.bind_password_file = (char *)value(w, "pw"),
		.keytab = (char *)value(w, "keytab"),
		.principal = (char *)value(w, "principal"),
		.sasl_min_ssf = number(w, "ssf", 0),
		.channel_binding = (char *)value(w, "binding"),
		.client_certificate = (char *)value(w, "cert"),
		.client_key = (char *)value(w, "key"),
		.domain = (char *)value(w, "domain"),
		.site = (char *)value(w, "site"),
		.starttls = number(w, "starttls", 0),
		.tls_ca_file = (char *)value(w, "ca"),
		.base = (char *)value(w, "base"),
		.ldap_timeout = number(w, "timeout", 5),
		.ldap_connections = number(w, "connections", 4),
	};
	for (int i = 0; i < w->n; i++) {
		if (strncmp(w->word[i], "uri=", 4) == 0)
			list_add(&c->uri, w->word[i] + 4);
		if (strncmp(w->word[i], "take-group=", 11) == 0)
			list_add(&c->take_groups, w->word[i] + 11);
		if (strncmp(w->word[i], "take-owner=", 11) == 0)
			list_add(&c->take_owners, w->word[i] + 11);
		if (strncmp(w->word[i], "allow=", 6) == 0)
			ou_add(c, w->word[i] + 6,
				(char *)(suffix != NULL ? suffix : "contoso.test"));
	}
}

int main(int argc, char **argv)
{
	struct words before = { .n = 0 }, after = { .n = 0 };
	struct fail f = FAIL_INIT;
	struct conf conf;
	struct join *j;
	int i = 1, rc;

	for (; i < argc && strchr(argv[i], '=') != NULL && before.n < WORDS_MAX; i++)
		before.word[before.n++] = argv[i];
	if (i == argc) {
		fprintf(stderr, "usage: dirtool KEY=VALUE... COMMAND KEY=VALUE... | -\n");
		return 2;
	}
	for (int k = i + 1; k < argc && after.n < WORDS_MAX; k++)
		after.word[after.n++] = argv[k];
	signal(SIGPIPE, SIG_IGN);
	conf_of(&before, &conf);
	j = join_open(&conf, &f);
	if (j == NULL)
		rc = failed(&f);
	else
		rc = strcmp(argv[i], "-") == 0 ? from_stdin(j) : command(j, argv[i], &after);
	join_close(&j);
	free(conf.uri.item);
	free(conf.take_groups.item);
	free(conf.take_owners.item);
	free(conf.ou);
	return rc < 0 ? 1 : 0;
}
