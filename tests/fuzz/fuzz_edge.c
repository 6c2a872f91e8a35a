/* The pipe between front and core: any octets as a request and as a reply, as a question about
 * throttles and its answer. What unpacks must pack to the same octets, so that nothing is accepted
 * in two forms. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/edge/request.h"
#include "agent/edge/throttle.h"
#include "lib/base/clean.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must_equal(const struct str *packed, const uint8_t *data, size_t len)
{
	if (packed->overflow || packed->len != len || memcmp(packed->data, data, len) != 0)
		abort();
}

static void try_throttles(const uint8_t *data, size_t len)
{
	autoclean(str_free) struct str packed = STR_INIT(THROTTLE_OCTETS_MAX);
	struct throttle_ask q;
	struct throttle_list list;

	if (throttle_ask_unpack(data, len, &q) == 0) {
		throttle_ask_pack(&q, &packed);
		must_equal(&packed, data, len);
	}
	str_clear(&packed);
	if (throttle_list_unpack(data, len, &list) == 0) {
		throttle_list_pack(&list, &packed);
		must_equal(&packed, data, len);
	}
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
	try_throttles(data, len);
	return 0;
}
