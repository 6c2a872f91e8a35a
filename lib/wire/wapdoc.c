#include "lib/wire/wapdoc.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"
#include "lib/wire/wapdoc_private.h"

static const char *const elements[] = {
	[WAPDOC_ROOT] = "wap-provisioningdoc",
	[WAPDOC_CHARACTERISTIC] = "characteristic",
	[WAPDOC_PARM] = "parm",
	[WAPDOC_NOCHARACTERISTIC] = "nocharacteristic",
	[WAPDOC_NOPARM] = "noparm",
};

/* MSPROV DTD, attribute datatype of parm. */
static const char *const datatypes[] = {
	"integer", "string", "float", "boolean", "binary", "multiplestring"
};

const char *wapdoc_element(enum wapdoc_kind kind)
{
	return elements[kind];
}

struct wapdoc_node *wapdoc_add(struct wapdoc_node *parent, enum wapdoc_kind kind, const char *name)
{
	struct wapdoc_node *n = mem_new(sizeof(*n));

	n->kind = kind;
	n->name = mem_text(name);
	if (parent != NULL) {
		parent->child = mem_grow(parent->child, parent->n_child + 1,
			sizeof(struct wapdoc_node *));
		parent->child[parent->n_child++] = n;
	}
	return n;
}

struct wapdoc_node *wapdoc_new(void)
{
	return wapdoc_add(NULL, WAPDOC_ROOT, NULL);
}

struct wapdoc_node *wapdoc_characteristic(struct wapdoc_node *parent, const char *type)
{
	return wapdoc_add(parent, WAPDOC_CHARACTERISTIC, type);
}

struct wapdoc_node *wapdoc_parm(struct wapdoc_node *parent, const char *name, const char *value)
{
	struct wapdoc_node *n = wapdoc_add(parent, WAPDOC_PARM, name);

	n->value = mem_text(value);
	return n;
}

static struct wapdoc_node *find(
	const struct wapdoc_node *parent, enum wapdoc_kind kind, const char *name)
{
	for (size_t i = 0; i < parent->n_child; i++)
		if (parent->child[i]->kind == kind && text_equal(parent->child[i]->name, name))
			return parent->child[i];
	return NULL;
}

struct wapdoc_node *wapdoc_find(const struct wapdoc_node *parent, const char *type)
{
	return find(parent, WAPDOC_CHARACTERISTIC, type);
}

const char *wapdoc_value(const struct wapdoc_node *parent, const char *parm)
{
	const struct wapdoc_node *n = find(parent, WAPDOC_PARM, parm);

	return n ? n->value : NULL;
}

static const char *name_refused(const char *name)
{
	size_t len = name ? strlen(name) : 0;

	if (len == 0 || len > WAPDOC_NAME_MAX)
		return "a name is missing or too long";
	if (!text_is_utf8(name, len) || text_has_control(name, len))
		return "a name has control characters or is not UTF-8";
	return NULL;
}

/* But for the blanks of XML: nothing that a terminal takes for an order (U+009B among them). */
static int has_control(const char *value)
{
	while (value != NULL && *value) {
		size_t len = strcspn(value, "\t\n\r");

		if (text_has_control(value, len))
			return 1;
		value += len + strspn(value + len, "\t\n\r");
	}
	return 0;
}

static const char *parm_refused(const struct wapdoc_node *n)
{
	size_t len = n->value ? strlen(n->value) : 0;

	if (len > WAPDOC_VALUE_MAX || (len > 0 && !text_is_utf8(n->value, len)))
		return "a value is too long or not UTF-8";
	if (has_control(n->value))
		return "a value has control characters";
	if (n->datatype == NULL)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(datatypes); i++)
		if (strcmp(n->datatype, datatypes[i]) == 0)
			return NULL;
	return "a datatype is not known";
}

/* One node, without its children. */
static const char *node_refused(const struct wapdoc_node *n, const struct wapdoc_node *parent)
{
	const char *refused;

	if ((n->kind == WAPDOC_ROOT) != (parent == NULL))
		return "the root is not at the root";
	if (n->kind != WAPDOC_PARM && (n->value != NULL || n->datatype != NULL))
		return "something that is no parm has a value";
	if (n->n_child > 0 && n->kind != WAPDOC_ROOT && n->kind != WAPDOC_CHARACTERISTIC)
		return "something that is no characteristic has elements inside";
	if (parent == NULL)
		return NULL;
	refused = name_refused(n->name);
	if (refused == NULL && n->kind == WAPDOC_PARM)
		refused = parm_refused(n);
	if (refused == NULL && n->kind == WAPDOC_PARM && find(parent, WAPDOC_PARM, n->name) != n)
		refused = "a characteristic has two parms of one name";
	return refused;
}

static const char *tree_refused(const struct wapdoc_node *n, const struct wapdoc_node *parent,
	size_t depth, size_t *nodes)
{
	const char *refused = node_refused(n, parent);

	if (depth > WAPDOC_DEPTH_MAX)
		return "it is too deep";
	if (++*nodes > WAPDOC_NODES_MAX)
		return "it has too many elements";
	for (size_t i = 0; i < n->n_child && refused == NULL; i++)
		refused = tree_refused(n->child[i], n, depth + 1, nodes);
	return refused;
}

const char *wapdoc_refused(const struct wapdoc_node *root)
{
	size_t nodes = 0;

	return tree_refused(root, NULL, 1, &nodes);
}

void wapdoc_free(struct wapdoc_node **root)
{
	struct wapdoc_node *n = *root;

	*root = NULL;
	if (n == NULL)
		return;
	for (size_t i = 0; i < n->n_child; i++)
		wapdoc_free(&n->child[i]);
	if (n->value != NULL)
		mem_wipe(n->value, strlen(n->value));
	free(n->child);
	free(n->name);
	free(n->value);
	free(n->datatype);
	free(n);
}
