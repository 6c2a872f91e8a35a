/* Calls that must not compile. Force-included into every file of ours (-include lib/base/poison.h);
 * the system headers that declare them come first, so that only our own use is an error. */
#ifndef LIB_BASE_POISON_H
#define LIB_BASE_POISON_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#undef alloca
#pragma GCC poison strcpy strcat sprintf vsprintf strtok atoi atol gets system popen

#endif
