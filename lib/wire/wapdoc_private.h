/* Shared by lib/wire/wapdoc*.c alone. */
#ifndef LIB_WIRE_WAPDOC_PRIVATE_H
#define LIB_WIRE_WAPDOC_PRIVATE_H

#include "lib/wire/wapdoc.h"

/* Owned by parent (NULL: by the caller). */
struct wapdoc_node *wapdoc_add(struct wapdoc_node *parent, enum wapdoc_kind kind, const char *name);
/* What the tree has that no document may have, NULL if nothing: the same rules for text, for what
 * comes through a pipe, and before writing. */
const char *wapdoc_refused(const struct wapdoc_node *root);
const char *wapdoc_element(enum wapdoc_kind kind);

#endif
