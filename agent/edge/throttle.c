#include "agent/edge/throttle.h"

#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/pack.h"

#define WAIT_MAX (366 * 86400) /* seconds; no window is that long */

/* What an address or network is written with. */
static int is_network(const char *t)
{
	return t[strspn(t, "0123456789abcdefABCDEF.:/")] == '\0';
}

static void take_network(struct unpack *u, char out[THROTTLE_NETWORK_MAX])
{
	autoclean(text_free) char *t = unpack_text(u, THROTTLE_NETWORK_MAX - 1);

	out[0] = '\0';
	if (t == NULL || !is_network(t))
		u->bad = 1;
	else
		memcpy(out, t, strlen(t) + 1);
}

void throttle_ask_pack(const struct throttle_ask *q, struct str *out)
{
	pack_text(out, q->about);
	pack_u8(out, q->forgive != 0);
}

int throttle_ask_unpack(const uint8_t *data, size_t len, struct throttle_ask *out)
{
	struct unpack u = UNPACK_INIT(data, len);

	take_network(&u, out->about);
	out->forgive = unpack_u8(&u);
	return unpack_done(&u) && out->forgive <= (out->about[0] != '\0') ? 0 : -1;
}

void throttle_list_pack(const struct throttle_list *l, struct str *out)
{
	pack_u32(out, (uint32_t)l->n);
	for (size_t i = 0; i < l->n; i++) {
		pack_text(out, l->item[i].network);
		pack_u32(out, (uint32_t)l->item[i].wait_s);
	}
}

int throttle_list_unpack(const uint8_t *data, size_t len, struct throttle_list *out)
{
	struct unpack u = UNPACK_INIT(data, len);
	uint32_t n = unpack_u32(&u);

	out->n = 0;
	if (n > THROTTLES_MAX)
		return -1;
	for (uint32_t i = 0; i < n && !u.bad; i++) {
		take_network(&u, out->item[i].network);
		out->item[i].wait_s = unpack_u32(&u);
		if (out->item[i].network[0] == '\0' || out->item[i].wait_s > WAIT_MAX)
			u.bad = 1;
	}
	if (!unpack_done(&u))
		return -1;
	out->n = n;
	return 0;
}
