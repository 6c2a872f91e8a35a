#include "lib/pki/ossl_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
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
