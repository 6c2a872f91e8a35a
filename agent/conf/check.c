/* Rules that more than one option takes part in. A value that was wrong by itself may be missing
 * here; it has been reported already. */
#include <string.h>

#include "agent/conf/items.h"
#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

static void check_agent(const struct conf *c, struct conf_problems *p)
{
	int line = conf_line_of(c, "agent", "default-lifetime");

	if (c->default_lifetime > c->max_lifetime)
		conf_problem(p, line ? line : conf_line_of(c, "agent", "max-lifetime"),
			"[agent] default-lifetime: longer than max-lifetime");
	if (text_equal(c->user, c->front_user))
		conf_problem(p, conf_line_of(c, "agent", "front-user"),
			"[agent] front-user: the same as user; allowed: two different accounts");
}

static void check_lost(const struct conf *c, struct conf_problems *p)
{
	for (size_t i = 0; i < c->lost_servers.n; i++)
		for (size_t k = 0; k < c->uri.n; k++)
			if (text_equal(c->lost_servers.item[i], c->uri.item[k]))
				conf_problem(p, conf_line_of(c, "directory", "lost-servers"),
					"[directory] lost-servers: %s stands in uri; allowed: "
					"servers that will never come back",
					c->uri.item[k]);
}

static int address_seen(const struct conf *c, size_t listener, size_t address)
{
	const char *t = c->listener[listener].address.item[address];

	for (size_t i = 0; i < listener; i++) {
		for (size_t k = 0; k < c->listener[i].address.n; k++) {
			if (text_equal_ci(c->listener[i].address.item[k], t))
				return 1;
		}
	}
	return 0;
}

static void check_listener(const struct conf *c, size_t i, struct conf_problems *p)
{
	static const char *const tls_only[] = { "public-name", "certificate", "key" };
	const struct conf_listener *l = &c->listener[i];
	autoclean(text_free) char *section = mem_printf("listener %s", l->name);

	for (size_t k = 0; k < l->address.n; k++) {
		if (address_seen(c, i, k))
			conf_problem(p, conf_line_of(c, section, "address"),
				"[%s] address: %s belongs to another listener already", section,
				l->address.item[k]);
	}
	if (l->serves_enroll && l->public_name.n == 0 && !conf_line_of(c, section, "public-name"))
		conf_problem(p, conf_line_of(c, section, NULL),
			"[%s] public-name: missing; allowed: the names devices ask for", section);
	for (size_t k = 0; k < ARRAY_LEN(tls_only) && l->serves_crl; k++) {
		int line = conf_line_of(c, section, tls_only[k]);

		if (line)
			conf_problem(p, line, "[%s] %s: has no use with serve = crl", section,
				tls_only[k]);
	}
	if (l->serves_enroll && !conf_line_of(c, section, "certificate") !=
					!conf_line_of(c, section, "key"))
		conf_problem(p, conf_line_of(c, section, NULL),
			"[%s] certificate: goes with key; allowed: both or neither", section);
}

static void check_listeners(const struct conf *c, struct conf_problems *p)
{
	int enroll = 0;

	for (size_t i = 0; i < c->n_listener; i++) {
		check_listener(c, i, p);
		enroll += c->listener[i].serves_enroll;
	}
	if (!enroll)
		conf_problem(p, 0, "[listener NAME]: missing; at least one with serve = enroll");
}

static void check_ous(const struct conf *c, struct conf_problems *p)
{
	if (c->n_ou == 0)
		conf_problem(p, 0, "[ou NAME]: missing; at least one with dn and suffix");
	for (size_t i = 0; i < c->n_ou; i++) {
		autoclean(text_free) char *dn = conf_dn_normal(c->ou[i].dn ? c->ou[i].dn : "");

		for (size_t k = 0; dn && k < i; k++) {
			autoclean(text_free) char *other =
				conf_dn_normal(c->ou[k].dn ? c->ou[k].dn : "");

			if (text_equal(dn, other))
				conf_problem(p, 0, "[ou %s] dn: the same as that of [ou %s]",
					c->ou[i].name, c->ou[k].name);
		}
	}
}

static int is_in_an_ou(const struct conf *c, const char *dn)
{
	autoclean(text_free) char *normal = conf_dn_normal(dn);

	for (size_t i = 0; i < c->n_ou; i++) {
		autoclean(text_free) char *base = conf_dn_normal(c->ou[i].dn ? c->ou[i].dn : "");

		if (base && normal && conf_dn_below(normal, base))
			return 1;
	}
	return 0;
}

/* What only a directory with Kerberos has. */
static void check_kerberos(const struct conf *c, const struct conf_profile *r,
	const char *section, struct conf_problems *p)
{
	if (text_equal(c->flavour, "ad"))
		return;
	if (text_equal(r->login, "sssd"))
		conf_problem(p, conf_line_of(c, section, "login"),
			"[%s] login: sssd needs [directory] flavour = ad; allowed: none", section);
	if (r->pkinit)
		conf_problem(p, conf_line_of(c, section, "pkinit"),
			"[%s] pkinit: needs [directory] flavour = ad; allowed: no", section);
	if (r->alt_security_identities)
		conf_problem(p, conf_line_of(c, section, "alt-security-identities"),
			"[%s] alt-security-identities: needs [directory] flavour = ad; allowed: no",
			section);
}

static void check_profile(const struct conf *c, const struct conf_profile *r,
	struct conf_problems *p)
{
	autoclean(text_free) char *section = mem_printf("profile %s", r->name);

	if (r->ou && !is_in_an_ou(c, r->ou))
		conf_problem(p, conf_line_of(c, section, "ou"),
			"[%s] ou: %s is in none of the [ou NAME] sections", section, r->ou);
	if (r->vpn && !r->vpn_gateway)
		conf_problem(p, conf_line_of(c, section, "vpn"),
			"[%s] vpn-gateway: missing; vpn = yes needs it", section);
	if (r->dm_server && strncasecmp(r->dm_server, "https:", 6) != 0)
		conf_problem(p, conf_line_of(c, section, "dm-server"),
			"[%s] dm-server: devices show it their certificate, so it has to be "
			"https://; allowed: https://…, or none",
			section);
	check_kerberos(c, r, section, p);
}

/* Names that differ in case alone are one name to people. */
static void check_names(const struct conf *c, enum conf_place place, struct conf_problems *p)
{
	const struct conf_place_row *row = &conf_places[place];
	const char *array = *(char *const *)((const char *)c + row->array);
	size_t n = *(const size_t *)((const char *)c + row->count);

	for (size_t i = 0; i < n; i++) {
		const char *name = *(char *const *)(array + i * row->size);

		for (size_t k = 0; k < i; k++) {
			const char *other = *(char *const *)(array + k * row->size);

			if (text_equal_ci(name, other))
				conf_problem(p, 0, "[%s %s]: there is a [%s %s] already",
					row->section, name, row->section, other);
		}
	}
}

/* Neither Windows nor Samba can do anything with an Ed25519 key. */
static void check_keys(const struct conf *c, struct conf_problems *p)
{
	int line = conf_line_of(c, "ca", "key-types");

	for (size_t i = 0; line && text_equal(c->flavour, "ad") && i < c->key_types.n; i++) {
		if (text_equal(c->key_types.item[i], "ed25519"))
			conf_problem(p, line,
				"[ca] key-types: ed25519 does not go with flavour = ad; allowed: "
				"rsa2048, rsa3072, rsa4096, p256, p384");
	}
}

void conf_check(const struct conf *c, struct conf_problems *p)
{
	check_agent(c, p);
	conf_check_directory(c, p);
	check_lost(c, p);
	check_listeners(c, p);
	check_ous(c, p);
	check_keys(c, p);
	for (size_t i = 0; i < c->n_profile; i++)
		check_profile(c, &c->profile[i], p);
	for (enum conf_place place = IN_LISTENER; place <= IN_ROLE; place++)
		check_names(c, place, p);
}
