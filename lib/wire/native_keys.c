#include "lib/wire/native_keys.h"

#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/encode.h"
#include "lib/base/pack.h"
#include "lib/pki/hash.h"

#define SALT_LABEL "enrolld-native-1 identity"
#define SELECTOR_LABEL "enrolld-native-1 selector"
#define CHALLENGE_LABEL "enrolld-native-1 challenge"
#define CONTEXT_MAX 2048 /* octets of everything in a MAC but the payload */

static const char *const labels[] = {
	[NATIVE_DEVICE_BOOTSTRAP] = "enrolld-native-1 device bootstrap",
	[NATIVE_SERVER_BOOTSTRAP] = "enrolld-native-1 server bootstrap",
	[NATIVE_DEVICE_ENROLLMENT] = "enrolld-native-1 device enrollment",
	[NATIVE_SERVER_ENROLLMENT] = "enrolld-native-1 server enrollment",
	[NATIVE_SERVER_REFUSAL] = "enrolld-native-1 server refusal",
	[NATIVE_DOCUMENT_SECRET] = "enrolld-native-1 document secret",
	[NATIVE_DEVICE_LEAVE] = "enrolld-native-1 device leave",
};

void native_root(const char password[PASSWORD_LEN + 1], const char *identity,
		 uint8_t root[NATIVE_ROOT_LEN])
{
	autoclean(str_free) struct str salt = STR_INIT(sizeof(SALT_LABEL) + IDENTITY_MAX);

	str_add(&salt, SALT_LABEL, sizeof(SALT_LABEL)); /* with its NUL */
	str_text_add(&salt, identity);
	pki_hkdf_extract((const uint8_t *)salt.data, salt.len, (const uint8_t *)password,
		PASSWORD_LEN, root);
}

void native_selector(const uint8_t root[NATIVE_ROOT_LEN], uint8_t selector[NATIVE_SELECTOR_LEN])
{
	pki_hkdf_expand(root, SELECTOR_LABEL, selector, NATIVE_SELECTOR_LEN);
}

void native_key(const uint8_t root[NATIVE_ROOT_LEN], enum native_label label,
	uint8_t key[NATIVE_KEY_LEN])
{
	pki_hkdf_expand(root, labels[label], key, NATIVE_KEY_LEN);
}

static void pack_number(struct str *s, uint32_t n)
{
	pack_u32(s, 4);
	pack_u32(s, n);
}

void native_labelled(enum native_label label, const struct native_context *c,
	const struct str *payload, struct str *out)
{
	pack_text(out, labels[label]);
	pack_number(out, c->version);
	pack_text(out, c->shown_device);
	pack_text(out, c->shown_server);
	pack_text(out, c->identity);
	pack_text(out, c->server_name);
	pack_bytes(out, c->leaf, sizeof(c->leaf));
	pack_bytes(out, c->nonce_device, sizeof(c->nonce_device));
	pack_bytes(out, c->nonce_server, sizeof(c->nonce_server));
	pack_bytes(out, c->transcript, sizeof(c->transcript));
	str_add(out, payload->data, payload->len);
}

void native_mac(const uint8_t root[NATIVE_ROOT_LEN], enum native_label label,
	const struct native_context *c, const struct str *payload, uint8_t mac[NATIVE_MAC_LEN])
{
	autoclean(str_free) struct str input = STR_INIT(CONTEXT_MAX + payload->len);
	uint8_t key[32];

	native_labelled(label, c, payload, &input);
	native_key(root, label, key);
	pki_hmac_sha256(key, sizeof(key), (const uint8_t *)input.data, input.len, mac);
	mem_wipe(key, sizeof(key));
}

void native_challenge(const struct native_context *c, char out[NATIVE_CHALLENGE_MAX])
{
	autoclean(str_free) struct str input = STR_INIT(256), text = STR_INIT(44);
	uint8_t hash[NATIVE_HASH_LEN];

	pack_text(&input, CHALLENGE_LABEL);
	pack_bytes(&input, c->transcript, sizeof(c->transcript));
	pack_bytes(&input, c->nonce_device, sizeof(c->nonce_device));
	pack_bytes(&input, c->nonce_server, sizeof(c->nonce_server));
	pki_sha256((const uint8_t *)input.data, input.len, hash);
	b64_add(&text, hash, sizeof(hash));
	memcpy(out, str_text(&text), 45);
}

void native_secret_aad(const char *name, const char *enrollment, struct str *out)
{
	pack_text(out, labels[NATIVE_DOCUMENT_SECRET]);
	pack_text(out, name);
	pack_text(out, enrollment);
}
