/* E-mail addresses and server names: a canonical form is its own canonical form. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/wire/identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	autoclean(text_free) char *text = mem_textn((const char *)data, len);
	char id[IDENTITY_MAX + 1], id_again[IDENTITY_MAX + 1];
	char name[SERVER_NAME_MAX + 1], name_again[SERVER_NAME_MAX + 1];
	int port;

	if (identity_canonical((const char *)data, len, id, NULL) == 0 &&
		(identity_canonical(id, strlen(id), id_again, NULL) < 0 ||
			strcmp(id, id_again) != 0 || strchr(id, '@') + 1 != identity_domain(id)))
		abort();
	if (server_name_canonical(text, name, &port, NULL) == 0 &&
		(port < 0 || port > 65535 ||
			server_name_canonical(name, name_again, NULL, NULL) < 0 ||
			strcmp(name, name_again) != 0))
		abort();
	return 0;
}
