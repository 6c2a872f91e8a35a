/* APPLICATION w7: the OMA-DM account, for the management client that reads dm-server.json. */
#include "client/apply.h"

#include <string.h>

#include "lib/base/clean.h"
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

/* Where each parm goes. */
static const struct {
	const char *parm, *key;
} parms[] = {
	{ WAPDOC_APPID, "application" },
	{ WAPDOC_PROVIDER_ID, "provider_id" },
	{ WAPDOC_NAME, "name" },
	{ WAPDOC_ADDR, "address" },
	{ WAPDOC_ROLE, "role" },
	{ WAPDOC_PROTOVER, "protocol" },
	{ WAPDOC_DEFAULTENCODING, "encoding" },
	{ WAPDOC_CERT_CRITERIA, "certificate_search" },
};

static int apply(struct apply *a, const struct wapdoc_node *n, struct str *words, struct fail *f)
{
	json_t *o = say_object("dm-server");

	for (size_t i = 0; i < ARRAY_LEN(parms); i++)
		say_set(o, parms[i].key, wapdoc_value(n, parms[i].parm));
	say_set(o, "certificate", PLACE_DEVICE);
	say_set(o, "key", PLACE_KEY);
	say_set(o, "trust", PLACE_ROOT);
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
