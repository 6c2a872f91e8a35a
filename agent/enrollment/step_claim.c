/* The claim: from here on the password belongs to this key, durably, and only undo_claim or the end
 * of the enrollment changes that. */
#include <string.h>

#include "agent/enrollment/steps.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/text.h"

/* Before anything is claimed: is there still a place for the device, and a profile, and may it
 * still have its name? */
int step_place(struct run *r, struct fail *f)
{
	struct store_record *rec = &r->record;
	autoclean(text_free) char *fqdn = NULL;

	if (!run_profile(r, f))
		return -1;
	if (rec->state == RECORD_PENDING && rules_name(r->conf, rec->name, f) < 0)
		return -1;
	if (join_ou_by_guid(r->e->parts.join, rec->ou_guid, &r->ou, f) < 0)
		return -1;
	fqdn = rules_fqdn(rec->name, r->ou.suffix);
	if (!text_equal(fqdn, rec->fqdn))
		return fail(f, ENR_OU_CHANGED, "%s would be %s now, it was to be %s", rec->name,
			fqdn, rec->fqdn);
	return 0;
}

struct machine {
	char password[STORE_MACHINE_PASSWORD_MAX];
};

static void machine_wipe(struct machine *m)
{
	mem_wipe(m, sizeof(*m));
}

int step_claim(struct run *r, struct fail *f)
{
	const struct conf_profile *p = conf_profile_find(r->conf, r->record.profile);
	struct store_record after = { 0 };
	uint8_t serial[CA_SERIAL_LEN];
	autoclean(machine_wipe) struct machine made = { "" };
	struct store_claim claim = {
		.id = r->record.id, .spki_sha256 = r->csr.spki_sha256, .cert_serial = serial,
		.cert_not_before = r->now - CA_BACKDATE_S,
		.cert_not_after = r->now + (p ? p->certificate_lifetime : 0),
		.now = r->now, .attempt = r->attempt,
		.server = r->ou.server,
		/* Certificate first: the next thing that leaves is the add, after the certificate
		 * has been kept. */
		.lazy = !r->traits.object_first,
	};

	if (store_clock(r->e->parts.store, r->now, f) < 0)
		return -1;
	ca_serial_new(serial);
	if (r->traits.has_password) {
		machine_password_new(made.password);
		claim.machine_password = made.password;
	}
	if (store_claim(r->e->parts.store, &claim, &r->claim, &after, f) < 0)
		return -1;
	store_record_clear(&r->record);
	r->record = after;
	r->stands = r->record.object_guid != NULL;
	return 0;
}

/* Back to pending if nothing can have been made, or what was made can be taken back; else the
 * record waits for certainty, or for the sweep to finish it. A certificate that is durable stays
 * with the record, unreleased. */
void undo_claim(struct run *r, const struct fail *why)
{
	struct store_actor by = run_actor(r);
	struct fail f = FAIL_INIT;
	struct store_trouble t = { .why = why, .phase = r->phase,
		.server = r->sent_to ? r->sent_to : r->record.object_server };
	int ended = 0, issued = r->record.state != RECORD_CLAIMED;

	if (r->claim == CLAIM_NONE || r->claim == CLAIM_FINISHED || run_is_forward(r))
		return;
	if (r->stands && r->record.object_guid) {
		ended = run_unmake(r, &t, &f);
		if (ended == 0)
			run_story(r, "left behind", r->record.take_guid ?
				"the object that was taken over, without a password that works" :
				"nothing: the object was taken back, no certificate");
	} else if (!r->unsure && !r->stands) {
		ended = store_release(r->e->parts.store, &r->record, &t, &by, &f);
		if (ended == 0)
			run_story(r, "left behind", issued ?
				"no object; a certificate, kept for this device's next try" :
				"nothing: no object, no certificate");
	} else if (r->record.state != RECORD_UNCERTAIN)
		ended = store_uncertain(r->e->parts.store, &r->record, &t, &by, &f);
	if (ended < 0)
		log_error("undo", "record=%s code=%s evidence=\"%s\"", r->record.id,
			code_name(f.code), f.evidence);
}

/* The same key asks again after the end: the very octets it was given. */
int step_recall(struct run *r, struct fail *f)
{
	return store_document(r->e->parts.store, &r->record, &r->document, f);
}
