#include "tests/bench/bench_entry.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/encode.h"
#include "lib/base/text.h"

#define YEAR_S (365 * 86400)

/* libldap wants char * where it only reads. */
static char *lent(const char *t)
{
	return (char *)(uintptr_t)t;
}

static void put_octets(struct bench_entry *e, const char *type, const void *data, size_t len)
{
	struct bench_attribute *a = &e->attribute[e->n];

	a->value[0] = (struct berval){ len, (char *)(uintptr_t)data };
	a->list[0] = &a->value[0];
	a->mod = (LDAPMod){
		.mod_op = LDAP_MOD_ADD | LDAP_MOD_BVALUES,
		.mod_type = lent(type),
		.mod_bvalues = a->list,
	};
	e->mods[e->n++] = &a->mod;
}

static void put(struct bench_entry *e, const char *type, const char *one)
{
	put_octets(e, type, one, strlen(one));
}

static void put_more(struct bench_entry *e, const char *another)
{
	struct bench_attribute *a = &e->attribute[e->n - 1];
	size_t k = 0;

	while (a->list[k] != NULL)
		k++;
	a->value[k] = (struct berval){ strlen(another), lent(another) };
	a->list[k] = &a->value[k];
}

/* What agent/join puts into a device of OpenLDAP and 389-ds. */
static void device(struct bench_entry *e)
{
	put(e, "objectClass", "device");
	put_more(e, "enrolldDevice");
	put_more(e, "pkiUser");
	put(e, "cn", e->name);
	put(e, "enrolldEnrollment", e->id);
	put(e, "enrolldMark", e->mark);
	put(e, "enrolldState", "enabled");
	put(e, "enrolldFqdn", e->fqdn);
}

/* And into a computer of Active Directory. */
static void computer(struct bench_entry *e)
{
	snprintf(e->account, sizeof(e->account), "%s$", e->name);
	snprintf(e->spn[0], sizeof(e->spn[0]), "HOST/%s", e->name);
	snprintf(e->spn[1], sizeof(e->spn[1]), "HOST/%s", e->fqdn);
	put(e, "objectClass", "computer");
	put(e, "cn", e->name);
	put(e, "sAMAccountName", e->account);
	put(e, "userAccountControl", "4096");
	put(e, "dNSHostName", e->fqdn);
	put(e, "servicePrincipalName", e->spn[0]);
	put_more(e, e->spn[1]);
	put(e, "msDS-SupportedEncryptionTypes", "24");
	put(e, "adminDescription", e->mark);
	/* "…" in UTF-16LE, as long as the one that the agent makes. */
	for (size_t i = 0; i < BENCH_PASSWORD_LEN; i++) {
		int edge = i == 0 || i == BENCH_PASSWORD_LEN - 1;

		e->password[2 * i] = edge ? '"' : (char)('a' + i % 26);
		e->password[2 * i + 1] = '\0';
	}
	put_octets(e, "unicodePwd", e->password, sizeof(e->password));
}

static const struct {
	const char *flavour, *certificate;
	void (*fill)(struct bench_entry *e);
} rows[] = {
	{ "openldap", "userCertificate;binary", device },
	{ "389ds", "userCertificate;binary", device },
	{ "ad", "userCertificate", computer },
};

static int certify(const struct bench_setup *s, const struct bench_issuer *i,
	struct bench_entry *e, struct fail *f)
{
	autoclean(text_free) char *upn = mem_printf("%s$@%s", e->name, s->realm ? s->realm : "");
	int64_t now = clock_now();
	struct ca_device d = {
		.name = e->name, .fqdn = e->fqdn, .enrollment = e->id, .crl_url = s->crl_url,
		.not_before = now - CA_BACKDATE_S, .not_after = now + YEAR_S,
		.spki = i->spki.data, .spki_len = i->spki.len,
	};

	if (s->realm) {
		d.upn = upn;
		d.sid = "S-1-5-21-1004336348-1177238915-682003330-1142";
	}
	ca_serial_new(d.serial);
	return ca_issue_device(i->ca, &d, &e->certificate, f);
}

static void name_all(const struct bench_setup *s, const char *name, struct bench_entry *e)
{
	autoclean(str_free) struct str hex = STR_INIT(32);
	uint8_t nonce[16];

	snprintf(e->name, sizeof(e->name), "%s", name);
	snprintf(e->dn, sizeof(e->dn), "cn=%s,%s", e->name, s->ou_dn);
	snprintf(e->fqdn, sizeof(e->fqdn), "%s.%s", e->name, s->suffix);
	for (char *p = e->fqdn; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	id_new('E', e->id);
	random_bytes(nonce, sizeof(nonce));
	hex_add(&hex, nonce, sizeof(nonce));
	snprintf(e->mark, sizeof(e->mark), "1:%s:1:%s", e->id, str_text(&hex));
}

int bench_entry_make(const struct bench_setup *s, const struct bench_issuer *i, const char *name,
	struct bench_entry *e, struct fail *f)
{
	size_t row = 0;

	*e = (struct bench_entry){ .n = 0 };
	while (row < ARRAY_LEN(rows) && !text_equal(rows[row].flavour, s->flavour))
		row++;
	if (row == ARRAY_LEN(rows))
		return fail(f, ENR_USAGE, "BENCH_FLAVOUR");
	name_all(s, name, e);
	if (certify(s, i, e, f) < 0)
		return -1;
	rows[row].fill(e);
	put_octets(e, rows[row].certificate, e->certificate.data, e->certificate.len);
	if (s->writes == 2) {
		e->later = *e->mods[--e->n];
		e->mods[e->n] = NULL;
	}
	return 0;
}

void bench_entry_clear(struct bench_entry *e)
{
	bytes_free(&e->certificate);
}
