/* The certificate: signed once for a claim and durable before anything else happens. */
#include "agent/enrollment/steps.h"
#include "lib/base/clean.h"

static int sign(struct run *r, struct fail *f)
{
	const struct store_record *rec = &r->record;
	const struct conf_profile *p = run_profile(r, f);
	autoclean(text_free) char *upn = NULL;
	struct ca_device device = {
		.name = rec->name, .fqdn = rec->fqdn, .enrollment = rec->id,
		.not_before = rec->cert_not_before, .not_after = rec->cert_not_after,
		.crl_url = r->conf->crl_url,
		.spki = r->csr.spki.data, .spki_len = r->csr.spki.len,
	};

	if (!p)
		return -1;
	if (r->traits.object_first) {
		if (run_domain(r, f) < 0)
			return -1;
		if (!rec->object_account || !rec->object_sid)
			return fail(f, ENR_INTERNAL, "%s: no account, or no SID, was read back",
				rec->object_dn);
		upn = mem_printf("%s@%s", rec->object_account, r->domain.realm);
		device.upn = upn;
		device.sid = rec->object_sid;
		device.pkinit = p->pkinit;
	}
	for (size_t i = 0; i < sizeof(device.serial); i++)
		device.serial[i] = rec->cert_serial[i];
	return ca_issue_device(r->e->parts.ca, &device, &r->certificate, f);
}

int step_issue(struct run *r, struct fail *f)
{
	struct store_actor by = run_actor(r);
	enum answer durable = run_certificate(r, f);

	if (durable == ANSWER_UNKNOWN)
		return -1;
	if (durable == ANSWER_NO && sign(r, f) < 0)
		return -1;
	if (durable == ANSWER_YES && r->record.state != RECORD_CLAIMED)
		return 0;
	return store_issued(r->e->parts.store, &r->record, &r->certificate, &by, f);
}
