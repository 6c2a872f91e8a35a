/* How the messages of the native protocol are described: one table of fields a message, from which
 * reading, writing, MAC payload and transcript all follow. Only for lib/wire/native_*.c. */
#ifndef LIB_WIRE_NATIVE_PRIVATE_H
#define LIB_WIRE_NATIVE_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/fail.h"
#include "lib/base/str.h"
#include "lib/wire/native.h"
#include "lib/xml/xml.h"

struct native_field;

/* One kind of field. `at` is the field inside the message. */
struct native_kind {
	/* From the element, which has no attributes. Only what is at `at` is changed. */
	int (*read)(const struct native_field *d, const struct xml_node *n, void *at,
		struct fail *f);
	/* The inside of the element. */
	void (*write)(const void *at, size_t max, struct str *out);
	/* Length-prefixed, for MAC and transcript. */
	void (*pack)(const void *at, size_t max, struct str *out);
	int (*is_absent)(const void *at); /* NULL: the field is always there */
	void (*clear)(void *at);          /* NULL: owns nothing */
};

enum native_flags {
	NATIVE_PAYLOAD = 1, /* under the message's own MAC */
	NATIVE_CHAINED = 2, /* in the transcript */
};

struct native_field {
	const char *name; /* of the element */
	const struct native_kind *kind;
	size_t offset;    /* in the message's struct */
	size_t max;       /* octets: exactly, of a fixed field; at most, of others */
	unsigned flags;
};

#define NATIVE_NONE ((size_t)-1)
struct native_message {
	const char *root;
	size_t size;       /* of the struct */
	size_t octets;     /* of the XML, at most */
	size_t version_at; /* offset of the attribute's field; NATIVE_NONE: it has none */
	size_t shown_at;
	int any_version;   /* this message has the same form in every version */
	const struct native_field *fields;
	size_t n_fields;
};

/* native_kinds.c; those that may be missing from a message say so in is_absent. */
extern const struct native_kind native_kind_identity, native_kind_server_name, native_kind_fixed,
	native_kind_blob, native_kind_line, native_kind_time, native_kind_until,
	native_kind_attempt, native_kind_attempt_if, native_kind_eligible, native_kind_purpose,
	native_kind_outcome;
extern const struct native_kind native_kind_anchors; /* native_anchors.c */
extern const struct native_kind native_kind_code, native_kind_mac_if; /* native_refused.c */

/* Text of an element without children, never blank; NULL and f if there is none. */
const char *native_leaf(const struct xml_node *n, struct fail *f);
int native_malformed(struct fail *f, const char *element, const char *what);

/* native_engine.c: the generic halves of the functions of native.h. */
int native_parse(
	const struct native_message *d, const struct bytes *xml, void *out, struct fail *f);
int native_write(const struct native_message *d, const void *m, struct str *out);
void native_clear(const struct native_message *d, void *m);
void native_payload(const struct native_message *d, const void *m, struct str *out);
/* Version, shown list, all chained fields. */
void native_chain(const struct native_message *d, const void *m, struct str *out);

#endif
