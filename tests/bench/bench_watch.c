/* Processor time of this process and others, all their threads, ended ones too. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/bench_time.h"

static struct watched {
	char name[16];
	clockid_t clock;
	double begin, used;
} list[BENCH_WATCHED_MAX] = { { "clients", CLOCK_PROCESS_CPUTIME_ID, 0, 0 } };
static size_t n = 1;

int bench_watch_read(const char *text)
{
	while (text != NULL && *text) {
		struct watched *w = &list[n];
		int pid, used = 0;

		if (n == BENCH_WATCHED_MAX ||
			sscanf(text, " %15[a-z]:%d %n", w->name, &pid, &used) != 2 || used == 0 ||
			clock_getcpuclockid(pid, &w->clock) != 0)
			return -1;
		n++;
		text += used;
	}
	return 0;
}

void bench_watch_begin(void)
{
	for (size_t i = 0; i < n; i++)
		list[i].begin = bench_clock(list[i].clock);
}

void bench_watch_end(void)
{
	for (size_t i = 0; i < n; i++)
		list[i].used = bench_clock(list[i].clock) - list[i].begin;
}

void bench_watch_print(void)
{
	for (size_t i = 0; i < n; i++)
		printf("%s_cpu %.6f\n", list[i].name, list[i].used);
}
