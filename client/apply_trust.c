/* Enrolld.TrustedDMServer: the one server that may manage this device. */
#include "client/apply.h"

#include "lib/base/text.h"
#include "lib/wire/wapdoc_names.h"

static int look(struct apply *a, const struct wapdoc_node *n, struct fail *f)
{
	const struct wapdoc_node *account = wapdoc_find(a->document, WAPDOC_APPLICATION);
	const char *id, *address;

	if (apply_value(n, WAPDOC_PROVIDER_ID, NULL, &id, f) < 0 ||
		apply_value(n, WAPDOC_ADDR, NULL, &address, f) < 0)
		return -1;
	if (account == NULL || !text_equal(wapdoc_value(account, WAPDOC_PROVIDER_ID), id) ||
		!text_equal(wapdoc_value(account, WAPDOC_ADDR), address))
		return fail(f, ENR_DOCUMENT_INVALID, "it trusts a DM server it does not set up");
	return 0;
}

static int apply(struct apply *a, const struct wapdoc_node *n, struct str *words, struct fail *f)
{
	json_t *o = say_object("dm-trust");

	say_set(o, "provider_id", wapdoc_value(n, WAPDOC_PROVIDER_ID));
	say_set(o, "address", wapdoc_value(n, WAPDOC_ADDR));
	if (apply_json(a, PLACE_DM_TRUST, 0644, o, f) < 0)
		return -1;
	str_printf(words, "%s may manage this machine, nobody else",
		wapdoc_value(n, WAPDOC_PROVIDER_ID));
	return 0;
}

const struct section section_trust = {
	.type = WAPDOC_TRUSTED_DM_SERVER,
	.name = "TrustedDMServer",
	.label = "Trusted DM server",
	.look = look,
	.apply = apply,
};
