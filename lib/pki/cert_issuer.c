#include "lib/pki/cert.h"

#include <string.h>
#include <strings.h>

#include <openssl/err.h>

#include "lib/pki/ossl_private.h"

struct cert_issuer *cert_issuer_open(const struct bytes *cert, struct fail *f)
{
	struct cert_issuer *i;
	X509 *x509;

	ERR_clear_error();
	x509 = ossl_cert(cert->data, cert->len);
	/* Reads the extensions now, not in the first of many threads. */
	if (x509 == NULL || X509_check_purpose(x509, -1, 0) != 1) {
		X509_free(x509);
		ossl_fail(f, ENR_CA_UNAVAILABLE, "an issuing certificate");
		return NULL;
	}
	i = mem_new(sizeof(*i));
	i->cert = x509;
	return i;
}

void cert_issuer_free(struct cert_issuer **i)
{
	if (*i == NULL)
		return;
	X509_free((*i)->cert);
	free(*i);
	*i = NULL;
}

/* dNSName constraints (RFC 5280 section 4.2.1.10): the base, or labels in front of it. */
static int is_below(const char *name, const ASN1_STRING *base)
{
	const char *text = (const char *)ASN1_STRING_get0_data(base);
	size_t base_len = (size_t)ASN1_STRING_length(base), len = strlen(name);

	if (base_len > 0 && text[0] == '.') {
		text++;
		base_len--;
		if (len <= base_len)
			return 0;
	}
	if (len < base_len || strncasecmp(name + len - base_len, text, base_len) != 0)
		return 0;
	return len == base_len || base_len == 0 || name[len - base_len - 1] == '.';
}

int cert_issuer_permits(const struct cert_issuer *i, const char *dns_name)
{
	NAME_CONSTRAINTS *nc = X509_get_ext_d2i(i->cert, NID_name_constraints, NULL, NULL);
	int permits = 0;

	for (int n = 0; nc != NULL && n < sk_GENERAL_SUBTREE_num(nc->permittedSubtrees); n++) {
		const GENERAL_NAME *g =
			sk_GENERAL_SUBTREE_value(nc->permittedSubtrees, n)->base;

		if (g->type == GEN_DNS)
			permits |= is_below(dns_name, g->d.dNSName);
	}
	NAME_CONSTRAINTS_free(nc);
	ERR_clear_error();
	return permits;
}
