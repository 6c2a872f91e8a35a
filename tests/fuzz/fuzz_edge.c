/* The pipe between front and core: any octets as a request and as a reply. What unpacks must pack
 * to the same octets, so that nothing is accepted in two forms. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/edge/request.h"
#include "lib/base/clean.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must_equal(const struct str *packed, const uint8_t *data, size_t len)
{
	if (packed->overflow || packed->len != len || memcmp(packed->data, data, len) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	autoclean(str_free) struct str packed = STR_INIT(EDGE_MESSAGE_MAX + 65536);
	struct enroll_request q;
	struct enroll_reply a;

	if (len > EDGE_MESSAGE_MAX)
		return 0;
	if (enroll_request_unpack(data, len, &q, NULL) == 0) {
		enroll_request_pack(&q, &packed);
		must_equal(&packed, data, len);
		enroll_request_clear(&q);
	}
	str_clear(&packed);
	if (enroll_reply_unpack(data, len, &a, NULL) == 0) {
		enroll_reply_pack(&a, &packed);
		must_equal(&packed, data, len);
		enroll_reply_clear(&a);
	}
	return 0;
}
