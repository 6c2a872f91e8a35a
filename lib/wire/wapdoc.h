/* A wap-provisioningdoc (OMA-WAP-TS-ProvCont 1.1 and the MSPROV elements): tree <-> text. Only
 * characteristic, parm, nocharacteristic, noparm; version 1.1; at most one parm of a name in a
 * characteristic; grammar in schema/wap-provisioningdoc.rng. Names are compared with case. Writing
 * is byte-stable: the same tree gives the same octets. Pure, thread-safe. */
#ifndef LIB_WIRE_WAPDOC_H
#define LIB_WIRE_WAPDOC_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/fail.h"
#include "lib/base/str.h"

#define WAPDOC_OCTETS_MAX 131072
#define WAPDOC_DEPTH_MAX 12 /* the root is one */
#define WAPDOC_NODES_MAX 512
#define WAPDOC_NAME_MAX 255    /* octets of a type or name */
#define WAPDOC_VALUE_MAX 65536

enum wapdoc_kind {
	WAPDOC_ROOT,
	WAPDOC_CHARACTERISTIC,
	WAPDOC_PARM,
	WAPDOC_NOCHARACTERISTIC,
	WAPDOC_NOPARM
};

struct wapdoc_node {
	enum wapdoc_kind kind;
	char *name;      /* type of a characteristic, name of a parm; NULL for the root */
	char *value;     /* of a parm; NULL for a bare flag */
	char *datatype;  /* of a parm, or NULL */
	struct wapdoc_node **child;
	size_t n_child;
};

struct wapdoc_node *wapdoc_new(void); /* an empty root, version 1.1 */
/* The new child belongs to the parent. */
struct wapdoc_node *wapdoc_characteristic(struct wapdoc_node *parent, const char *type);
struct wapdoc_node *wapdoc_parm(struct wapdoc_node *parent, const char *name, const char *value);
/* First child of that kind and name, or NULL. value of a parm, or NULL. */
struct wapdoc_node *wapdoc_find(const struct wapdoc_node *parent, const char *type);
const char *wapdoc_value(const struct wapdoc_node *parent, const char *parm);

/* ENR_DOCUMENT_INVALID. Bounded: no DTD, no entities, UTF-8 only. */
struct wapdoc_node *wapdoc_parse(const uint8_t *xml, size_t len, struct fail *f);
int wapdoc_write(const struct wapdoc_node *root, struct str *out); /* -1: ceiling of out reached */
/* For people: indented, EncodedCertificate cut, values of secret parms as "********". */
int wapdoc_show(const struct wapdoc_node *root, struct str *out);
/* Between our own processes (lib/base/pack.h). */
void wapdoc_pack(const struct wapdoc_node *root, struct str *out);
struct wapdoc_node *wapdoc_unpack(const uint8_t *data, size_t len, struct fail *f);
void wapdoc_free(struct wapdoc_node **root);

#endif
