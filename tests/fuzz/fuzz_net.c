/* What enroll's parent believes of its child: report and message as they come over the socket. What
 * is taken must pack to the same octets again, and what is shown of it must be bounded text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client/net_wire.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	autoclean(str_free) struct str again = STR_INIT(NET_FRAME_MAX);
	struct unpack u = UNPACK_INIT(data, len);
	struct net_answer a = { .message = NET_MESSAGE_NONE };
	struct net_report r = { 0 };

	net_unpack_report(&u, &r);
	net_unpack_message(&u, &a);
	if (strnlen(r.address, sizeof(r.address)) == sizeof(r.address) ||
		strnlen(r.names, sizeof(r.names)) == sizeof(r.names))
		abort();
	if (unpack_done(&u)) {
		net_pack_report(&r, &again);
		net_pack_message(&a, &again);
		/* An answer that is neither yes nor no, or a flag over 1, has another spelling. */
		if (again.len != len)
			abort();
	}
	net_answer_clear(&a);
	return 0;
}
