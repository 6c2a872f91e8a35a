/* Active Directory: what a computer account is made of and what may change of it. */
#include "agent/join/join_ad.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/delegation/delegation.h"
#include "lib/base/clean.h"
#include "lib/base/id.h"
#include "lib/base/text.h"
#include "lib/wire/sid.h"

enum { SPN_MAX = 80, /* "HOST/" and a label */
	PASSWORD_MAX = 512,
	SPOILED_LEN = 120 };

/* AES128 and AES256 (MS-KILE section 2.2.7), no RC4. */
static const char encryption_types[] = "24";

int64_t ad_number(const struct dir_entry *e, const char *attr, int64_t preset)
{
	const char *text = dir_entry_text(e, attr);
	int64_t n;

	return text != NULL && text_number(text, INT32_MIN, INT64_MAX, &n) == 0 ? n : preset;
}

char *ad_sid_text(const struct dir_entry *e, const char *attr)
{
	const struct dir_attr *a = dir_entry_attr(e, attr);
	char text[SID_TEXT_MAX];
	struct sid sid;

	if (a == NULL || a->n == 0 || sid_parse(a->value[0].data, a->value[0].len, &sid) < 0)
		return NULL;
	sid_text(&sid, text);
	return mem_text(text);
}

/* --- state --------------------------------------------------------------------------- */

int ad_is_enabled(const struct dir_entry *e)
{
	int64_t uac = ad_number(e, "userAccountControl", UAC_DISABLED);

	return (uac & UAC_DISABLED) == 0;
}

void ad_state_change(const struct dir_entry *e, int enabled, struct dir_mods *m)
{
	int64_t old = ad_number(e, "userAccountControl", UAC_WORKSTATION | UAC_DISABLED);
	int64_t now = enabled ? old & ~(int64_t)UAC_DISABLED : old | UAC_DISABLED;
	char text[24];

	if (now == old)
		return;
	snprintf(text, sizeof(text), "%lld", (long long)old);
	dir_mods_delete(m, "userAccountControl", text);
	snprintf(text, sizeof(text), "%lld", (long long)now);
	dir_mods_add(m, "userAccountControl", text);
}

/* --- passwords ----------------------------------------------------------------------- */

/* One character of UTF-8 that is known to be well-formed. */
static uint32_t next_character(const unsigned char **p)
{
	uint32_t c = *(*p)++;
	int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2
		: c >= 0xc0                  ? 1
					     : 0;

	if (more > 0)
		c &= 0x3fu >> more;
	while (more-- > 0)
		c = c << 6 | (*(*p)++ & 0x3f);
	return c;
}

static size_t put_unit(uint8_t *at, uint32_t unit)
{
	at[0] = unit & 0xff;
	at[1] = unit >> 8 & 0xff;
	return 2;
}

int ad_password_octets(const char *text, struct bytes *out)
{
	const unsigned char *p = (const unsigned char *)text;
	uint8_t buf[2 * PASSWORD_MAX + 8];
	size_t len = put_unit(buf, '"');

	if (strlen(text) > PASSWORD_MAX || !text_is_utf8(text, strlen(text)))
		return -1;
	while (*p != '\0') {
		uint32_t c = next_character(&p);

		if (c >= 0x10000) {
			len += put_unit(buf + len, 0xd800 + ((c - 0x10000) >> 10));
			c = 0xdc00 + ((c - 0x10000) & 0x3ff);
		}
		len += put_unit(buf + len, c);
	}
	len += put_unit(buf + len, '"');
	bytes_set(out, buf, len);
	mem_wipe(buf, sizeof(buf));
	return 0;
}

void ad_password_spoil(struct dir_mods *m)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789-_";
	autoclean(bytes_wipe) struct bytes octets = BYTES_INIT;
	char text[SPOILED_LEN + 1];

	random_bytes(text, SPOILED_LEN);
	for (size_t i = 0; i < SPOILED_LEN; i++)
		text[i] = letters[text[i] & 63];
	text[SPOILED_LEN] = '\0';
	if (ad_password_octets(text, &octets) == 0)
		dir_mods_replace_bytes(m, "unicodePwd", octets.data, octets.len);
	mem_wipe(text, sizeof(text));
}

/* --- made, taken over ---------------------------------------------------------------- */

/* "HOST/…" of the short name: the name, or if that was shortened its account without the "$". */
static void ad_spn_short(const struct join *j, const char *name, char out[SPN_MAX])
{
	char account[JOIN_ACCOUNT_MAX];

	/* The validated write to servicePrincipalName lets nothing else pass
	 * (MS-ADTS section 3.1.1.5.3.1.1.4). */
	join_account(j, name, account);
	account[strcspn(account, "$")] = '\0';
	snprintf(out, SPN_MAX, "HOST/%s", text_equal_ci(account, name) ? name : account);
}

void ad_add_more(const struct join *j, const struct join_object *o, struct dir_mods *m)
{
	autoclean(bytes_wipe) struct bytes password = BYTES_INIT;
	autoclean(text_free) char *host = NULL;
	char text[SPN_MAX];

	join_account(j, o->name, text);
	dir_mods_add(m, "sAMAccountName", text);
	snprintf(text, sizeof(text), "%d", UAC_WORKSTATION);
	dir_mods_add(m, "userAccountControl", text);
	ad_spn_short(j, o->name, text);
	dir_mods_add(m, "servicePrincipalName", text);
	if (o->fqdn != NULL) {
		host = mem_printf("HOST/%s", o->fqdn);
		dir_mods_add(m, "servicePrincipalName", host);
	}
	dir_mods_add(m, "msDS-SupportedEncryptionTypes", encryption_types);
	if (o->password != NULL && ad_password_octets(o->password, &password) == 0)
		dir_mods_add_bytes(m, "unicodePwd", password.data, password.len);
}

void ad_take_more(const struct join *j, const struct dir_entry *e, const struct join_object *o,
	struct dir_mods *m)
{
	autoclean(bytes_wipe) struct bytes password = BYTES_INIT;
	autoclean(text_free) char *host = NULL;
	char spn[SPN_MAX];

	ad_spn_short(j, o->name, spn);
	if (o->fqdn != NULL) {
		host = mem_printf("HOST/%s", o->fqdn);
		/* The validated write wants the account's name in it, which a shortened one is not:
		 * only what is another is written. */
		if (!text_equal_ci(dir_entry_text(e, "dNSHostName"), o->fqdn))
			dir_mods_replace(m, "dNSHostName", o->fqdn);
		dir_mods_replace(m, "servicePrincipalName", spn);
		dir_mods_add(m, "servicePrincipalName", host);
	}
	dir_mods_replace(m, "msDS-SupportedEncryptionTypes", encryption_types);
	if (o->password != NULL && ad_password_octets(o->password, &password) == 0)
		dir_mods_replace_bytes(m, "unicodePwd", password.data, password.len);
}

/* All that devices of this agent need, at the add or in their life: with less, an add would leave
 * an object that cannot be finished or taken back. */
static int has_rights(struct join *j, const struct join_object *o, struct fail *f)
{
	const struct delegation_plan plan = { .flavour = j->flavour->name,
		.ou = &o->ou_dn,
		.n_ou = 1,
		.group = o->groups,
		.n_group = o->n_groups,
		.maps = o->maps };

	if (delegation_check(j->dir, NULL, &plan, f) < 0)
		return join_recode(f, ENR_DIRECTORY_GONE, ENR_OU_CHANGED);
	return 0;
}

/* The server tells which classes we may create in that OU: no trial add is needed, and there is no
 * no-op control here. */
int ad_may_add(struct join *j, const struct join_object *o, struct fail *f)
{
	static const char *const attrs[] = { "allowedChildClassesEffective", NULL };
	const struct dir_query q = {
		.base = o->ou_dn, .scope = DIR_BASE, .attrs = attrs, .limit = 1
	};
	autoclean(dir_result_free) struct dir_result *r = NULL;
	struct dir_via via = { 0 };

	if (has_rights(j, o, f) < 0)
		return -1;
	if (dir_search(j->dir, &via, &q, &r, f) < 0)
		return join_recode(f, ENR_DIRECTORY_GONE, ENR_OU_CHANGED);
	if (r->n == 0)
		return fail(f, ENR_OU_CHANGED, "%s: not to be seen", o->ou_dn);
	if (dir_entry_has(&r->entry[0], attrs[0], "computer"))
		return 0;
	return fail(f, ENR_CREATE_DENIED, "%s: the right to create computers (create child: "
					  "computer) is missing in %s",
		via.used, o->ou_dn);
}
