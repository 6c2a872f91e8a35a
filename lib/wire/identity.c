#include "lib/wire/identity.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <idn2.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

#define TYPED_MAX 1024 /* octets before anything is looked at */
#define NAME_SHOWN 64 /* octets of a wrong name */

static int refuse(struct fail *f, const char *told)
{
	fail(f, ENR_IDENTITY_INVALID, "%s", told);
	return fail_told(f, "%s", told);
}

/* NFC of t, to be freed; NULL if that cannot be told. */
static char *nfc(const char *t)
{
	size_t len = strlen(t), out_len = 0;
	uint8_t *made = u8_normalize(UNINORM_NFC, (const uint8_t *)t, len, NULL, &out_len);
	char *text;

	if (made == NULL)
		return NULL;
	text = mem_textn((const char *)made, out_len);
	free(made);
	return text;
}

static void ascii_lower(char *t)
{
	for (; *t; t++)
		if (*t >= 'A' && *t <= 'Z')
			*t = (char)(*t - 'A' + 'a');
}

/* What no identity holds, in words; NULL if all is well. text is well-formed UTF-8. */
static const char *refuse_characters(const char *text)
{
	const uint8_t *p = (const uint8_t *)text;
	ucs4_t c;

	while ((p = u8_next(&c, p)) != NULL) {
		if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cc))
			return "it has a control character";
		if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Z) ||
			uc_is_property_white_space(c))
			return "it has white space in it";
		if (uc_is_property_not_a_character(c))
			return "it has a code point that is no character";
	}
	return NULL;
}

/* 1 if a resolver would take the name for an address: its last label is a number (inet_aton(3)). */
static int is_number_like(const char *name)
{
	const char *dot = strrchr(name, '.');
	const char *last = dot ? dot + 1 : name;

	if (strncasecmp(last, "0x", 2) == 0)
		return last[2 + strspn(last + 2, "0123456789abcdefABCDEF")] == '\0';
	return last[strspn(last, "0123456789")] == '\0';
}

/* A domain in any spelling to lower-case A-labels without a trailing dot; to be freed. NULL if it
 * is none. */
static char *domain_canonical(const char *text)
{
	autoclean(text_free) char *name = NULL;
	uint8_t *made = NULL;
	size_t len;

	if (idn2_lookup_u8((const uint8_t *)text, &made,
		    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL | IDN2_ALABEL_ROUNDTRIP) != IDN2_OK)
		return NULL;
	name = mem_text((const char *)made);
	idn2_free(made);
	ascii_lower(name);
	len = strlen(name);
	if (len > 0 && name[len - 1] == '.')
		name[len - 1] = '\0';
	return text_is_hostname(name) ? steal(name) : NULL;
}

/* Local part and domain are canonical one by one; text is cut at the @. */
static int join_parts(char *local, const char *domain, char out[IDENTITY_MAX + 1], struct fail *f)
{
	autoclean(text_free) char *canonical = domain_canonical(domain);
	autoclean(text_free) char *whole = NULL;

	if (*local == '\0')
		return refuse(f, "there is nothing before the @");
	if (local[strcspn(local, "()<>[]:;,\\\"")] != '\0')
		return refuse(f, "it has a character before the @ that needs quotes");
	if (canonical == NULL)
		return refuse(f, "what follows the @ is not a domain");
	if (strchr(canonical, '.') == NULL)
		return refuse(f, "what follows the @ has only one label");
	if (is_number_like(canonical))
		return refuse(f, "what follows the @ is an address, not a domain");
	whole = mem_printf("%s@%s", local, canonical);
	if (strlen(whole) > IDENTITY_MAX)
		return refuse(f, "it is longer than 254 octets");
	memcpy(out, whole, strlen(whole) + 1);
	return 0;
}

int identity_canonical(const char *text, size_t len, char out[IDENTITY_MAX + 1], struct fail *f)
{
	autoclean(text_free) char *plain = NULL, *composed = NULL, *local = NULL;
	const char *refused;
	char *at;

	if (len > TYPED_MAX)
		return refuse(f, "it is longer than 254 octets");
	if (!text_is_utf8(text, len))
		return refuse(f, "it is not UTF-8");
	plain = mem_textn(text, len);
	composed = nfc(plain);
	if (composed == NULL)
		return refuse(f, "it cannot be normalised");
	refused = refuse_characters(composed);
	if (refused != NULL)
		return refuse(f, refused);
	at = strchr(composed, '@');
	if (at == NULL)
		return refuse(f, "it has no @");
	if (strchr(at + 1, '@') != NULL)
		return refuse(f, "it has more than one @");
	*at = '\0';
	/* A small letter may compose with a mark that its capital does not: h with a line below,
	 * say. */
	ascii_lower(composed);
	local = nfc(composed);
	if (local == NULL)
		return refuse(f, "it cannot be normalised");
	return join_parts(local, at + 1, out, f);
}

const char *identity_domain(const char *canonical)
{
	return strchr(canonical, '@') + 1;
}

static int parse_port(const char *text, int *port)
{
	int64_t n;

	if (text[0] < '1' || text[0] > '9' || text_number(text, 1, 65535, &n) < 0)
		return -1;
	*port = (int)n;
	return 0;
}

static int no_server_name(const char *text, enum code code, const char *what, struct fail *f)
{
	char quoted[4 * NAME_SHOWN + 6];

	text_quote(text, NAME_SHOWN, quoted, sizeof(quoted));
	return fail(f, code, "%s is %s", quoted, what);
}

int server_name_canonical(
	const char *text, char out[SERVER_NAME_MAX + 1], int *port, struct fail *f)
{
	autoclean(text_free) char *host = NULL, *name = NULL;
	char *colon;
	int number = 0;

	if (text_is_ip(text) || text[0] == '[')
		return no_server_name(text, ENR_ADDRESS_NOT_NAME, "an IP address", f);
	if (strlen(text) > TYPED_MAX || !text_is_utf8(text, strlen(text)))
		return no_server_name(text, ENR_USAGE, "not a server name", f);
	host = mem_text(text);
	colon = strchr(host, ':');
	if (colon != NULL) {
		*colon = '\0';
		if (parse_port(colon + 1, &number) < 0)
			return no_server_name(text, ENR_USAGE, "not NAME:PORT", f);
	}
	name = domain_canonical(host);
	if (name == NULL)
		return no_server_name(text, ENR_USAGE, "not a server name", f);
	if (is_number_like(name))
		return no_server_name(text, ENR_ADDRESS_NOT_NAME, "an IP address", f);
	memcpy(out, name, strlen(name) + 1);
	if (port != NULL)
		*port = number;
	return 0;
}
