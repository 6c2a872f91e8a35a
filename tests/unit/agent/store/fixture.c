#include "tests/unit/agent/store/fixture.h"

#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "tests/unit/cunit.h"

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

void store_fixture_open(struct fixture *x)
{
	struct fail f = FAIL_INIT;

	memset(x, 0, sizeof(*x));
	snprintf(x->dir, sizeof(x->dir), "/tmp/e.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(x->dir));
	x->conf.state_dir = x->dir;
	x->conf.keep_ended = 30 * 86400;
	x->conf.max_open_per_identity = 5;
	x->s = store_open(&x->conf, &f);
	CU_ASSERT_STRING_EQUAL(f.evidence, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(x->s);
}

void fixture_reopen(struct fixture *x)
{
	struct fail f = FAIL_INIT;

	store_close(&x->s);
	x->s = store_open(&x->conf, &f);
	CU_ASSERT_STRING_EQUAL(f.evidence, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(x->s);
}

void store_fixture_close(struct fixture *x)
{
	store_close(&x->s);
	nftw(x->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void fixture_sql(const struct fixture *x, const char *sql)
{
	char path[64];
	sqlite3 *db = NULL;

	snprintf(path, sizeof(path), "%s/store.sqlite", x->dir);
	CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, &db), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

void password_of(int n, uint8_t root[STORE_ROOT_LEN], uint8_t selector[STORE_SELECTOR_LEN])
{
	memset(root, 0xA0, STORE_ROOT_LEN);
	memset(selector, 0x50, STORE_SELECTOR_LEN);
	memcpy(root, &n, sizeof(n));
	memcpy(selector, &n, sizeof(n));
}

void key_hash_of(int n, uint8_t out[STORE_HASH_LEN])
{
	memset(out, 0x11, STORE_HASH_LEN);
	memcpy(out, &n, sizeof(n));
}

void cert_serial_of(int n, uint8_t out[16])
{
	memset(out, 0x77, 16);
	memcpy(out, &n, sizeof(n));
}

enum code add_device(struct fixture *x, const char *name, const char *identity, int n,
	char id[ID_MAX])
{
	uint8_t root[STORE_ROOT_LEN], selector[STORE_SELECTOR_LEN];
	int64_t now = clock_now();
	struct store_record r = { .identity = (char *)(uintptr_t)identity,
		.name = (char *)(uintptr_t)name, .fqdn = (char[]){ "x.corp.example.com" },
		.ou_dn = (char[]){ "OU=Sales,DC=example" }, .ou_guid = (char[]){ "guid-1" },
		.profile = (char[]){ "default" }, .dialects = (char[]){ "native" },
		.created_by = (char[]){ "root" }, .not_before = now, .expires = now + 3600 };
	struct store_actor by = { .who = "root", .note = "ticket" };
	struct store_password p = { .root = root, .selector = selector };
	struct fail f = FAIL_INIT;

	password_of(n, root, selector);
	if (store_add(x->s, &r, &p, &by, &f) == 0 && id)
		memcpy(id, r.id, ID_MAX);
	return f.code;
}

enum code claim_device(struct fixture *x, const char *id, int n, enum claim_kind *kind,
	struct store_record *r)
{
	uint8_t spki[STORE_HASH_LEN], serial[16];
	int64_t now = clock_now();
	struct store_claim c = { .id = id, .spki_sha256 = spki, .cert_serial = serial,
		.cert_not_before = now - 600, .cert_not_after = now + 86400, .now = now,
		.attempt = "A-0000-0001" };
	struct fail f = FAIL_INIT;

	key_hash_of(n, spki);
	cert_serial_of(n, serial);
	(void)store_claim(x->s, &c, kind, r, &f);
	return f.code;
}

void enroll_device(struct fixture *x, const char *id, int n, struct store_record *r)
{
	struct bytes der = { (uint8_t[]){ "certificate" }, sizeof("certificate") };
	struct bytes document = { (uint8_t[]){ "document" }, sizeof("document") };
	struct store_object o = { "CN=X,OU=Sales,DC=example", "guid-x", "ldap://a",
		NULL, NULL, 0 };
	enum claim_kind kind;
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL(claim_device(x, id, n, &kind, r), ENR_NONE);
	CU_ASSERT_EQUAL(store_issued(x->s, r, &der, NULL, &f), 0);
	CU_ASSERT_EQUAL(store_joined(x->s, r, &o, NULL, &f), 0);
	CU_ASSERT_EQUAL(store_finish(x->s, r, &document, NULL, &f), 0);
	CU_ASSERT_STRING_EQUAL(f.evidence, "");
	CU_ASSERT_EQUAL(r->state, RECORD_ENROLLED);
}
