/* Telling the server that this machine leaves (docs/PROTOCOL.md section 8.3). One thread. */
#ifndef CLIENT_FAREWELL_H
#define CLIENT_FAREWELL_H

#include "client/options.h"
#include "client/say.h"
#include "client/state.h"
#include "lib/wire/native.h"

/* net was opened before there was a secret in this process. 0: the server knows, *outcome is what
 * the enrollment is there by now. -1 and t: it does not, or nobody can tell; nothing was changed
 * here. */
struct farewell {
	struct run *run;
	struct net *net;
	const struct state *state;
};
int farewell(const struct farewell *w, enum native_outcome *outcome, struct trouble *t);
/* For people and programs: "revoked"; "kept". */
const char *farewell_word(enum native_outcome outcome);

#endif
