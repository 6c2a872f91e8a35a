/* What a directory with accounts adds to a run: the machine password, groups, the domain. */
#include <stdlib.h>
#include <string.h>

#include "agent/enrollment/steps.h"
#include "lib/base/clean.h"
#include "lib/base/encode.h"
#include "lib/base/id.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/pki/hash.h"
#include "lib/wire/native_keys.h"
#include "lib/wire/wapdoc_names.h"

#define MACHINE_PASSWORD_LEN 120 /* what other joining programs use; 720 bits here */

_Static_assert(MACHINE_PASSWORD_LEN < STORE_MACHINE_PASSWORD_MAX, "the store keeps it");

/* Characters that no quoting of anybody changes, of four kinds for whoever counts them. */
void machine_password_new(char out[STORE_MACHINE_PASSWORD_MAX])
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789-_";
	uint8_t octets[MACHINE_PASSWORD_LEN];

	random_bytes(octets, sizeof(octets));
	for (size_t i = 0; i < sizeof(octets); i++)
		out[i] = letters[octets[i] & 63];
	out[sizeof(octets)] = '\0';
	mem_wipe(octets, sizeof(octets));
}

static int run_machine(struct run *r, struct fail *f)
{
	if (!r->traits.has_password || r->machine[0])
		return 0;
	return store_machine_password(r->e->parts.store, &r->record, r->machine, f);
}

char *run_sealed_machine(struct run *r, struct fail *f)
{
	autoclean(str_free) struct str bound = STR_INIT(512);
	autoclean(bytes_free) struct bytes sealed = BYTES_INIT;
	uint8_t root[STORE_ROOT_LEN], key[AEAD_KEY_LEN];
	struct bytes aad;

	if (run_machine(r, f) < 0 || store_root(r->e->parts.store, &r->record, root, f) < 0)
		return NULL;
	native_key(root, NATIVE_DOCUMENT_SECRET, key);
	native_secret_aad(WAPDOC_MACHINE_PASSWORD, r->record.id, &bound);
	aad = (struct bytes){ (uint8_t *)bound.data, bound.len };
	pki_seal(key, &aad, (const uint8_t *)r->machine, strlen(r->machine), &sealed);
	mem_wipe(root, sizeof(root));
	mem_wipe(key, sizeof(key));
	return b64_text(sealed.data, sealed.len);
}

const char *const *run_groups(struct run *r, size_t *n)
{
	for (const char *p = r->n_groups ? NULL : r->record.groups; p && *p;) {
		size_t len = strcspn(p, "\n");

		r->group = mem_grow(r->group, r->n_groups + 1, sizeof(*r->group));
		r->group[r->n_groups++] = mem_textn(p, len);
		p += len + (p[len] == '\n');
	}
	*n = r->n_groups;
	return (const char *const *)r->group;
}

int run_domain(struct run *r, struct fail *f)
{
	if (!r->traits.has_password || r->domain.realm)
		return 0;
	if (join_domain(r->e->parts.join, run_server(r), &r->domain, f) < 0)
		return -1;
	if (!r->domain.realm)
		return fail(f, ENR_INTERNAL, "the directory names no realm");
	return 0;
}

int run_new_object(
	struct run *r, char mark[RULES_MARK_MAX], struct join_object *o, struct fail *f)
{
	if (run_machine(r, f) < 0)
		return -1;
	run_object(r, mark, o);
	o->password = r->machine[0] ? r->machine : NULL;
	return 0;
}

void run_account_clear(struct run *r)
{
	mem_wipe(r->machine, sizeof(r->machine));
	for (size_t i = 0; i < r->n_groups; i++)
		free(r->group[i]);
	free(r->group);
	join_domain_clear(&r->domain);
}
