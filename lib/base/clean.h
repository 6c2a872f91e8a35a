/* Scope cleanup. A variable declared `autoclean(x_free) struct x *p = NULL;` is freed when its
 * scope ends, whichever way; `return steal(p);` moves the pointer out and leaves NULL behind. Every
 * destructor of ours has the form `void x_free(struct x **)`: it takes NULL inside, copes with
 * half-built objects and clears the pointer, so one function is both plain call and cleanup. */
#ifndef LIB_BASE_CLEAN_H
#define LIB_BASE_CLEAN_H

#include <stddef.h>

#define autoclean(fn) __attribute__((cleanup(fn)))

#define steal(p)                                                                                   \
	({                                                                                         \
		__typeof__(p) stolen_ = (p);                                                       \
		(p) = NULL;                                                                        \
		stolen_;                                                                           \
	})

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* For `autoclean(text_free) char *t`, and for descriptors: closes if >= 0 and sets -1. */
void text_free(char **t);
void fd_close(int *fd);

#endif
