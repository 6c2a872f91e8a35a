/* The document of a device. */
#include <string.h>

#include "agent/enrollment/device_private.h"
#include "lib/base/clean.h"
#include "lib/base/str.h"

/* The one it was given, as long as it is kept; else the one it would get now. */
int device_document(struct enrollment *e, const char *id, struct str *out, struct fail *f)
{
	autoclean(run_end) struct run r = { 0 };
	struct compose_order order;
	struct fail why = FAIL_INIT;

	run_begin(&r, e);
	if (device_find(e, id, &r.record, f) < 0)
		return -1;
	if (r.record.state == RECORD_ENROLLED &&
		store_document(e->parts.store, &r.record, &r.document, &why) == 0) {
		str_add(out, r.document.data, r.document.len);
		return 0;
	}
	if (r.record.state == RECORD_ENROLLED && why.code != ENR_PASSWORD_USED) {
		if (f)
			*f = why;
		return -1;
	}
	order = (struct compose_order){ .conf = r.conf, .record = &r.record };
	if (run_domain(&r, f) < 0)
		return -1;
	order.domain = &r.domain;
	if (run_certificate(&r, &why) == ANSWER_YES)
		order.certificate = &r.certificate;
	return compose_document(e->parts.ca, &order, out, f);
}
