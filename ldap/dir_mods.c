#include "ldap/dir_mods.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ldap.h>

#include "lib/base/mem.h"

struct dir_mods {
	LDAPMod **list; /* NULL-terminated */
	size_t n;
	char *assertion;
	struct dir_control control; /* its texts are ours */
};

struct dir_mods *dir_mods_new(void)
{
	struct dir_mods *m = mem_new(sizeof(*m));

	m->list = mem_array(1, sizeof(LDAPMod *));
	return m;
}

/* Wiped: a value may be a password. */
static void value_free(struct berval *v)
{
	mem_wipe(v->bv_val, v->bv_len);
	free(v->bv_val);
	free(v);
}

static void mod_free(LDAPMod *mod)
{
	for (size_t i = 0; mod->mod_bvalues[i] != NULL; i++)
		value_free(mod->mod_bvalues[i]);
	free(mod->mod_bvalues);
	free(mod->mod_type);
	free(mod);
}

void dir_mods_free(struct dir_mods **m)
{
	if (*m == NULL)
		return;
	for (size_t i = 0; i < (*m)->n; i++)
		mod_free((*m)->list[i]);
	free((*m)->list);
	free((*m)->assertion);
	free((char *)(*m)->control.oid);
	free((uint8_t *)(*m)->control.value);
	free(*m);
	*m = NULL;
}

static LDAPMod *mod_append(struct dir_mods *m, int op, const char *attr)
{
	LDAPMod *mod = mem_new(sizeof(*mod));

	mod->mod_op = op | LDAP_MOD_BVALUES;
	mod->mod_type = mem_text(attr);
	mod->mod_bvalues = mem_array(1, sizeof(struct berval *));
	m->list = mem_grow(m->list, m->n + 2, sizeof(LDAPMod *));
	m->list[m->n++] = mod;
	m->list[m->n] = NULL;
	return mod;
}

static void value_append(LDAPMod *mod, const uint8_t *data, size_t len)
{
	struct berval *v = mem_new(sizeof(*v));
	size_t n = 0;

	v->bv_val = (char *)mem_copy(data, len);
	v->bv_len = len;
	while (mod->mod_bvalues[n] != NULL)
		n++;
	mod->mod_bvalues = mem_grow(mod->mod_bvalues, n + 2, sizeof(struct berval *));
	mod->mod_bvalues[n] = v;
	mod->mod_bvalues[n + 1] = NULL;
}

/* The change of that kind for attr; the last one if it is the same, so that values stand together.
 */
static LDAPMod *mod_for(struct dir_mods *m, int op, const char *attr)
{
	LDAPMod *last = m->n > 0 ? m->list[m->n - 1] : NULL;

	if (last != NULL && last->mod_op == (op | LDAP_MOD_BVALUES) &&
		strcasecmp(last->mod_type, attr) == 0)
		return last;
	return mod_append(m, op, attr);
}

void dir_mods_add_bytes(struct dir_mods *m, const char *attr, const uint8_t *data, size_t len)
{
	if (data != NULL)
		value_append(mod_for(m, LDAP_MOD_ADD, attr), data, len);
}

void dir_mods_add(struct dir_mods *m, const char *attr, const char *value)
{
	if (value != NULL)
		dir_mods_add_bytes(m, attr, (const uint8_t *)value, strlen(value));
}

void dir_mods_delete(struct dir_mods *m, const char *attr, const char *value)
{
	value_append(mod_for(m, LDAP_MOD_DELETE, attr), (const uint8_t *)value, strlen(value));
}

void dir_mods_replace(struct dir_mods *m, const char *attr, const char *value)
{
	value_append(mod_append(m, LDAP_MOD_REPLACE, attr), (const uint8_t *)value, strlen(value));
}

void dir_mods_replace_list(struct dir_mods *m, const char *attr, const char *const *value,
	size_t n)
{
	LDAPMod *mod = mod_append(m, LDAP_MOD_REPLACE, attr);

	for (size_t i = 0; i < n; i++)
		value_append(mod, (const uint8_t *)value[i], strlen(value[i]));
}

void dir_mods_replace_bytes(struct dir_mods *m, const char *attr, const uint8_t *data,
	size_t len)
{
	value_append(mod_append(m, LDAP_MOD_REPLACE, attr), data, len);
}

void dir_mods_never(struct dir_mods *m, const char *attr, const char *value)
{
	for (int twice = 0; twice < 2; twice++) {
		LDAPMod *mod = mod_append(m, value != NULL ? LDAP_MOD_ADD : LDAP_MOD_DELETE, attr);

		if (value != NULL)
			value_append(mod, (const uint8_t *)value, strlen(value));
	}
}

void dir_mods_control(struct dir_mods *m, const char *oid, const uint8_t *value, size_t len)
{
	free((char *)m->control.oid);
	free((uint8_t *)m->control.value);
	m->control = (struct dir_control){ .oid = mem_text(oid), .len = len };
	m->control.value = value != NULL ? mem_copy(value, len) : NULL;
}

const struct dir_control *dir_mods_with(const struct dir_mods *m)
{
	return m->control.oid != NULL ? &m->control : NULL;
}

void dir_mods_assert(struct dir_mods *m, const char *filter)
{
	free(m->assertion);
	m->assertion = mem_text(filter);
}

struct ldapmod **dir_mods_list(const struct dir_mods *m)
{
	return m->list;
}

const char *dir_mods_assertion(const struct dir_mods *m)
{
	return m->assertion;
}
