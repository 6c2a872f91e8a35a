#include "ldap/dir_entry.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

static void entry_clear(struct dir_entry *e)
{
	for (size_t i = 0; i < e->n; i++) {
		for (size_t j = 0; j < e->attr[i].n; j++)
			bytes_free(&e->attr[i].value[j]);
		free(e->attr[i].value);
		free(e->attr[i].name);
	}
	free(e->attr);
	free(e->dn);
}

void dir_result_free(struct dir_result **r)
{
	if (*r == NULL)
		return;
	for (size_t i = 0; i < (*r)->n; i++)
		entry_clear(&(*r)->entry[i]);
	free((*r)->entry);
	free(*r);
	*r = NULL;
}

const struct dir_attr *dir_entry_attr(const struct dir_entry *e, const char *name)
{
	for (size_t i = 0; i < e->n; i++)
		if (text_equal_ci(e->attr[i].name, name))
			return &e->attr[i];
	return NULL;
}

const char *dir_entry_text(const struct dir_entry *e, const char *name)
{
	const struct dir_attr *a = dir_entry_attr(e, name);

	if (a == NULL || a->n == 0)
		return NULL;
	if (!text_is_utf8((const char *)a->value[0].data, a->value[0].len))
		return NULL;
	return (const char *)a->value[0].data;
}

int dir_entry_has(const struct dir_entry *e, const char *name, const char *value)
{
	const struct dir_attr *a = dir_entry_attr(e, name);

	for (size_t i = 0; a != NULL && i < a->n; i++)
		if (a->value[i].len == strlen(value) &&
			text_equal_ci((const char *)a->value[i].data, value))
			return 1;
	return 0;
}
