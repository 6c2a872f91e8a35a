#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/xml/xml.h"

const char *xml_attribute_get(const struct xml_node *n, const char *name)
{
	for (size_t i = 0; i < n->n_attribute; i++)
		if (text_equal(n->attribute[i].name, name))
			return n->attribute[i].value;
	return NULL;
}

int xml_is_blank(const char *text)
{
	return text == NULL || text[strspn(text, " \t\r\n")] == '\0';
}

/* As deep as xml_parse lets a tree become. */
void xml_free(struct xml_node **n)
{
	struct xml_node *node = *n;

	*n = NULL;
	if (node == NULL)
		return;
	for (size_t i = 0; i < node->n_child; i++)
		xml_free(&node->child[i]);
	for (size_t i = 0; i < node->n_attribute; i++) {
		free(node->attribute[i].name);
		free(node->attribute[i].value);
	}
	free(node->child);
	free(node->attribute);
	free(node->name);
	free(node->space);
	free(node->text);
	free(node);
}
