/* The provisioning document, from the record and the configuration as it stands. */
#include <string.h>

#include "agent/enrollment/steps.h"
#include "agent/provisioning/provisioning.h"
#include "lib/base/clean.h"
#include "lib/base/str.h"
#include "lib/wire/native.h"

int compose_document(const struct ca *ca, const struct compose_order *o, struct str *out,
	struct fail *f)
{
	const struct store_record *rec = o->record;
	const struct conf_profile *p = conf_profile_find(o->conf, rec->profile);
	const char *domain = strchr(rec->fqdn, '.');
	struct provisioning_account account = { .login = p ? p->login : NULL,
		.account = rec->object_account, .sid = rec->object_sid,
		.key_version = rec->object_key_version, .password = o->password };
	struct provisioning order;

	if (!p)
		return fail(f, ENR_PROFILE_UNKNOWN, "[profile %s] is gone from the configuration",
			rec->profile);
	order = (struct provisioning){
		.root = ca_root(ca), .devices_ca = ca_devices(ca),
		.device = o->certificate,
		.name = rec->name, .fqdn = rec->fqdn, .dns_domain = domain ? domain + 1 : "",
		.enrollment = rec->id,
		.directory_server = rec->object_server, .dn = rec->object_dn,
		.dm_server = p->dm_server, .dm_server_name = p->dm_server_name,
		.dm_provider_id = p->dm_provider_id,
		.vpn = rec->vpn, .vpn_gateway = p->vpn_gateway,
	};
	if (o->domain && o->domain->realm) {
		account.realm = o->domain->realm;
		account.netbios = o->domain->netbios;
		account.controller = o->domain->controller;
		account.dns = o->domain->dns;
		order.account = &account;
	}
	return provisioning_compose(&order, out, f);
}

int step_compose(struct run *r, struct fail *f)
{
	autoclean(str_wipe) struct str text = STR_INIT(NATIVE_DOCUMENT_MAX);
	autoclean(text_free) char *password = NULL;
	struct compose_order order = { .conf = r->conf, .record = &r->record,
		.certificate = &r->certificate, .domain = &r->domain };

	if (run_domain(r, f) < 0)
		return -1;
	if (r->traits.has_password) {
		password = run_sealed_machine(r, f);
		if (!password)
			return -1;
		order.password = password;
	}
	if (compose_document(r->e->parts.ca, &order, &text, f) < 0)
		return -1;
	if (text.overflow || text.len == 0)
		return fail(f, ENR_INTERNAL, "the document is over %d octets", NATIVE_DOCUMENT_MAX);
	bytes_set(&r->document, (const uint8_t *)str_text(&text), text.len);
	return 0;
}
