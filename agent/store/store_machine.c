/* The machine password of a claim: made with it, wiped with its end. The document has it then,
 * sealed for the device. */
#include <string.h>

#include "agent/store/store.h"
#include "agent/store/store_sqlite.h"
#include "lib/base/clean.h"

int store_machine_add(
	struct db *db, const struct store_record *r, const char *password, struct fail *f)
{
	autoclean(bytes_free) struct bytes sealed = BYTES_INIT;
	struct sql q;

	if (!*password || strlen(password) >= STORE_MACHINE_PASSWORD_MAX)
		return fail(f, ENR_INTERNAL, "a machine password of %zu octets", strlen(password));
	store_machine_seal(db->store, r, password, &sealed);
	sql_begin(&q, db, SQL_MACHINE_SET);
	sql_put_text(&q, r->id);
	sql_put_text(&q, db->store->sealing[0].id);
	sql_put_blob(&q, sealed.data, sealed.len);
	return sql_run(&q, f) < 0 ? -1 : 0;
}

int store_machine_drop(struct db *db, const char *id, struct fail *f)
{
	struct sql q;

	sql_begin(&q, db, SQL_MACHINE_DROP);
	sql_put_text(&q, id);
	return sql_run(&q, f) < 0 ? -1 : 0;
}

int store_machine_password(struct store *s, const struct store_record *r,
	char out[STORE_MACHINE_PASSWORD_MAX], struct fail *f)
{
	autoclean(sealed_clear) struct sealed sealed = { .data = BYTES_INIT };
	autoclean(bytes_wipe) struct bytes text = BYTES_INIT;
	int rc = sealed_read(s, SQL_MACHINE_GET, r->id, &sealed, f);

	if (rc < 0)
		return -1;
	if (rc == 0)
		return fail(f, ENR_STATE_WRONG, "%s has no machine password", r->id);
	if (store_machine_open(s, r, &sealed, &text) < 0 ||
		text.len >= STORE_MACHINE_PASSWORD_MAX)
		return fail(f, ENR_STORE_KEY_MISSING, "the machine password of %s does not unseal",
			r->id);
	memcpy(out, text.data, text.len);
	out[text.len] = '\0';
	return 0;
}

int store_root(struct store *s, const struct store_record *r, uint8_t root[STORE_ROOT_LEN],
	struct fail *f)
{
	struct db *db = db_read_begin(s);
	int rc = store_root_read(db, r, root, f);

	db_read_end(db);
	return rc;
}
