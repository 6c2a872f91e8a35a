/* APPLICATION w7: the OMA-DM account, for the management client that reads dm-server.json. */
#include "client/apply.h"

#include <string.h>

#include "lib/base/text.h"
#include "lib/wire/wapdoc_names.h"

static int is_https(const char *url)
{
	return strncmp(url, "https://", 8) == 0 && url[8] != '\0';
}

static int look(struct apply *a, const struct wapdoc_node *n, struct fail *f)
{
	const char *value;

	(void)a;
	if (!text_equal(wapdoc_value(n, WAPDOC_APPID), "w7"))
		return fail(f, ENR_DOCUMENT_INVALID, "%s is not w7", WAPDOC_APPLICATION);
	if (apply_value(n, WAPDOC_PROVIDER_ID, NULL, &value, f) < 0)
		return -1;
	return apply_value(n, WAPDOC_ADDR, is_https, &value, f);
}

static int apply(struct apply *a, const struct wapdoc_node *n, struct str *words, struct fail *f)
{
	json_t *o = json_pack("{sssissssss?ss?ss?ss?ss?ssssss}", "kind", "dm-server", "version", 1,
		"application", "w7", "provider_id", wapdoc_value(n, WAPDOC_PROVIDER_ID), "name",
		wapdoc_value(n, WAPDOC_NAME), "address", wapdoc_value(n, WAPDOC_ADDR), "role",
		wapdoc_value(n, WAPDOC_ROLE), "protocol", wapdoc_value(n, WAPDOC_PROTOVER),
		"encoding", wapdoc_value(n, WAPDOC_DEFAULTENCODING), "certificate_search",
		wapdoc_value(n, WAPDOC_CERT_CRITERIA), "certificate", PLACE_DEVICE, "key",
		PLACE_KEY, "trust", PLACE_ROOT);

	if (o == NULL)
		return fail(f, ENR_DOCUMENT_INVALID, "%s is not usable", WAPDOC_APPLICATION);
	if (apply_json(a, PLACE_DM_SERVER, 0644, o, f) < 0)
		return -1;
	str_printf(words, "%s, by the device certificate; %s", wapdoc_value(n, WAPDOC_ADDR),
		PLACE_DM_SERVER);
	return 0;
}

const struct section section_application = {
	.type = WAPDOC_APPLICATION,
	.name = "APPLICATION",
	.label = "DM server",
	.look = look,
	.apply = apply,
};
