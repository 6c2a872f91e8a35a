/* Enrolld.Domain: facts about the domain for whoever wants them, and where there is Kerberos the
 * keytab of this machine. */
#include "client/apply.h"

#include "client/keytab.h"
#include "client/login_text.h"
#include "client/put.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"
#include "lib/wire/wapdoc_names.h"

static void set(char **at, const char *text)
{
	text_free(at);
	*at = mem_text(text);
}

static void note(struct state *s, const struct domain *d)
{
	autoclean(text_free) char *version = mem_printf("%lld", (long long)d->key_version);

	set(&s->dns_domain, d->dns);
	set(&s->directory_server, d->server);
	set(&s->object, d->object);
	set(&s->realm, d->account ? d->realm : NULL);
	set(&s->netbios, d->account ? d->netbios : NULL);
	set(&s->controller, d->account ? d->controller : NULL);
	set(&s->account, d->account);
	set(&s->key_version, d->account ? version : NULL);
}

/* What becomes of the keytab; one that libkrb5 does not read is found here, before any change. */
static int make_keytab(struct apply *a, struct fail *f)
{
	autoclean(text_free) char *path = place_file(a->place, PLACE_KEYTAB);
	autoclean(bytes_wipe) struct bytes before = BYTES_INIT;

	if (put_read(path, &before, NULL, f) < 0 ||
		keytab_add(&before, &a->domain, &a->keytab, f) < 0)
		return fail_in(f, "%s", PLACE_KEYTAB);
	return 0;
}

static int look(struct apply *a, const struct wapdoc_node *n, struct fail *f)
{
	const uint8_t *key = a->state->has_secret_key ? a->state->secret_key : NULL;

	if (domain_read(a->document, n, key, &a->domain, f) < 0)
		return fail_in(f, "%s", n->name);
	note(a->state, &a->domain);
	return a->domain.account != NULL ? make_keytab(a, f) : 0;
}

static int put_json(struct apply *a, struct fail *f)
{
	const struct domain *d = &a->domain;
	json_t *o = say_object("domain");

	say_set(o, "dns_domain", d->dns);
	say_set(o, "directory_server", d->server);
	say_set(o, "dn", d->object);
	say_set(o, "realm", d->realm);
	say_set(o, "netbios_domain", d->netbios);
	say_set(o, "controller", d->controller);
	say_set(o, "account", d->account);
	say_set(o, "sid", d->sid);
	json_object_set_new(o, "key_version",
		d->account ? json_integer(d->key_version) : json_null());
	return apply_json(a, PLACE_DOMAIN, 0644, o, f);
}

static int put_kerberos(struct apply *a, struct fail *f)
{
	autoclean(str_free) struct str conf = STR_INIT(PLACE_TEXT_MAX);
	struct bytes data;

	login_krb5_conf(&a->domain, &conf);
	data = (struct bytes){ (uint8_t *)conf.data, conf.len };
	if (journal_put(a->journal, PLACE_KRB5, &data, 0644, f) < 0)
		return -1;
	return journal_put_keytab(a->journal, PLACE_KEYTAB, &a->keytab, a->domain.realm, f);
}

static int apply(struct apply *a, const struct wapdoc_node *n, struct str *words, struct fail *f)
{
	const struct domain *d = &a->domain;

	(void)n;
	if (put_json(a, f) < 0)
		return -1;
	if (d->account == NULL) {
		str_printf(words, "%s%s%.300s", d->dns, d->object ? ", as " : "",
			d->object ? d->object : "");
		return 0;
	}
	if (put_kerberos(a, f) < 0)
		return -1;
	str_printf(words, "%s, key version %lld%s%s", PLACE_KEYTAB, (long long)d->key_version,
		d->controller ? ", from " : "", d->controller ? d->controller : "");
	return 0;
}

const struct section section_domain = {
	.type = WAPDOC_DOMAIN,
	.name = "Domain",
	.label = "Domain",
	.look = look,
	.apply = apply,
};
