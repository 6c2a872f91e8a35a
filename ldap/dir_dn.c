#include "ldap/dir_dn.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ldap.h>

#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

/* Attribute types under all their names (RFC 4519). */
static const struct {
	const char *plain, *long_name, *oid;
} types[] = {
	{ "c", "countryName", "2.5.4.6" },
	{ "cn", "commonName", "2.5.4.3" },
	{ "dc", "domainComponent", "0.9.2342.19200300.100.1.25" },
	{ "l", "localityName", "2.5.4.7" },
	{ "o", "organizationName", "2.5.4.10" },
	{ "ou", "organizationalUnitName", "2.5.4.11" },
	{ "serialnumber", "serialNumber", "2.5.4.5" },
	{ "sn", "surname", "2.5.4.4" },
	{ "st", "stateOrProvinceName", "2.5.4.8" },
	{ "street", "streetAddress", "2.5.4.9" },
	{ "uid", "userid", "0.9.2342.19200300.100.1.1" },
};

/* A name taken apart: each part in its normal spelling, the first one first. */
struct name {
	struct str *part;
	size_t n;
};

static void name_free(struct name *name)
{
	for (size_t i = 0; i < name->n; i++)
		str_free(&name->part[i]);
	free(name->part);
	*name = (struct name){ NULL, 0 };
}

static void parsed_free(LDAPDN *dn)
{
	if (*dn != NULL)
		ldap_dnfree(*dn);
	*dn = NULL;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int is_name_of(const struct berval *given, const char *known)
{
	return given->bv_len == strlen(known) &&
		strncasecmp(given->bv_val, known, given->bv_len) == 0;
}

static void add_type(struct str *out, const struct berval *type)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (is_name_of(type, types[i].plain) || is_name_of(type, types[i].long_name) ||
			is_name_of(type, types[i].oid)) {
			str_text_add(out, types[i].plain);
			return;
		}
	for (size_t i = 0; i < type->bv_len; i++)
		str_char(out, lower(type->bv_val[i]));
}

/* The text in "#" and hex (RFC 4514 section 2.4): a UTF8String, PrintableString or IA5String with
 * its length in one octet. Anything else is left as it is. */
static struct berval string_in(const LDAPAVA *ava)
{
	struct berval v = ava->la_value;
	unsigned char tag = v.bv_len > 2 ? (unsigned char)v.bv_val[0] : 0;

	if ((ava->la_flags & LDAP_AVA_BINARY) && (tag == 0x0c || tag == 0x13 || tag == 0x16) &&
		(unsigned char)v.bv_val[1] == v.bv_len - 2 && v.bv_len - 2 < 128 &&
		text_is_utf8(v.bv_val + 2, v.bv_len - 2))
		return (struct berval){ v.bv_len - 2, v.bv_val + 2 };
	return (struct berval){ 0, NULL };
}

/* Letters folded, blanks trimmed and squeezed; what could be taken for syntax as a hex pair. */
static void add_value(struct str *out, const LDAPAVA *ava)
{
	struct berval text = string_in(ava);
	const struct berval *v = text.bv_val != NULL ? &text : &ava->la_value;
	size_t first = 0, end = v->bv_len;

	if (text.bv_val == NULL && (ava->la_flags & LDAP_AVA_BINARY)) {
		str_char(out, '#');
		for (size_t i = 0; i < end; i++)
			str_printf(out, "%02x", (unsigned char)v->bv_val[i]);
		return;
	}
	while (first < end && v->bv_val[first] == ' ')
		first++;
	while (end > first && v->bv_val[end - 1] == ' ')
		end--;
	for (size_t i = first; i < end; i++) {
		if (v->bv_val[i] == ' ' && v->bv_val[i - 1] == ' ')
			continue;
		if (v->bv_val[i] == '\0' || strchr("#+,\\=", v->bv_val[i]) != NULL)
			str_printf(out, "\\%02x", (unsigned char)v->bv_val[i]);
		else
			str_char(out, lower(v->bv_val[i]));
	}
}

static int compare_text(const void *a, const void *b)
{
	return strcmp(str_text(a), str_text(b));
}

/* A part may have several attributes; their order means nothing. */
static void add_part(struct str *out, LDAPRDN rdn)
{
	struct str *ava;
	size_t n = 0;

	while (rdn[n] != NULL)
		n++;
	ava = mem_array(n, sizeof(*ava));
	for (size_t i = 0; i < n; i++) {
		ava[i] = STR_INIT(4 * DIR_DN_MAX);
		add_type(&ava[i], &rdn[i]->la_attr);
		str_char(&ava[i], '=');
		add_value(&ava[i], rdn[i]);
	}
	qsort(ava, n, sizeof(*ava), compare_text);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			str_char(out, '+');
		str_text_add(out, str_text(&ava[i]));
		str_free(&ava[i]);
	}
	free(ava);
}

static int name_parse(const char *text, struct name *out)
{
	autoclean(parsed_free) LDAPDN dn = NULL;
	size_t n = 0;

	if (strlen(text) > DIR_DN_MAX || !text_is_utf8(text, strlen(text)))
		return -1;
	if (ldap_str2dn(text, &dn, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS || dn == NULL)
		return -1;
	while (dn[n] != NULL)
		n++;
	if (n == 0)
		return -1;
	out->part = mem_array(n, sizeof(*out->part));
	out->n = n;
	for (size_t i = 0; i < n; i++) {
		out->part[i] = STR_INIT(8 * DIR_DN_MAX);
		add_part(&out->part[i], dn[i]);
	}
	return 0;
}

int dir_dn_is(const char *text)
{
	return dir_dn_depth(text) > 0;
}

int dir_dn_depth(const char *dn)
{
	autoclean(name_free) struct name name = { NULL, 0 };

	return name_parse(dn, &name) < 0 ? -1 : (int)name.n;
}

/* Do the last n parts of a equal b, which has n? */
static int ends_with(const struct name *a, const struct name *b)
{
	if (a->n < b->n)
		return 0;
	for (size_t i = 0; i < b->n; i++) {
		const struct str *x = &a->part[a->n - b->n + i], *y = &b->part[i];

		if (x->overflow || y->overflow || strcmp(str_text(x), str_text(y)) != 0)
			return 0;
	}
	return 1;
}

int dir_dn_is_within(const char *dn, const char *base)
{
	autoclean(name_free) struct name a = { NULL, 0 };
	autoclean(name_free) struct name b = { NULL, 0 };

	if (name_parse(dn, &a) < 0 || name_parse(base, &b) < 0)
		return -1;
	return ends_with(&a, &b);
}

int dir_dn_equal(const char *a, const char *b)
{
	int depth = dir_dn_depth(a), within = dir_dn_is_within(a, b);

	return within == 1 && depth != dir_dn_depth(b) ? 0 : within;
}

/* RFC 4514 section 2.4. */
static void add_escaped(struct str *out, const char *value, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)value[i];

		if (c < 0x20 || c == 0x7f)
			str_printf(out, "\\%02x", c);
		else if (strchr("\"+,;<>\\=", c) != NULL || (i == 0 && c == '#') ||
			(c == ' ' && (i == 0 || i + 1 == len)))
			str_printf(out, "\\%c", c);
		else
			str_char(out, (char)c);
	}
}

static void add_plain(struct str *out, const LDAPAVA *ava)
{
	struct berval text = string_in(ava);

	add_type(out, &ava->la_attr);
	str_char(out, '=');
	if (text.bv_val != NULL) {
		add_escaped(out, text.bv_val, text.bv_len);
	} else if (ava->la_flags & LDAP_AVA_BINARY) {
		str_char(out, '#');
		for (size_t i = 0; i < ava->la_value.bv_len; i++)
			str_printf(out, "%02x", (unsigned char)ava->la_value.bv_val[i]);
	} else {
		add_escaped(out, ava->la_value.bv_val, ava->la_value.bv_len);
	}
}

int dir_dn_plain(const char *text, struct str *out)
{
	autoclean(parsed_free) LDAPDN dn = NULL;

	if (!dir_dn_is(text) ||
		ldap_str2dn(text, &dn, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS || dn == NULL)
		return -1;
	for (size_t i = 0; dn[i] != NULL; i++)
		for (size_t k = 0; dn[i][k] != NULL; k++) {
			if (i + k > 0)
				str_char(out, k > 0 ? '+' : ',');
			add_plain(out, dn[i][k]);
		}
	return out->overflow ? -1 : 0;
}

void dir_dn_child(struct str *out, const char *attr, const char *value, const char *parent)
{
	str_text_add(out, attr);
	str_char(out, '=');
	add_escaped(out, value, strlen(value));
	if (parent[0] != '\0') {
		str_char(out, ',');
		str_text_add(out, parent);
	}
}

/* The domain of a path, as dc parts. */
static int add_domain(struct str *out, const char *domain)
{
	const char *label = domain, *dot;

	if (!text_is_hostname(domain))
		return -1;
	while ((dot = strchr(label, '.')) != NULL) {
		str_text_add(out, "dc=");
		str_add(out, label, (size_t)(dot - label));
		str_char(out, ',');
		label = dot + 1;
	}
	str_text_add(out, "dc=");
	str_text_add(out, label);
	return 0;
}

/* Cut the next part off: unescaped into part; returns what follows, NULL at the end. */
static const char *next_part(const char *p, struct str *part)
{
	str_clear(part);
	for (; *p != '\0' && *p != '/'; p++) {
		if (*p == '\\' && (p[1] == '/' || p[1] == '\\'))
			p++;
		str_char(part, *p);
	}
	return *p == '/' ? p + 1 : NULL;
}

int dir_dn_from_path(const char *path, struct str *out)
{
	autoclean(str_free) struct str part = STR_INIT(DIR_DN_MAX);
	autoclean(str_free) struct str dn = STR_INIT(DIR_DN_MAX);
	autoclean(str_free) struct str parent = STR_INIT(DIR_DN_MAX);
	const char *rest = next_part(path, &part);

	if (part.overflow || add_domain(&dn, str_text(&part)) < 0)
		return -1;
	while (rest != NULL && *rest != '\0') {
		rest = next_part(rest, &part);
		if (part.len == 0 || part.overflow)
			return -1;
		str_clear(&parent);
		str_text_add(&parent, str_text(&dn));
		str_clear(&dn);
		dir_dn_child(&dn, "ou", str_text(&part), str_text(&parent));
	}
	if (dn.overflow || !dir_dn_is(str_text(&dn)))
		return -1;
	str_text_add(out, str_text(&dn));
	return out->overflow ? -1 : 0;
}
