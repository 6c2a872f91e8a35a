#include <stdlib.h>

#include "lib/base/clean.h"
#include "lib/base/pack.h"
#include "lib/wire/wapdoc.h"
#include "lib/wire/wapdoc_private.h"

void wapdoc_pack(const struct wapdoc_node *root, struct str *out)
{
	pack_u8(out, (uint8_t)root->kind);
	pack_text(out, root->name);
	pack_text(out, root->value);
	pack_text(out, root->datatype);
	pack_u32(out, (uint32_t)root->n_child);
	for (size_t i = 0; i < root->n_child; i++)
		wapdoc_pack(root->child[i], out);
}

/* One node and all below it, as the last child of parent or into *root. nodes: how many more may
 * come, which also bounds how deep this calls itself. */
static void unpack_node(
	struct unpack *u, struct wapdoc_node *parent, struct wapdoc_node **root, size_t *nodes)
{
	autoclean(text_free) char *name = NULL;
	unsigned kind = unpack_u8(u);
	struct wapdoc_node *n;
	size_t children;

	name = unpack_text(u, WAPDOC_NAME_MAX);
	if (u->bad || kind > WAPDOC_NOPARM || *nodes == 0) {
		u->bad = 1;
		return;
	}
	--*nodes;
	n = wapdoc_add(parent, (enum wapdoc_kind)kind, name);
	if (parent == NULL)
		*root = n;
	n->value = unpack_text(u, WAPDOC_VALUE_MAX);
	n->datatype = unpack_text(u, WAPDOC_NAME_MAX);
	children = unpack_u32(u);
	for (size_t i = 0; i < children && !u->bad; i++)
		unpack_node(u, n, root, nodes);
}

struct wapdoc_node *wapdoc_unpack(const uint8_t *data, size_t len, struct fail *f)
{
	autoclean(wapdoc_free) struct wapdoc_node *root = NULL;
	struct unpack u = UNPACK_INIT(data, len);
	size_t nodes = WAPDOC_NODES_MAX;
	const char *refused;

	unpack_node(&u, NULL, &root, &nodes);
	if (!unpack_done(&u) || root == NULL) {
		fail(f, ENR_DOCUMENT_INVALID, "the packed document is cut or too large");
		return NULL;
	}
	refused = wapdoc_refused(root);
	if (refused != NULL) {
		fail(f, ENR_DOCUMENT_INVALID, "%s", refused);
		return NULL;
	}
	return steal(root);
}
