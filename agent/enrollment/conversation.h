/* The opaque state of a conversation: what the agent needs to remember between two phases, sealed
 * (AES-256-GCM) and carried by the device, so that the agent itself keeps nothing. The state of one
 * phase does not open in the other. Pure, thread-safe. docs/PROTOCOL.md says how a device treats
 * it. */
#ifndef AGENT_ENROLLMENT_CONVERSATION_H
#define AGENT_ENROLLMENT_CONVERSATION_H

#include <stddef.h>
#include <stdint.h>

#include "agent/edge/request.h"
#include "lib/base/fail.h"
#include "lib/base/id.h"
#include "lib/base/mem.h"
#include "lib/wire/native.h"
#include "lib/wire/native_keys.h"

#define CONVERSATION_VALID_S 600 /* from the moment a state was issued */
#define CONVERSATION_SKEW_S 60   /* a state from the future by more than this is refused */

enum conversation_type {
	CONVERSATION_NONE,
	CONVERSATION_DISCOVERED,   /* made by phase 1, opened in phase 2 */
	CONVERSATION_BOOTSTRAPPED, /* made by phase 2, opened in phase 3 */
	CONVERSATION_LEAVING,      /* made by a discovery to leave, opened by the leave */
};

struct conversation {
	int64_t issued;
	char attempt[ID_MAX];
	char listener[EDGE_LISTENER_MAX + 1]; /* where it began */
	char client[NATIVE_CLIENT_MAX + 1];
	enum answer eligible;
	uint32_t version;
	char shown_device[NATIVE_SHOWN_MAX + 1];
	char shown_server[NATIVE_SHOWN_MAX + 1];
	char identity[IDENTITY_MAX + 1];
	char server_name[SERVER_NAME_MAX + 1];
	uint8_t nonce_device[NATIVE_NONCE_LEN];
	uint8_t nonce_server[NATIVE_NONCE_LEN];
	uint8_t transcript[NATIVE_HASH_LEN];    /* T1, then T2 */
	uint8_t selector[NATIVE_SELECTOR_LEN];  /* zero until phase 2 */
	uint8_t leaf[NATIVE_HASH_LEN];          /* zero until phase 2 */
};

/* What a state opens with. */
struct conversation_lock {
	const uint8_t *key;            /* 32 octets */
	enum conversation_type type;
	int64_t now;                   /* only for opening */
};
/* At most NATIVE_STATE_MAX octets come out; out is replaced. */
void conversation_seal(const struct conversation_lock *lock, const struct conversation *c,
	struct bytes *out);
/* ENR_CONVERSATION_EXPIRED: too old, of another phase, or not sealed by this key. */
int conversation_open(const struct conversation_lock *lock, const struct bytes *sealed,
	struct conversation *out, struct fail *f);

#endif
