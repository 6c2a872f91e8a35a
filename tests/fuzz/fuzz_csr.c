/* Certificate requests: what parses must verify or not without harm, and say the same twice. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/pki/csr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autoclean(pki_csr_clear) struct pki_csr csr = { 0 };
	struct fail f = FAIL_INIT;
	int verified;

	if (pki_csr_parse(data, size, &csr, &f) < 0) {
		if (f.code != ENR_CSR_MALFORMED || csr.spki.data != NULL)
			abort();
		return 0;
	}
	verified = pki_csr_verify(&csr, &f);
	if (verified < 0 && f.code != ENR_PROOF_WRONG)
		abort();
	if (csr.spki.len == 0 || csr.key_words[0] == '\0' || (verified == 0 && !csr.kind))
		abort();
	return 0;
}
