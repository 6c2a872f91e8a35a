/* What a person types as a password: what is taken is canonical, shows and reads the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/wire/password.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char out[PASSWORD_LEN + 1], again[PASSWORD_LEN + 1], shown[PASSWORD_TEXT_MAX];
	struct fail f = FAIL_INIT;

	if (password_parse((const char *)data, len, out, &f) < 0) {
		if (f.code != ENR_PASSWORD_TYPO || f.told[0] == '\0')
			abort();
		return 0;
	}
	password_show(out, shown);
	if (password_parse(shown, strlen(shown), again, NULL) < 0 || strcmp(out, again) != 0)
		abort();
	return 0;
}
