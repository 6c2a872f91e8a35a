/* Messages of the native protocol: any octets, every reader. What is taken must be written, and
 * what was written must read and write the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/wire/native.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define TRY(noun, clear) \
	do { \
		struct native_##noun one, two; \
		autoclean(str_free) struct str a = STR_INIT(1 << 20), b = STR_INIT(1 << 20); \
		if (native_##noun##_parse(data, len, &one, NULL) < 0) \
			break; \
		if (native_##noun##_write(&one, &a) < 0 || \
			native_##noun##_parse((uint8_t *)a.data, a.len, &two, NULL) < 0 || \
			native_##noun##_write(&two, &b) < 0 || strcmp(a.data, b.data) != 0) \
			abort(); \
		clear(&one); \
		clear(&two); \
	} while (0)
#define OWNS_NOTHING(m) (void)(m)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	TRY(discovery, OWNS_NOTHING);
	TRY(discovered, native_discovered_clear);
	TRY(bootstrap, native_bootstrap_clear);
	TRY(bootstrapped, native_bootstrapped_clear);
	TRY(enrollment, native_enrollment_clear);
	TRY(enrolled, native_enrolled_clear);
	TRY(leave, native_leave_clear);
	TRY(left, OWNS_NOTHING);
	TRY(refused, OWNS_NOTHING);
	return 0;
}
