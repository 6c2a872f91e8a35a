#include "agent/enrollment/conversation.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/pack.h"
#include "lib/base/str.h"
#include "lib/pki/hash.h"

/* The associated data: a state opens only in the phase it was made for. */
static struct bytes type_text(enum conversation_type type)
{
	static const char *const text[] = {
		[CONVERSATION_NONE] = "",
		[CONVERSATION_DISCOVERED] = "enrolld conversation 1 discovered",
		[CONVERSATION_BOOTSTRAPPED] = "enrolld conversation 1 bootstrapped",
		[CONVERSATION_LEAVING] = "enrolld conversation 1 leaving",
	};

	return (struct bytes){ (uint8_t *)(uintptr_t)text[type], strlen(text[type]) };
}

void conversation_seal(const struct conversation_lock *lock, const struct conversation *c,
	struct bytes *out)
{
	autoclean(str_wipe) struct str s = STR_INIT(NATIVE_STATE_MAX - AEAD_OVERHEAD);
	struct bytes aad = type_text(lock->type);

	pack_u64(&s, (uint64_t)c->issued);
	pack_text(&s, c->attempt);
	pack_text(&s, c->listener);
	pack_text(&s, c->client);
	pack_u8(&s, (uint8_t)c->eligible);
	pack_u32(&s, c->version);
	pack_text(&s, c->shown_device);
	pack_text(&s, c->shown_server);
	pack_text(&s, c->identity);
	pack_text(&s, c->server_name);
	pack_bytes(&s, c->nonce_device, sizeof(c->nonce_device));
	pack_bytes(&s, c->nonce_server, sizeof(c->nonce_server));
	pack_bytes(&s, c->transcript, sizeof(c->transcript));
	pack_bytes(&s, c->selector, sizeof(c->selector));
	pack_bytes(&s, c->leaf, sizeof(c->leaf));
	if (s.overflow)
		abort(); /* every field is bounded: the sum is below the ceiling */
	pki_seal(lock->key, &aad, (const uint8_t *)str_text(&s), s.len, out);
}

static void take_text(struct unpack *u, char *out, size_t size)
{
	autoclean(text_free) char *t = unpack_text(u, size - 1);

	if (!t)
		u->bad = 1;
	else
		memcpy(out, t, strlen(t) + 1);
}

static int unpack_all(const struct bytes *plain, struct conversation *c)
{
	struct unpack u = UNPACK_INIT(plain->data, plain->len);
	unsigned eligible;

	c->issued = (int64_t)unpack_u64(&u);
	take_text(&u, c->attempt, sizeof(c->attempt));
	take_text(&u, c->listener, sizeof(c->listener));
	take_text(&u, c->client, sizeof(c->client));
	eligible = unpack_u8(&u);
	c->eligible = eligible == ANSWER_YES ? ANSWER_YES :
		eligible == ANSWER_NO ? ANSWER_NO : ANSWER_UNKNOWN;
	c->version = unpack_u32(&u);
	take_text(&u, c->shown_device, sizeof(c->shown_device));
	take_text(&u, c->shown_server, sizeof(c->shown_server));
	take_text(&u, c->identity, sizeof(c->identity));
	take_text(&u, c->server_name, sizeof(c->server_name));
	unpack_fixed(&u, c->nonce_device, sizeof(c->nonce_device));
	unpack_fixed(&u, c->nonce_server, sizeof(c->nonce_server));
	unpack_fixed(&u, c->transcript, sizeof(c->transcript));
	unpack_fixed(&u, c->selector, sizeof(c->selector));
	unpack_fixed(&u, c->leaf, sizeof(c->leaf));
	return unpack_done(&u) ? 0 : -1;
}

int conversation_open(const struct conversation_lock *lock, const struct bytes *sealed,
	struct conversation *out, struct fail *f)
{
	autoclean(bytes_wipe) struct bytes plain = BYTES_INIT;
	struct bytes aad = type_text(lock->type);
	struct conversation c = { 0 };

	if (sealed->len > NATIVE_STATE_MAX ||
		pki_open(lock->key, &aad, sealed->data, sealed->len, &plain) < 0 ||
		unpack_all(&plain, &c) < 0)
		return fail(f, ENR_CONVERSATION_EXPIRED, "the state is not one of this server's");
	if (c.issued < lock->now - CONVERSATION_VALID_S)
		return fail(f, ENR_CONVERSATION_EXPIRED, "the state is older than %d s",
			CONVERSATION_VALID_S);
	if (c.issued > lock->now + CONVERSATION_SKEW_S)
		return fail(f, ENR_CONVERSATION_EXPIRED, "the state is from the future");
	*out = c;
	return 0;
}
