/* Keys beside the store, and what is sealed under them.
 *
 * keys/sealing.key seals; keys/sealing-ID.key are former ones that still open. A key's id is the
 * begin of a hash of it, stands in every sealed row and is part of the associated data. */
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/store/store.h"
#include "agent/store/store_sqlite.h"
#include "lib/base/clean.h"
#include "lib/base/encode.h"
#include "lib/base/file.h"
#include "lib/base/pack.h"
#include "lib/base/text.h"
#include "lib/pki/hash.h"

#define KEY_LEN 32
#define AAD_MAX (64 * 1024)

static char *key_path(const struct store *s, const char *name)
{
	autoclean(text_free) char *file = mem_printf("%s.key", name);

	return file_join(s->keys_dir, file);
}

/* 1 and the key, 0 if there is no such file, -1. */
static int key_read(const char *path, uint8_t key[KEY_LEN], struct fail *f)
{
	autoclean(bytes_wipe) struct bytes data = BYTES_INIT;
	struct fail why = FAIL_INIT;
	int exists = file_exists(path);

	if (exists == 0)
		return 0;
	if (exists < 0 || file_is_private(path, &why) < 0 ||
		file_read(path, KEY_LEN, &data, &why) < 0)
		return fail(f, ENR_STORE_KEY_MISSING, "%s: %s", path,
			why.code ? why.evidence : "cannot be looked at");
	if (data.len != KEY_LEN)
		return fail(f, ENR_STORE_KEY_MISSING, "%s: %zu octets instead of %d", path,
			data.len, KEY_LEN);
	memcpy(key, data.data, KEY_LEN);
	return 1;
}

static int key_make(const char *path, uint8_t key[KEY_LEN], struct fail *f)
{
	uint8_t fresh[KEY_LEN];
	struct fail why = FAIL_INIT;
	int rc;

	random_bytes(fresh, sizeof(fresh));
	rc = file_create(path, fresh, sizeof(fresh), 0600, &why);
	if (rc == 0)
		memcpy(key, fresh, KEY_LEN);
	else
		fail(f, ENR_STORE_UNAVAILABLE, "%s", why.evidence);
	mem_wipe(fresh, sizeof(fresh));
	return rc;
}

int store_key(struct store *s, const char *name, uint8_t key[KEY_LEN], struct fail *f)
{
	autoclean(text_free) char *path = NULL;
	int rc;

	if (!*name || strlen(name) > 64 || name[strspn(name, "abcdefghijklmnopqrstuvwxyz-")] ||
		strncmp(name, "sealing", 7) == 0)
		return fail(f, ENR_INTERNAL, "no name for a key: %s", name);
	path = key_path(s, name);
	pthread_mutex_lock(&s->write_lock);
	rc = key_read(path, key, f);
	if (rc == 0)
		rc = key_make(path, key, f);
	pthread_mutex_unlock(&s->write_lock);
	return rc < 0 ? -1 : 0;
}

/* --- sealing keys ---------------------------------------------------------------------------- */

static void keep(struct store *s, const uint8_t key[KEY_LEN])
{
	static const char label[] = "enrolld sealing key";
	struct sealing_key *k = &s->sealing[s->n_sealing];
	autoclean(str_free) struct str hex = STR_INIT(64);
	uint8_t text[sizeof(label) + KEY_LEN], hash[SHA256_LEN];

	memcpy(text, label, sizeof(label));
	memcpy(text + sizeof(label), key, KEY_LEN);
	pki_sha256(text, sizeof(text), hash);
	mem_wipe(text, sizeof(text));
	hex_add(&hex, hash, (KEY_ID_MAX - 1) / 2);
	memcpy(k->id, str_text(&hex), KEY_ID_MAX);
	memcpy(k->key, key, KEY_LEN);
	s->n_sealing++;
}

static int keep_former(struct store *s, struct fail *f)
{
	DIR *dir = opendir(s->keys_dir);
	struct dirent *e;
	int rc = 0;

	if (!dir)
		return fail_errno(f, ENR_STORE_UNAVAILABLE, "%s", s->keys_dir);
	/* cppcheck-suppress readdirCalled ; the folder is this call's own */
	while (rc >= 0 && (e = readdir(dir))) {
		autoclean(text_free) char *path = NULL;
		uint8_t key[KEY_LEN];

		if (fnmatch("sealing-*.key", e->d_name, 0) != 0 ||
			s->n_sealing == SEALING_KEYS_MAX)
			continue;
		path = file_join(s->keys_dir, e->d_name);
		rc = key_read(path, key, f);
		if (rc == 1)
			keep(s, key);
		mem_wipe(key, sizeof(key));
	}
	closedir(dir);
	return rc < 0 ? -1 : 0;
}

int store_keys_open(struct store *s, struct fail *f)
{
	autoclean(text_free) char *path = key_path(s, "sealing");
	uint8_t key[KEY_LEN];
	int rc = key_read(path, key, f);

	if (rc < 0)
		return -1;
	if (rc == 1)
		keep(s, key);
	mem_wipe(key, sizeof(key));
	return rc == 1 ? keep_former(s, f) : 0;
}

void store_keys_close(struct store *s)
{
	mem_wipe(s->sealing, sizeof(s->sealing));
	s->n_sealing = 0;
}

static const struct sealing_key *key_of(const struct store *s, const char *id)
{
	for (size_t i = 0; i < s->n_sealing; i++) {
		if (text_equal(s->sealing[i].id, id))
			return &s->sealing[i];
	}
	return NULL;
}

/* The id of the key that sealed last is kept in the store, to notice a folder that does not fit. */
static int remember_key(struct store *s, struct db *db, struct fail *f)
{
	struct sql q;

	sql_begin(&q, db, SQL_META_SET);
	sql_put_text(&q, "sealing_key");
	sql_put_text(&q, s->sealing[0].id);
	return sql_run(&q, f) < 0 ? -1 : 0;
}

int store_keys_check(struct store *s, struct db *db, struct fail *f)
{
	autoclean(text_free) char *path = key_path(s, "sealing"), *known = NULL;
	uint8_t key[KEY_LEN];
	int64_t any = 0;
	struct sql q;

	sql_begin(&q, db, SQL_ANY_RECORD);
	if (sql_number(&q, &any, f) < 0)
		return -1;
	sql_begin(&q, db, SQL_META_GET);
	sql_put_text(&q, "sealing_key");
	if (sql_step(&q, f) == 1)
		known = sql_get_text(&q);
	sql_end(&q);
	if (any && s->n_sealing == 0)
		return fail(f, ENR_STORE_KEY_MISSING, "%s is not there", path);
	if (any && known && !key_of(s, known))
		return fail(f, ENR_STORE_KEY_MISSING, "%s is not the key of this store", path);
	if (s->n_sealing == 0) {
		if (key_make(path, key, f) < 0)
			return -1;
		keep(s, key);
		mem_wipe(key, sizeof(key));
	}
	return text_equal(known, s->sealing[0].id) ? 0 : remember_key(s, db, f);
}

/* --- what is sealed -------------------------------------------------------------------------- */

void sealed_clear(struct sealed *s)
{
	bytes_wipe(&s->data);
}

void sql_get_sealed(struct sql *q, struct sealed *out)
{
	sql_get_word(q, out->key_id, sizeof(out->key_id));
	sql_get_bytes(q, &out->data);
}

int sealed_read(struct store *s, enum store_sql statement, const char *id, struct sealed *out,
	struct fail *f)
{
	struct db *db = db_read_begin(s);
	struct sql q;
	int rc;

	sql_begin(&q, db, statement);
	sql_put_text(&q, id);
	rc = sql_step(&q, f);
	if (rc == 1)
		sql_get_sealed(&q, out);
	sql_end(&q);
	db_read_end(db);
	return rc;
}

/* Every column that decides what a password may do: who changes one of them cannot unseal. Nor can
 * we after another one was added here: that takes another label, and this form for those sealed
 * before. */
static void root_aad(const struct store_record *r, const char *key_id, struct str *out)
{
	pack_text(out, "enrolld record root 1");
	pack_text(out, key_id);
	pack_text(out, r->id);
	pack_text(out, r->identity);
	pack_text(out, r->name);
	pack_text(out, r->fqdn);
	pack_text(out, r->ou_guid);
	pack_text(out, r->owner_dn);
	pack_text(out, r->profile);
	pack_u32(out, r->vpn != 0);
	pack_text(out, r->serial);
	pack_text(out, r->dialects);
	pack_text(out, r->groups);
	pack_text(out, r->take_guid);
	pack_text(out, r->take_mark);
	pack_text(out, r->take_record);
	pack_u64(out, (uint64_t)r->not_before);
	pack_u64(out, (uint64_t)r->expires);
}

static void claim_aad(
	const struct store_record *r, const char *what, const char *key_id, struct str *out)
{
	pack_text(out, what);
	pack_text(out, key_id);
	pack_text(out, r->id);
	pack_u64(out, (uint64_t)r->epoch);
	pack_bytes(out, r->nonce, sizeof(r->nonce));
	pack_bytes(out, r->spki_sha256, sizeof(r->spki_sha256));
}

static void document_aad(const struct store_record *r, const char *key_id, struct str *out)
{
	claim_aad(r, "enrolld document 1", key_id, out);
}

static void machine_aad(const struct store_record *r, const char *key_id, struct str *out)
{
	claim_aad(r, "enrolld machine password 1", key_id, out);
}

typedef void aad_of(const struct store_record *r, const char *key_id, struct str *out);

static void seal(const struct store *s, const struct store_record *r, aad_of *aad_text,
	const struct bytes *text, struct bytes *out)
{
	autoclean(str_free) struct str aad = STR_INIT(AAD_MAX);
	struct bytes a;

	aad_text(r, s->sealing[0].id, &aad);
	a = (struct bytes){ (uint8_t *)aad.data, aad.len };
	pki_seal(s->sealing[0].key, &a, text->data, text->len, out);
}

static int unseal(const struct store *s, const struct store_record *r, aad_of *aad_text,
	const struct sealed *sealed, struct bytes *out)
{
	autoclean(str_free) struct str aad = STR_INIT(AAD_MAX);
	const struct sealing_key *k = key_of(s, sealed->key_id);
	struct bytes a;

	if (!k)
		return -1;
	aad_text(r, k->id, &aad);
	if (aad.overflow)
		return -1;
	a = (struct bytes){ (uint8_t *)aad.data, aad.len };
	return pki_open(k->key, &a, sealed->data.data, sealed->data.len, out);
}

void store_root_seal(const struct store *s, const struct store_record *r, const uint8_t *root,
	struct bytes *out)
{
	struct bytes text = { (uint8_t *)(uintptr_t)root, STORE_ROOT_LEN };

	seal(s, r, root_aad, &text, out);
}

int store_root_open(const struct store *s, const struct store_record *r,
	const struct sealed *sealed, uint8_t root[STORE_ROOT_LEN])
{
	autoclean(bytes_wipe) struct bytes text = BYTES_INIT;

	if (unseal(s, r, root_aad, sealed, &text) < 0 || text.len != STORE_ROOT_LEN)
		return -1;
	memcpy(root, text.data, STORE_ROOT_LEN);
	return 0;
}

void store_document_seal(const struct store *s, const struct store_record *r,
	const struct bytes *text, struct bytes *out)
{
	seal(s, r, document_aad, text, out);
}

int store_document_open(const struct store *s, const struct store_record *r,
	const struct sealed *sealed, struct bytes *out)
{
	return unseal(s, r, document_aad, sealed, out);
}

void store_machine_seal(const struct store *s, const struct store_record *r,
	const char *password, struct bytes *out)
{
	struct bytes text = { (uint8_t *)(uintptr_t)password, strlen(password) };

	seal(s, r, machine_aad, &text, out);
}

int store_machine_open(const struct store *s, const struct store_record *r,
	const struct sealed *sealed, struct bytes *out)
{
	return unseal(s, r, machine_aad, sealed, out);
}
