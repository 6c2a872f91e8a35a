/* The opaque state that a device carries between two phases. What anybody makes up does not open,
 * in no phase; what was sealed under the right key opens only if it is a state, and means the same
 * when it is sealed and opened once more. */
#include <stdlib.h>
#include <string.h>

#include "agent/enrollment/conversation.h"
#include "lib/base/clean.h"
#include "lib/pki/hash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { NOW = 1700000000 }; /* that of the seeds */

static const uint8_t key[AEAD_KEY_LEN]; /* zeros */

static int open_state(const struct bytes *sealed, struct conversation *out)
{
	const struct conversation_lock lock = { key, CONVERSATION_DISCOVERED, NOW };
	struct conversation before;
	struct fail f = FAIL_INIT;

	memset(&before, 0x5a, sizeof(before));
	*out = before;
	if (conversation_open(&lock, sealed, out, &f) == 0)
		return 0;
	if (f.code != ENR_CONVERSATION_EXPIRED || memcmp(out, &before, sizeof(before)) != 0)
		abort();
	return -1;
}

static void must_equal(const struct conversation *a, const struct conversation *b)
{
	if (a->issued != b->issued || strcmp(a->attempt, b->attempt) != 0 ||
		strcmp(a->listener, b->listener) != 0 || strcmp(a->client, b->client) != 0 ||
		a->eligible != b->eligible || a->version != b->version ||
		strcmp(a->identity, b->identity) != 0 ||
		strcmp(a->server_name, b->server_name) != 0 ||
		memcmp(a->transcript, b->transcript, sizeof(a->transcript)) != 0 ||
		memcmp(a->leaf, b->leaf, sizeof(a->leaf)) != 0)
		abort();
}

static void open_plain(const uint8_t *plain, size_t len)
{
	static const char type[] = "enrolld conversation 1 discovered";
	const struct bytes aad = { (uint8_t *)(uintptr_t)type, sizeof(type) - 1 };
	autoclean(bytes_free) struct bytes sealed = BYTES_INIT, again = BYTES_INIT;
	struct conversation_lock lock = { key, CONVERSATION_DISCOVERED, NOW };
	struct conversation one, two;

	pki_seal(key, &aad, plain, len, &sealed);
	if (open_state(&sealed, &one) < 0)
		return;
	conversation_seal(&lock, &one, &again);
	if (again.len > NATIVE_STATE_MAX || open_state(&again, &two) < 0)
		abort();
	must_equal(&one, &two);
	lock.type = CONVERSATION_BOOTSTRAPPED;
	if (conversation_open(&lock, &again, &two, NULL) == 0)
		abort(); /* it is of another phase */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct bytes sealed = { (uint8_t *)(uintptr_t)data, len };
	struct conversation c;

	if (len > 2 * NATIVE_STATE_MAX)
		return 0;
	if (open_state(&sealed, &c) == 0)
		abort();
	open_plain(data, len);
	return 0;
}
