#include "lib/base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clean.h"

static void *must(void *p)
{
	static const char text[] = "out of memory\n";

	if (p == NULL) {
		(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
		abort();
	}
	return p;
}

void *mem_new(size_t size)
{
	return must(calloc(1, size ? size : 1));
}

void *mem_array(size_t n, size_t size)
{
	return must(calloc(n ? n : 1, size ? size : 1));
}

void *mem_grow(void *p, size_t n, size_t size)
{
	return must(reallocarray(p, n ? n : 1, size ? size : 1));
}

char *mem_text(const char *t)
{
	return t == NULL ? NULL : must(strdup(t));
}

char *mem_textn(const char *t, size_t len)
{
	char *copy = mem_new(len + 1);

	if (len > 0)
		memcpy(copy, t, len);
	return copy;
}

uint8_t *mem_copy(const uint8_t *data, size_t len)
{
	uint8_t *copy = mem_new(len);

	if (len > 0)
		memcpy(copy, data, len);
	return copy;
}

char *mem_printf(const char *fmt, ...)
{
	va_list ap;
	char *out = NULL;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&out, fmt, ap);
	va_end(ap);
	return must(n < 0 ? NULL : out);
}

void mem_wipe(void *p, size_t len)
{
	if (p != NULL && len > 0)
		explicit_bzero(p, len);
}

int mem_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
	uint8_t differ = 0;

	for (size_t i = 0; i < len; i++)
		differ |= (uint8_t)(a[i] ^ b[i]);
	return differ == 0;
}

void bytes_set(struct bytes *b, const uint8_t *data, size_t len)
{
	uint8_t *copy = mem_copy(data, len);

	bytes_free(b);
	b->data = copy;
	b->len = len;
}

void bytes_free(struct bytes *b)
{
	free(b->data);
	b->data = NULL;
	b->len = 0;
}

void bytes_wipe(struct bytes *b)
{
	mem_wipe(b->data, b->len);
	bytes_free(b);
}

void text_free(char **t)
{
	free(*t);
	*t = NULL;
}

void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Room for the size that keeps what follows aligned. */
enum { WIPED_HEAD = 16 };

void *mem_wiped_new(size_t size)
{
	uint8_t *p;

	if (size > SIZE_MAX - WIPED_HEAD)
		return NULL;
	p = malloc(size + WIPED_HEAD);
	if (p == NULL)
		return NULL;
	memcpy(p, &size, sizeof(size));
	return p + WIPED_HEAD;
}

void mem_wiped_free(void *p)
{
	uint8_t *start;
	size_t size;

	if (p == NULL)
		return;
	start = (uint8_t *)p - WIPED_HEAD;
	memcpy(&size, start, sizeof(size));
	mem_wipe(start, size + WIPED_HEAD);
	free(start);
}
