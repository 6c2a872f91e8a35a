/* What this machine knows of its enrollment: the join that is under way (/etc/enroll/join.state)
 * and the membership (/etc/enroll/state.json), both JSON of the same form. Written whole and
 * durable. One thread, under place_lock. */
#ifndef CLIENT_STATE_H
#define CLIENT_STATE_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "client/place.h"
#include "lib/base/fail.h"
#include "lib/base/id.h"
#include "lib/pki/hash.h"
#include "lib/wire/native.h"

enum stage {
	STAGE_NONE, /* never asked */
	STAGE_ASKED, /* a key was made for this identity and server; it may have been sent */
	STAGE_ANSWERED, /* the document is here; setting up may have begun */
	STAGE_MEMBER,
	STAGE_LEAVING, /* being put back; not finished */
};

struct state {
	enum stage stage;
	char *identity; /* canonical */
	char *server; /* canonical name */
	int port;
	char *key_type; /* "p256" */
	int system_trust; /* --system-trust was given */
	char *login_wish; /* what --login said; NULL: as the document says */
	int made_folder; /* /etc/enroll was made by us */
	int told; /* leaving: the server knows */
	char attempt[ID_MAX];
	int64_t joined; /* when the document came */
	struct native_anchor anchors[NATIVE_ANCHORS_MAX];
	size_t n_anchors;
	int reboot; /* the document wants one */
	/* Opens the secrets of the document (docs/PROTOCOL.md section 10); kept, in the file that
	 * is root's alone, from the answer until this machine is a member. */
	uint8_t secret_key[AEAD_KEY_LEN];
	int has_secret_key;
	/* For people and programs, from the document; NULL where it says nothing. */
	char *name, *fqdn, *dns_domain, *directory_server, *object, *enrollment;
	char *realm, *netbios, *controller, *account; /* Kerberos; account: "LT-0042$" */
	char *key_version; /* decimal, of the keys the server made */
	char *login; /* "sssd", "none"; NULL: no Kerberos */
	char *certificate_serial;
	int64_t certificate_end;
	json_t *applied; /* [{"section", "result"}] or NULL */
};

/* The membership, else the join under way, else STAGE_NONE; *s need not be cleared before.
 * ENR_LOCAL_STATE. */
int state_load(const struct place *p, struct state *s, struct fail *f);
/* The key that opens the secrets is forgotten and wiped. */
void state_drop_secret(struct state *s);
/* By its stage into one of the two files; from STAGE_MEMBER on the first one is removed. */
int state_save(const struct place *p, const struct state *s, struct fail *f);
/* Both files gone. */
int state_forget(const struct place *p, struct fail *f);
void state_clear(struct state *s);
/* Anchors that have the role, as a list to be freed with cert_list_free. */
struct cert_list;
void state_anchors(const struct state *s, unsigned role, struct cert_list *out);
/* host or host:port, for people; free() it. */
char *state_server(const struct state *s);

#endif
