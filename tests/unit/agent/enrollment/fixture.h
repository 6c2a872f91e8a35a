/* A whole core in a temporary folder, on real parts: store, CA, and a directory that is configured
 * but does not answer (or the one whose section is given). The front is left out: requests are
 * built from a peer's messages, packed and unpacked as on the pipe. */
#ifndef TESTS_UNIT_AGENT_ENROLLMENT_FIXTURE_H
#define TESTS_UNIT_AGENT_ENROLLMENT_FIXTURE_H

#include "agent/ca/ca.h"
#include "agent/conf/conf.h"
#include "agent/enrollment/device.h"
#include "agent/enrollment/enrollment.h"
#include "agent/join/join.h"
#include "agent/store/store.h"
#include "tests/unit/agent/enrollment/peer.h"

#define FIXTURE_SERVER "mobileenroll.contoso.test"
#define FIXTURE_IDENTITY "andreas@contoso.test"

struct fixture {
	char dir[32];
	struct conf *conf;
	struct store *store;
	struct ca *ca;
	struct join *join;
	struct enrollment *e;
	uint8_t leaf[32]; /* the one known to the core */
};

/* directory: lines of [directory], NULL for one that does not answer; agent: lines of [agent]. */
void fixture_open(struct fixture *x, const char *directory, const char *agent);
void fixture_close(struct fixture *x);
/* Store, CA and directory closed and opened again. */
void fixture_stop(struct fixture *x);
void fixture_start(struct fixture *x);
void fixture_restart(struct fixture *x);

/* A record as device_add makes it, without asking a directory. lifetime in seconds. password is
 * for the peer; change is called before it is stored, or NULL. */
typedef void fixture_change(struct store_record *r);
void fixture_expect(struct fixture *x, const char *name, fixture_change *change,
	char id[ID_MAX], char password[PASSWORD_TEXT_MAX]);

typedef void fixture_spoil(struct enroll_request *q);
/* code ENR_NONE: granted, and the peer has taken the answer; proved: its MAC is. */
struct fixture_answer {
	enum code code;
	int proved;
	enum answer eligible;
	int64_t valid_until, retry_after;
	int charge;
	char attempt[ID_MAX];
	char log[2048];
};
/* Hand the peer's message of that kind to the core, changed by spoil (or NULL) on the way. */
void fixture_send(struct fixture *x, struct peer *p, enum request_kind kind,
	fixture_spoil *spoil, struct fixture_answer *out);
/* Phases 1 to 2, or 1 to 3; the last answer. */
void fixture_bootstrap(struct fixture *x, struct peer *p, struct fixture_answer *out);
void fixture_enroll(struct fixture *x, struct peer *p, struct fixture_answer *out);
enum record_state fixture_state(struct fixture *x, const char *id);

#endif
