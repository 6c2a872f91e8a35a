/* Memory that is always there: these end the process when memory is exhausted and never return
 * NULL. Never call them with a size that a peer chose, unless it was bounded before. Thread-safe.
 */
#ifndef LIB_BASE_MEM_H
#define LIB_BASE_MEM_H

#include <stddef.h>
#include <stdint.h>

void *mem_new(size_t size);                /* zeroed; free() it */
void *mem_array(size_t n, size_t size);    /* zeroed; ends the process on n * size overflow */
void *mem_grow(void *p, size_t n, size_t size); /* realloc to n elements; new part not zeroed */
char *mem_text(const char *t);             /* strdup; NULL gives NULL */
char *mem_textn(const char *t, size_t len); /* copy of len octets, NUL added */
uint8_t *mem_copy(const uint8_t *data, size_t len);
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Overwrite with zeros in a way the compiler keeps. */
void mem_wipe(void *p, size_t len);
/* malloc and free for a library that may hold secrets (json_set_alloc_funcs): the size is kept in
 * front and all of it is zeroed before it is freed. */
void *mem_wiped_new(size_t size);
void mem_wiped_free(void *p);
/* Compare in time that depends on len alone. 1 if equal. */
int mem_equal(const uint8_t *a, const uint8_t *b, size_t len);

/* An owned run of octets. BYTES_INIT to begin; bytes_free as cleanup. */
struct bytes {
	uint8_t *data;
	size_t len;
};
#define BYTES_INIT ((struct bytes){ NULL, 0 })
void bytes_set(struct bytes *b, const uint8_t *data, size_t len); /* replaces what was there */
void bytes_free(struct bytes *b);
/* Wipes before it frees: for keys and passwords. */
void bytes_wipe(struct bytes *b);

#endif
