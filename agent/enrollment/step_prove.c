/* The certificate request: its key is of an accepted kind, it was signed for this very
 * conversation, and by that key. Nothing else in it is read. From here on, one run for this record
 * and key. */
#include <stdio.h>
#include <string.h>

#include "agent/enrollment/steps.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

_Static_assert(NATIVE_CSR_MAX == CSR_MAX, "what the wire lets in is what is parsed");

/* The challenge is over the transcript of phases 1 and 2, which is the one in the state. */
static int check_challenge(const struct run *r, struct fail *f)
{
	struct native_context before = r->context;
	char wanted[NATIVE_CHALLENGE_MAX];

	memcpy(before.transcript, r->talk.transcript, sizeof(before.transcript));
	native_challenge(&before, wanted);
	if (!r->csr.challenge)
		return fail(f, ENR_PROOF_WRONG, "no challengePassword");
	if (strlen(r->csr.challenge) != strlen(wanted) ||
		!mem_equal((const uint8_t *)r->csr.challenge, (const uint8_t *)wanted,
			strlen(wanted)))
		return fail(f, ENR_PROOF_WRONG, "challengePassword of another conversation");
	return 0;
}

int step_prove(struct run *r, struct fail *f)
{
	const struct store_record *rec = &r->record;
	const struct conf_profile *profile = conf_profile_find(r->conf, rec->profile);
	const struct enroll_request *q = r->q;
	char detail[96];

	if (rec->serial && !text_equal_ci(rec->serial, q->serial))
		return fail(f, ENR_SERIAL_MISMATCH, "the record wants %s, the device is %s",
			rec->serial, q->serial[0] ? q->serial : "without one");
	if (pki_csr_parse(q->csr.data, q->csr.len, &r->csr, f) < 0)
		return -1;
	if (rules_key(r->conf, profile, &r->csr, f) < 0 || check_challenge(r, f) < 0)
		return -1;
	if (pki_csr_verify(&r->csr, f) < 0)
		return -1;
	if (!inflight_enter(r->e->inflight, rec->id, r->csr.spki_sha256))
		return fail(f, ENR_SERVER_BUSY, "this key is being enrolled just now");
	r->entered = 1;
	snprintf(detail, sizeof(detail), "key accepted (%s)", rules_key_words(&r->csr));
	run_story(r, "enrollment", detail);
	return 0;
}
