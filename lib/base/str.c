#include "lib/base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"

/* Room for `more` octets and the NUL; 0 if the ceiling forbids. Old copies are wiped, since a str
 * may hold a secret. */
static int str_room(struct str *s, size_t more)
{
	size_t need, room;
	char *grown;

	if (s->overflow || more > s->max || s->len > s->max - more) {
		s->overflow = 1;
		return 0;
	}
	need = s->len + more + 1;
	if (need <= s->room)
		return 1;
	room = s->room ? s->room * 2 : 64;
	if (room < need)
		room = need;
	grown = mem_new(room);
	if (s->len > 0)
		memcpy(grown, s->data, s->len);
	mem_wipe(s->data, s->room);
	free(s->data);
	s->data = grown;
	s->room = room;
	return 1;
}

void str_add(struct str *s, const void *data, size_t len)
{
	if (!str_room(s, len))
		return;
	if (len > 0)
		memcpy(s->data + s->len, data, len);
	s->len += len;
	s->data[s->len] = '\0';
}

void str_text_add(struct str *s, const char *text)
{
	str_add(s, text, strlen(text));
}

void str_char(struct str *s, char c)
{
	str_add(s, &c, 1);
}

void str_printf(struct str *s, const char *fmt, ...)
{
	va_list ap;
	char *text = NULL;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		s->overflow = 1;
		return;
	}
	str_add(s, text, (size_t)n);
	mem_wipe(text, (size_t)n);
	free(text);
}

const char *str_text(const struct str *s)
{
	return s->data ? s->data : "";
}

void str_clear(struct str *s)
{
	s->len = 0;
	s->overflow = 0;
	if (s->data != NULL)
		s->data[0] = '\0';
}

char *str_steal(struct str *s)
{
	char *out = s->data ? s->data : mem_new(1);

	*s = STR_INIT(s->max);
	return out;
}

void str_free(struct str *s)
{
	free(s->data);
	*s = STR_INIT(s->max);
}

void str_wipe(struct str *s)
{
	mem_wipe(s->data, s->room);
	str_free(s);
}
