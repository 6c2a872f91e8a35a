#include "lib/pki/ossl_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>

int ossl_fail(struct fail *f, enum code code, const char *fmt, ...)
{
	char text[FAIL_EVIDENCE_MAX];
	unsigned long first = ERR_peek_error();
	const char *reason = first ? ERR_reason_error_string(first) : NULL;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fail(f, code, "%s%s%s", text, reason ? ": " : "", reason ? reason : "");
	ERR_clear_error();
	return -1;
}

void ossl_must(int ok, const char *what)
{
	if (ok > 0)
		return;
	dprintf(STDERR_FILENO, "OpenSSL cannot do %s\n", what);
	abort();
}

int ossl_der_take(unsigned char **der, int len, struct bytes *out)
{
	if (*der == NULL || len <= 0)
		return -1;
	bytes_set(out, *der, (size_t)len);
	OPENSSL_free(*der);
	*der = NULL;
	return 0;
}

void ossl_bio_add(BIO *bio, struct str *out)
{
	char *data;
	long len = BIO_get_mem_data(bio, &data);

	if (len > 0)
		str_add(out, data, (size_t)len);
}

int ossl_time(const ASN1_TIME *t, int64_t *out)
{
	struct tm tm;

	if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1)
		return -1;
	*out = (int64_t)timegm(&tm);
	return 0;
}
