/* Ctrl-C and SIGTERM: noted, so that a command leaves nothing behind and ends with 130. */
#ifndef CTL_INTERRUPT_H
#define CTL_INTERRUPT_H

void interrupt_watch(void); /* call once, from main */
int interrupted(void); /* 1 from the first signal on */

#endif
