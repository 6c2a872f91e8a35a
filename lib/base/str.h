/* Growable text (or octets) with a ceiling. Overflow is sticky: after it nothing more is added, and
 * one check at the end tells. Always NUL-terminated once anything was added; str_text gives ""
 * before.
 *
 *	autoclean(str_free) struct str s = STR_INIT(4096);
 *	str_printf(&s, "%s", name);
 *	if (s.overflow) ...
 *
 * One thread at a time. */
#ifndef LIB_BASE_STR_H
#define LIB_BASE_STR_H

#include <stddef.h>
#include <stdint.h>

struct str {
	char *data;
	size_t len;      /* octets, without the NUL */
	size_t max;      /* ceiling, without the NUL */
	size_t room;     /* private: allocated */
	int overflow;    /* something did not fit */
};
#define STR_INIT(ceiling) ((struct str){ NULL, 0, (ceiling), 0, 0 })

void str_add(struct str *s, const void *data, size_t len);
void str_text_add(struct str *s, const char *text);
void str_char(struct str *s, char c);
void str_printf(struct str *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *str_text(const struct str *s);
void str_clear(struct str *s);       /* keeps the ceiling, forgets content and overflow */
char *str_steal(struct str *s);      /* the text, to be freed by the caller; s is empty again */
void str_free(struct str *s);
void str_wipe(struct str *s);        /* zeros first: for secrets */

#endif
