/* Certificates, lists of them in PEM, CRLs: read without harm, or refused with the right code. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/pki/crl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_one(const uint8_t *data, size_t size)
{
	autoclean(cert_info_clear) struct cert_info info = { 0 };
	autoclean(cert_issuer_free) struct cert_issuer *issuer = NULL;
	struct bytes cert = { (uint8_t *)(uintptr_t)data, size };
	struct cert_list anchors = { &cert, 1 };
	struct cert_check check = { .anchors = &anchors, .intermediates = &anchors,
		.dns_name = "a.example", .at = 1700000000 };
	struct fail f = FAIL_INIT;

	if (cert_info_read(data, size, &info, &f) < 0 && f.code != ENR_MESSAGE_MALFORMED)
		abort();
	if (info.subject != NULL && strlen(info.serial) % 2 != 0)
		abort();
	issuer = cert_issuer_open(&cert, NULL);
	if (issuer != NULL)
		cert_issuer_permits(issuer, "a.example");
	cert_has_name(data, size, "a.example");
	cert_is_issued_by(&cert, &cert);
	cert_verify(data, size, &check, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autoclean(cert_list_free) struct cert_list list = { 0 };
	struct crl_info crl;

	read_one(data, size);
	if (cert_list_parse_pem(data, size, 4, &list, NULL) == 0 && (list.n == 0 || list.n > 4))
		abort();
	for (size_t i = 0; i < list.n; i++)
		read_one(list.der[i].data, list.der[i].len);
	crl_info_read(data, size, &crl, NULL);
	return 0;
}
