/* Security descriptors of Active Directory (nTSecurityDescriptor): self-relative octets (MS-DTYP
 * 2.4.6) to a struct and back, the entries of their lists (ACEs, MS-DTYP 2.4.4, object ACEs
 * included), and the text of an entry in SDDL (MS-DTYP 2.5.1). What is not understood in an entry
 * (a condition, an unknown type) is kept octet by octet and written back as it was. Bounded: at
 * most SECDESC_OCTETS_MAX octets. Pure, thread-safe. */
#ifndef LIB_WIRE_SECDESC_H
#define LIB_WIRE_SECDESC_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/wire/sid.h"

#define SECDESC_OCTETS_MAX 131584 /* two lists of 65535 and what is around them */

/* Rights of a directory object (MS-ADTS 5.1.3.2), ACCESS_MASK. */
enum {
	RIGHT_CREATE_CHILD = 0x1,
	RIGHT_DELETE_CHILD = 0x2,
	RIGHT_LIST = 0x4,
	RIGHT_SELF_WRITE = 0x8, /* validated writes */
	RIGHT_READ_PROPERTY = 0x10,
	RIGHT_WRITE_PROPERTY = 0x20,
	RIGHT_DELETE_TREE = 0x40,
	RIGHT_LIST_OBJECT = 0x80,
	RIGHT_CONTROL_ACCESS = 0x100,
	RIGHT_DELETE = 0x10000,
	RIGHT_READ_CONTROL = 0x20000,
	RIGHT_WRITE_DACL = 0x40000,
	RIGHT_WRITE_OWNER = 0x80000,
	RIGHT_GENERIC_ALL = 0x10000000,
	RIGHT_GENERIC_EXECUTE = 0x20000000,
	RIGHT_GENERIC_WRITE = 0x40000000,
};
#define RIGHT_GENERIC_READ 0x80000000u
#define RIGHT_EVERYTHING 0xf01ffu /* all of the above that are not generic */
/* Generic bits spelled out for directory objects (MS-ADTS 5.1.3.2). */
uint32_t rights_mapped(uint32_t mask);

enum ace_type {
	ACE_ALLOW = 0,
	ACE_DENY = 1,
	ACE_AUDIT = 2,
	ACE_ALLOW_OBJECT = 5,
	ACE_DENY_OBJECT = 6,
	ACE_AUDIT_OBJECT = 7,
	ACE_ALLOW_CALLBACK = 9,
	ACE_DENY_CALLBACK = 10,
	ACE_ALLOW_CALLBACK_OBJECT = 11,
	ACE_DENY_CALLBACK_OBJECT = 12,
	ACE_LABEL = 17,
};
enum ace_flag {
	ACE_OBJECT_INHERIT = 0x1,
	ACE_CONTAINER_INHERIT = 0x2, /* goes on to objects below */
	ACE_NO_PROPAGATE = 0x4, /* but to the next level alone */
	ACE_INHERIT_ONLY = 0x8, /* says nothing about this object */
	ACE_INHERITED = 0x10, /* came from above */
};

struct ace {
	uint8_t type, flags;
	uint32_t mask;
	int has_object, has_inherited;
	uint8_t object[GUID_OCTETS]; /* attribute, property set, class or extended right */
	uint8_t inherited[GUID_OCTETS]; /* class of the objects it goes on to */
	struct sid trustee; /* len 0: a type that is not understood */
	struct bytes rest; /* what follows the trustee, or all behind the header */
};
struct acl {
	int present; /* 0: there is none */
	int null; /* present without a list: everybody may do everything */
	uint8_t revision;
	struct ace *ace;
	size_t n;
};
enum secdesc_control {
	SECDESC_DACL_PRESENT = 0x4,
	SECDESC_SACL_PRESENT = 0x10,
	SECDESC_DACL_AUTO = 0x400,
	SECDESC_SACL_AUTO = 0x800,
	SECDESC_DACL_PROTECTED = 0x1000, /* nothing is inherited from above */
	SECDESC_SACL_PROTECTED = 0x2000,
	SECDESC_SELF_RELATIVE = 0x8000,
};
struct secdesc {
	uint16_t control;
	struct sid owner, group; /* len 0: none */
	struct acl sacl, dacl;
};
#define SECDESC_INIT ((struct secdesc){ .control = 0 })

/* 0, or -1: no descriptor. *out is replaced on success. */
int secdesc_parse(const uint8_t *data, size_t len, struct secdesc *out);
/* 0, or -1: a list has grown over 65535 octets. *out is replaced on success. */
int secdesc_write(const struct secdesc *s, struct bytes *out);
void secdesc_clear(struct secdesc *s);

/* 1 if both say the same; inherited or not makes no difference. */
int ace_equal(const struct ace *a, const struct ace *b);
/* Adds a copy of a to the DACL, in canonical order: behind the other entries of its kind (deny,
 * allow) and before those that are inherited. 1 added, 0: it stood there already, not inherited. */
int secdesc_add(struct secdesc *s, const struct ace *a);

/* "(OA;CI;CCDC;bf967a86-0de6-11d0-a285-00aa003049e2;;S-1-5-21-…)". A type that SDDL has no letters
 * for is written as a number, a condition as "…". */
void ace_sddl(const struct ace *a, struct str *out);

#endif
