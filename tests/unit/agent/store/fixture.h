/* What the store's tests share: a store in a folder of its own, and records to put into it. */
#ifndef TESTS_UNIT_AGENT_STORE_FIXTURE_H
#define TESTS_UNIT_AGENT_STORE_FIXTURE_H

#include <stdint.h>

#include "agent/conf/conf.h"
#include "agent/store/store.h"

struct fixture {
	char dir[32];
	struct conf conf;
	struct store *s;
};

void store_fixture_open(struct fixture *x);   /* a new folder and store */
void fixture_reopen(struct fixture *x); /* closes and opens the same again */
void store_fixture_close(struct fixture *x);  /* and removes the folder */
/* Runs SQL on the database from outside, as somebody who can write the file. */
void fixture_sql(const struct fixture *x, const char *sql);

/* Root and selector made of n. */
void password_of(int n, uint8_t root[STORE_ROOT_LEN], uint8_t selector[STORE_SELECTOR_LEN]);
void key_hash_of(int n, uint8_t out[STORE_HASH_LEN]);
void cert_serial_of(int n, uint8_t out[16]);

/* Adds device NAME of identity under password n, valid for an hour; id gets its identifier. Returns
 * the code of the failure, or ENR_NONE. */
enum code add_device(struct fixture *x, const char *name, const char *identity, int n,
	char id[ID_MAX]);
/* Claims with key n and serial n now. ENR_NONE and *kind, *r; or the refusal. */
enum code claim_device(struct fixture *x, const char *id, int n, enum claim_kind *kind,
	struct store_record *r);
/* claim, issued, joined, finish with key n; r as it stands after. */
void enroll_device(struct fixture *x, const char *id, int n, struct store_record *r);

#endif
