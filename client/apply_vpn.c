/* Enrolld.VPN: there only if the device is to have one. Facts for whoever runs the tunnel. */
#include "client/apply.h"

#include <string.h>

#include "lib/base/text.h"
#include "lib/wire/wapdoc_names.h"

static int is_gateway(const char *text)
{
	size_t len = strcspn(text, ":");
	char host[256];

	if (text_is_hostname(text) || text_is_ip(text))
		return 1;
	if (len == 0 || len >= sizeof(host))
		return 0;
	memcpy(host, text, len);
	host[len] = '\0';
	return text_is_hostname(host);
}

static int look(struct apply *a, const struct wapdoc_node *n, struct fail *f)
{
	const char *value;

	if (wapdoc_value(n, WAPDOC_GATEWAY) != NULL &&
		apply_value(n, WAPDOC_GATEWAY, is_gateway, &value, f) < 0)
		return -1;
	a->state->reboot = text_equal(wapdoc_value(n, WAPDOC_REBOOT_REQUIRED), "1");
	return 0;
}

static int apply(struct apply *a, const struct wapdoc_node *n, struct str *words, struct fail *f)
{
	const char *gateway = wapdoc_value(n, WAPDOC_GATEWAY);
	json_t *o = say_object("vpn");

	say_set(o, "vpn", "on");
	say_set(o, "gateway", gateway);
	say_set(o, "authentication", wapdoc_value(n, WAPDOC_AUTHENTICATION));
	say_set(o, "certificate", PLACE_DEVICE);
	say_set(o, "key", PLACE_KEY);
	say_set(o, "trust", PLACE_ROOT);
	if (apply_json(a, PLACE_VPN, 0644, o, f) < 0)
		return -1;
	str_printf(words, "on%s%.200s, by the device certificate", gateway ? ", gateway " : "",
		gateway ? gateway : "");
	return 0;
}

const struct section section_vpn = {
	.type = WAPDOC_VPN,
	.name = "VPN",
	.label = "VPN",
	.look = look,
	.apply = apply,
};
