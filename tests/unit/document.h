/* Rows of a table in a document of ours, for tests that hold documents to the code. */
#ifndef TESTS_UNIT_DOCUMENT_H
#define TESTS_UNIT_DOCUMENT_H

#include <string.h>

#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "tests/unit/cunit.h"

#define DOCUMENT_CELLS 4
#define DOCUMENT_CELL_MAX 256

struct document {
	struct bytes text;
	char *rest; /* what has not been read */
};

/* The table behind that heading ("## 3. Commands"), after its own two head lines. */
static inline void document_open(struct document *d, const char *path, const char *heading)
{
	d->text = BYTES_INIT;
	CU_ASSERT_EQUAL_FATAL(file_read(path, 1024 * 1024, &d->text, NULL), 0);
	d->rest = strstr((char *)d->text.data, heading);
	CU_ASSERT_PTR_NOT_NULL_FATAL(d->rest);
	d->rest = strstr(d->rest, "\n| ---");
	CU_ASSERT_PTR_NOT_NULL_FATAL(d->rest);
	strsep(&d->rest, "\n");
	strsep(&d->rest, "\n");
}

static inline void document_free(struct document *d)
{
	bytes_free(&d->text);
}

/* The next row, cut into cells without the blanks around them; "" where there is none. 1, or 0
 * behind the last. */
static inline int document_row(
	struct document *d, char cell[DOCUMENT_CELLS][DOCUMENT_CELL_MAX])
{
	char *line = strsep(&d->rest, "\n");

	memset(cell, 0, DOCUMENT_CELLS * DOCUMENT_CELL_MAX);
	if (line == NULL || strncmp(line, "| ", 2) != 0)
		return 0;
	line += 2;
	for (size_t i = 0; i < DOCUMENT_CELLS && line != NULL; i++) {
		char *end = strstr(line, " |");

		if (end == NULL)
			break;
		snprintf(cell[i], DOCUMENT_CELL_MAX, "%.*s", (int)(end - line), line);
		line = end[2] == ' ' ? end + 3 : NULL;
	}
	return 1;
}

/* The next word between backticks from *at on; NULL: none. */
static inline char *document_word(char **at)
{
	char *word = *at != NULL ? strchr(*at, '`') : NULL;
	char *end = word != NULL ? strchr(word + 1, '`') : NULL;

	if (end == NULL)
		return NULL;
	*end = '\0';
	*at = end + 1;
	return word + 1;
}

#endif
