/* JSON as text of our own allocator. jansson's json_dumps hands out memory of whatever allocator
 * the program gave jansson; free() may be the wrong end for it. */
#ifndef CLIENT_DUMP_H
#define CLIENT_DUMP_H

#include <stddef.h>

#include <jansson.h>

/* flags as for json_dumps. Never NULL; free() it. */
char *dump_json(const json_t *value, size_t flags);

#endif
