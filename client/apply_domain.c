/* Enrolld.Domain: facts about the domain, for whoever sets up logins. */
#include "client/apply.h"

#include "lib/base/clean.h"
#include "lib/base/text.h"
#include "lib/wire/wapdoc_names.h"

static int look(struct apply *a, const struct wapdoc_node *n, struct fail *f)
{
	const char *domain, *server = wapdoc_value(n, WAPDOC_DIRECTORY_SERVER);
	const char *dn = wapdoc_value(n, WAPDOC_DN);

	if (apply_value(n, WAPDOC_DNS_DOMAIN, text_is_hostname, &domain, f) < 0)
		return -1;
	if ((server != NULL && apply_value(n, WAPDOC_DIRECTORY_SERVER, NULL, &server, f) < 0) ||
		(dn != NULL && apply_value(n, WAPDOC_DN, NULL, &dn, f) < 0))
		return -1;
	text_free(&a->state->dns_domain);
	text_free(&a->state->directory_server);
	text_free(&a->state->account);
	a->state->dns_domain = mem_text(domain);
	a->state->directory_server = mem_text(server);
	a->state->account = mem_text(dn);
	return 0;
}

static int apply(struct apply *a, const struct wapdoc_node *n, struct str *words, struct fail *f)
{
	const char *dn = wapdoc_value(n, WAPDOC_DN);
	json_t *o = say_object("domain");

	say_set(o, "dns_domain", wapdoc_value(n, WAPDOC_DNS_DOMAIN));
	say_set(o, "directory_server", wapdoc_value(n, WAPDOC_DIRECTORY_SERVER));
	say_set(o, "dn", dn);
	if (apply_json(a, PLACE_DOMAIN, 0644, o, f) < 0)
		return -1;
	str_printf(words, "%s%s%.300s", wapdoc_value(n, WAPDOC_DNS_DOMAIN), dn ? ", as " : "",
		dn ? dn : "");
	return 0;
}

const struct section section_domain = {
	.type = WAPDOC_DOMAIN,
	.name = "Domain",
	.label = "Domain",
	.look = look,
	.apply = apply,
};
