/* Answers of DNS: whatever comes, every server taken has a name and a port. */
#include <stdlib.h>
#include <string.h>

#include "ldap/dir_srv.h"
#include "lib/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static uint32_t pick(uint32_t n)
{
	return n / 2;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct dir_srv_list list;
	size_t n;

	list.n = 0;
	if (dir_srv_parse(data, len, &list) < 0 && list.n != 0)
		abort();
	n = list.n;
	dir_srv_sort(&list, 0, pick);
	if (list.n != n)
		abort();
	for (size_t i = 0; i < n; i++)
		if (list.at[i].port == 0 || !text_is_hostname(list.at[i].target) ||
			(i > 0 && list.at[i].priority < list.at[i - 1].priority))
			abort();
	return 0;
}
