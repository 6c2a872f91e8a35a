#include "agent/provisioning/provisioning.h"

#include <string.h>
#include <strings.h>

#include "lib/base/clean.h"
#include "lib/base/encode.h"
#include "lib/pki/cert.h"
#include "lib/pki/hash.h"
#include "lib/wire/wapdoc.h"
#include "lib/wire/wapdoc_names.h"

#define ROLE_ENTERPRISE "32" /* what a device management account of an enterprise gets */
#define DM_ENCODING "application/vnd.syncml.dm+xml"
#define CRITERIA_MAX 4096

static int certificates_write(
	const struct provisioning *p, struct wapdoc_node *node, struct fail *f);
static int dm_account_write(const struct provisioning *p, struct wapdoc_node *node, struct fail *f);
static int dm_trust_write(const struct provisioning *p, struct wapdoc_node *node, struct fail *f);
static int name_write(const struct provisioning *p, struct wapdoc_node *node, struct fail *f);
static int domain_write(const struct provisioning *p, struct wapdoc_node *node, struct fail *f);
static int vpn_write(const struct provisioning *p, struct wapdoc_node *node, struct fail *f);
static int enrollment_write(const struct provisioning *p, struct wapdoc_node *node, struct fail *f);
static int always(const struct provisioning *p);
static int has_dm_server(const struct provisioning *p);
static int has_vpn(const struct provisioning *p);

/* The whole document, in order. The flag comes last: what stops a second enrollment is said when
 * all else has been. */
static const struct section {
	const char *name;
	int (*applies)(const struct provisioning *p);
	int (*write)(const struct provisioning *p, struct wapdoc_node *node, struct fail *f);
} sections[] = {
	{ WAPDOC_CERTIFICATE_STORE, always, certificates_write },
	{ WAPDOC_APPLICATION, has_dm_server, dm_account_write },
	{ WAPDOC_TRUSTED_DM_SERVER, has_dm_server, dm_trust_write },
	{ WAPDOC_DEVICE_NAME, always, name_write },
	{ WAPDOC_DOMAIN, always, domain_write },
	{ WAPDOC_VPN, has_vpn, vpn_write },
	{ WAPDOC_ENROLLMENT, always, enrollment_write },
};

static int always(const struct provisioning *p)
{
	(void)p;
	return 1;
}

static int has_dm_server(const struct provisioning *p)
{
	return p->dm_server != NULL;
}

static int has_vpn(const struct provisioning *p)
{
	return p->vpn;
}

/* A parm that is left out where there is no value. */
static void parm_if(struct wapdoc_node *node, const char *name, const char *value)
{
	if (value != NULL)
		wapdoc_parm(node, name, value);
}

/* --- certificates --------------------------------------------------------- */

/* Certificates are our own, read when they were made: they are not decoded for each document. */
static struct wapdoc_node *certificate_write(struct wapdoc_node *store, const struct bytes *cert)
{
	autoclean(str_free) struct str thumbprint = STR_INIT(64);
	autoclean(text_free) char *base64 = b64_text(cert->data, cert->len);
	uint8_t sha1[SHA1_LEN];
	struct wapdoc_node *node;

	pki_sha1(cert->data, cert->len, sha1);
	hex_add_upper(&thumbprint, sha1, sizeof(sha1));
	node = wapdoc_characteristic(store, str_text(&thumbprint));
	wapdoc_parm(node, WAPDOC_ENCODED_CERTIFICATE, base64);
	return node;
}

static int certificates_write(
	const struct provisioning *p, struct wapdoc_node *node, struct fail *f)
{
	struct wapdoc_node *root = wapdoc_characteristic(node, WAPDOC_STORE_ROOT);
	struct wapdoc_node *ca = wapdoc_characteristic(node, WAPDOC_STORE_CA);
	struct wapdoc_node *my;

	(void)f;
	certificate_write(root, p->root);
	certificate_write(ca, p->devices_ca);
	if (p->device == NULL)
		return 0;
	my = certificate_write(wapdoc_characteristic(node, WAPDOC_STORE_MY), p->device);
	wapdoc_characteristic(my, WAPDOC_PRIVATE_KEY_CONTAINER);
	return 0;
}

/* --- device management ---------------------------------------------------- */

/* Percent-encoding (RFC 3986 section 2.1); the comma between the parts of a DN stays, as in
 * Microsoft's own sample of this parm. */
static void uri_add(struct str *out, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~,";

	for (; *text != '\0'; text++) {
		uint8_t octet = (uint8_t)*text;

		if (strchr(plain, *text) != NULL) {
			str_char(out, *text);
		} else {
			str_char(out, '%');
			hex_add_upper(out, &octet, 1);
		}
	}
}

/* Which certificate the device shows the DM server. Before there is one, its name alone. */
static int criteria(const struct provisioning *p, struct str *out, struct fail *f)
{
	autoclean(cert_info_clear) struct cert_info info = { 0 };
	autoclean(text_free) char *preview = mem_printf("CN=%s", p->name);

	if (p->device != NULL && cert_info_read(p->device->data, p->device->len, &info, f) < 0)
		return -1;
	str_text_add(out, "Subject=");
	uri_add(out, p->device != NULL ? info.subject : preview);
	str_text_add(out, "&Stores=");
	uri_add(out, WAPDOC_STORE_MY "\\User");
	return out->overflow ? fail(f, ENR_DOCUMENT_INVALID, "a subject over %d octets",
				       CRITERIA_MAX) : 0;
}

/* What the account is known by: the profile's word, else the server's host. */
static char *provider_id(const struct provisioning *p)
{
	const char *host = strstr(p->dm_server, "://");

	if (p->dm_provider_id != NULL)
		return mem_text(p->dm_provider_id);
	host = host ? host + 3 : p->dm_server;
	return mem_textn(host, strcspn(host, "/:?#"));
}

static int dm_account_write(const struct provisioning *p, struct wapdoc_node *node, struct fail *f)
{
	autoclean(str_free) struct str search = STR_INIT(CRITERIA_MAX);
	autoclean(text_free) char *id = provider_id(p);

	if (strncmp(p->dm_server, "https://", 8) != 0 || id[0] == '\0')
		return fail(f, ENR_DOCUMENT_INVALID, "the DM server is no https address: %s",
			p->dm_server);
	if (criteria(p, &search, f) < 0)
		return -1;
	wapdoc_parm(node, WAPDOC_APPID, "w7");
	wapdoc_parm(node, WAPDOC_PROVIDER_ID, id);
	wapdoc_parm(node, WAPDOC_NAME, p->dm_server_name ? p->dm_server_name : id);
	wapdoc_parm(node, WAPDOC_ADDR, p->dm_server);
	wapdoc_parm(node, WAPDOC_ROLE, ROLE_ENTERPRISE);
	wapdoc_parm(node, WAPDOC_PROTOVER, "1.2");
	wapdoc_parm(node, WAPDOC_DEFAULTENCODING, DM_ENCODING);
	wapdoc_parm(node, WAPDOC_CERT_CRITERIA, str_text(&search));
	return 0;
}

static int dm_trust_write(const struct provisioning *p, struct wapdoc_node *node, struct fail *f)
{
	autoclean(text_free) char *id = provider_id(p);

	(void)f;
	wapdoc_parm(node, WAPDOC_PROVIDER_ID, id);
	wapdoc_parm(node, WAPDOC_ADDR, p->dm_server);
	return 0;
}

/* --- the device ----------------------------------------------------------- */

static int name_write(const struct provisioning *p, struct wapdoc_node *node, struct fail *f)
{
	(void)f;
	wapdoc_parm(node, WAPDOC_DEVICE_LABEL, p->name);
	wapdoc_parm(node, WAPDOC_FQDN, p->fqdn);
	wapdoc_parm(node, WAPDOC_DNS_DOMAIN, p->dns_domain);
	return 0;
}

/* What the directory made of the name and of the full name; a validated write lets no other pass.
 */
static void principals_write(const struct provisioning *p, struct wapdoc_node *node)
{
	const char *account = p->account->account;
	size_t len = strcspn(account, "$");
	int same = strlen(p->name) == len && strncasecmp(p->name, account, len) == 0;
	autoclean(text_free) char *names = mem_printf("HOST/%.*s HOST/%s", (int)len,
		same ? p->name : account, p->fqdn);

	wapdoc_parm(node, WAPDOC_SERVICE_PRINCIPALS, names);
}

static void account_write(const struct provisioning *p, struct wapdoc_node *node)
{
	const struct provisioning_account *a = p->account;
	autoclean(text_free) char *version = mem_printf("%lld", (long long)a->key_version);

	wapdoc_parm(node, WAPDOC_REALM, a->realm);
	parm_if(node, WAPDOC_NETBIOS_DOMAIN, a->netbios);
	parm_if(node, WAPDOC_DOMAIN_CONTROLLER, a->controller);
	parm_if(node, WAPDOC_ACCOUNT, a->account);
	parm_if(node, WAPDOC_SID, a->sid);
	if (a->key_version > 0)
		wapdoc_parm(node, WAPDOC_KEY_VERSION, version);
	if (a->account != NULL)
		principals_write(p, node);
	parm_if(node, WAPDOC_MACHINE_PASSWORD, a->password);
	parm_if(node, WAPDOC_LOGIN, a->login);
}

static int domain_write(const struct provisioning *p, struct wapdoc_node *node, struct fail *f)
{
	const char *dns = p->account != NULL ? p->account->dns : NULL;

	(void)f;
	wapdoc_parm(node, WAPDOC_DNS_DOMAIN, dns != NULL ? dns : p->dns_domain);
	parm_if(node, WAPDOC_DIRECTORY_SERVER, p->directory_server);
	parm_if(node, WAPDOC_DN, p->dn);
	if (p->account != NULL)
		account_write(p, node);
	return 0;
}

static int vpn_write(const struct provisioning *p, struct wapdoc_node *node, struct fail *f)
{
	(void)f;
	parm_if(node, WAPDOC_GATEWAY, p->vpn_gateway);
	wapdoc_parm(node, WAPDOC_AUTHENTICATION, "certificate");
	wapdoc_parm(node, WAPDOC_REBOOT_REQUIRED, "1");
	return 0;
}

static int enrollment_write(const struct provisioning *p, struct wapdoc_node *node, struct fail *f)
{
	(void)f;
	wapdoc_parm(node, WAPDOC_ENROLLMENT_ID, p->enrollment);
	wapdoc_parm(node, WAPDOC_ENROLLED, "1");
	return 0;
}

int provisioning_compose(const struct provisioning *p, struct str *out, struct fail *f)
{
	autoclean(wapdoc_free) struct wapdoc_node *doc = wapdoc_new();
	autoclean(str_free) struct str text = STR_INIT(out->max);

	for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
		const struct section *s = &sections[i];

		if (!s->applies(p))
			continue;
		if (s->write(p, wapdoc_characteristic(doc, s->name), f) < 0)
			return fail_in(f, "%s", s->name);
	}
	if (wapdoc_write(doc, &text) < 0)
		return fail(f, ENR_DOCUMENT_INVALID, "cannot be written within %zu octets",
			out->max);
	str_add(out, str_text(&text), text.len);
	return out->overflow ? fail(f, ENR_DOCUMENT_INVALID, "the buffer is full") : 0;
}
