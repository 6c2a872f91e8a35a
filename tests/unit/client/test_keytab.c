#include "client/keytab.h"

#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/encode.h"
#include "tests/unit/cunit.h"

#define REALM "CORP.EXAMPLE"
#define ACCOUNT "LT-0042$"
/* What ktutil of MIT krb5 1.20.1 makes of "Secret" with the salt
 * CORP.EXAMPLEhostlt-0042.corp.example. */
#define AES256 "0d6966f658ad9bfdd25a9d12f017c922484252302241d4e6756777f94986dd88"
#define AES128 "368394033d688ad858d277e4ef7cc08a"

static struct domain domain_of(const char *realm, const char *password, int64_t version)
{
	struct domain d = { .n_services = 2, .key_version = version };

	d.account = mem_text(ACCOUNT);
	d.realm = mem_text(realm);
	d.service[0] = mem_text("HOST/LT-0042");
	d.service[1] = mem_text("nfs/lt-0042.corp.example");
	bytes_set(&d.password, (const uint8_t *)password, strlen(password));
	return d;
}

/* before with the keys of that domain. */
static void add(const struct bytes *before, const char *realm, int64_t version, struct bytes *after)
{
	autoclean(domain_clear) struct domain d = domain_of(realm, "Secret", version);
	struct bytes made = BYTES_INIT;

	CU_ASSERT_EQUAL_FATAL(keytab_add(before, &d, &made, NULL), 0);
	bytes_wipe(after);
	*after = made;
}

static int has(const struct bytes *keytab, const void *what, size_t len)
{
	return memmem(keytab->data, keytab->len, what, len) != NULL;
}

static int has_key(const struct bytes *keytab, const char *hex)
{
	autoclean(bytes_free) struct bytes key = BYTES_INIT;

	CU_ASSERT_EQUAL_FATAL(hex_decode(hex, strlen(hex), 64, &key), 0);
	return has(keytab, key.data, key.len);
}

static struct keytab_seen seen(const struct bytes *keytab, const char *realm)
{
	struct keytab_seen s = { 0 };

	CU_ASSERT_EQUAL(keytab_look(keytab, ACCOUNT, realm, &s, NULL), 0);
	return s;
}

static void keys_are_those_the_domain_makes(void)
{
	autoclean(bytes_wipe) struct bytes made = BYTES_INIT;

	add(&BYTES_INIT, REALM, 2, &made);
	CU_ASSERT(has_key(&made, AES256) && has_key(&made, AES128));
	CU_ASSERT_EQUAL(seen(&made, REALM).keys, 2);
	CU_ASSERT_EQUAL(seen(&made, REALM).version, 2);
	CU_ASSERT_EQUAL(seen(&made, "OTHER.EXAMPLE").keys, 0);
	/* HOST is "host" to programs that look for their key; the rest is as it is. */
	CU_ASSERT(has(&made, "\0\4host\0\7LT-0042", 15));
	CU_ASSERT(has(&made, "\0\3nfs", 5));
	CU_ASSERT(!has(&made, "HOST", 4));
}

static void twice_is_once(void)
{
	autoclean(bytes_wipe) struct bytes once = BYTES_INIT, twice = BYTES_INIT;

	add(&BYTES_INIT, REALM, 2, &once);
	add(&once, REALM, 2, &twice);
	CU_ASSERT_EQUAL_FATAL(once.len, twice.len);
	CU_ASSERT_EQUAL(memcmp(once.data, twice.data, once.len), 0);
}

/* One that has all of ours stays as it is, also where they stand behind others. */
static void nothing_missing_is_nothing_changed(void)
{
	autoclean(bytes_wipe) struct bytes ours = BYTES_INIT, both = BYTES_INIT, again = BYTES_INIT;

	add(&BYTES_INIT, REALM, 2, &ours);
	add(&ours, "OTHER.EXAMPLE", 7, &both);
	add(&both, REALM, 2, &again);
	CU_ASSERT_EQUAL_FATAL(both.len, again.len);
	CU_ASSERT_EQUAL(memcmp(both.data, again.data, both.len), 0);
}

/* Other keys stay, behind ours; an old key of the same version does not. */
static void other_keys_stay(void)
{
	autoclean(bytes_wipe) struct bytes other = BYTES_INIT, both = BYTES_INIT;
	autoclean(bytes_wipe) struct bytes wrong = BYTES_INIT;
	autoclean(domain_clear) struct domain d = domain_of(REALM, "Mistaken", 2);

	add(&BYTES_INIT, "OTHER.EXAMPLE", 7, &other);
	add(&other, REALM, 2, &both);
	CU_ASSERT_EQUAL(seen(&both, "OTHER.EXAMPLE").version, 7);
	CU_ASSERT_EQUAL(seen(&both, REALM).version, 2);
	CU_ASSERT((const uint8_t *)memmem(both.data, both.len, "CORP", 4) <
		(const uint8_t *)memmem(both.data, both.len, "OTHER", 5));

	CU_ASSERT_EQUAL_FATAL(keytab_add(&other, &d, &wrong, NULL), 0);
	CU_ASSERT(!has_key(&wrong, AES256));
	add(&wrong, REALM, 2, &both);
	CU_ASSERT(has_key(&both, AES256));
	CU_ASSERT_EQUAL(seen(&both, REALM).keys, 2);
	CU_ASSERT_EQUAL(seen(&both, "OTHER.EXAMPLE").keys, 2);
}

static void a_renewed_keytab_is_ours_another_is_not(void)
{
	autoclean(bytes_wipe) struct bytes before = BYTES_INIT, joined = BYTES_INIT;
	autoclean(bytes_wipe) struct bytes renewed = BYTES_INIT, third = BYTES_INIT;

	add(&BYTES_INIT, "OTHER.EXAMPLE", 7, &before);
	add(&before, REALM, 2, &joined);
	add(&joined, REALM, 3, &renewed);
	CU_ASSERT_EQUAL(seen(&renewed, REALM).version, 3);
	CU_ASSERT_EQUAL(keytab_is_ours(&renewed, &before, REALM), 1);
	CU_ASSERT_EQUAL(keytab_is_ours(&renewed, &BYTES_INIT, REALM), 0);
	add(&renewed, "THIRD.EXAMPLE", 1, &third);
	CU_ASSERT_EQUAL(keytab_is_ours(&third, &before, REALM), 0);
	CU_ASSERT_EQUAL(keytab_is_ours(&BYTES_INIT, &before, REALM), 1);
}

static void what_is_no_keytab_is_refused(void)
{
	static const char *const bad[] = { "nonsense", "\5", "\5\2\0\0\0\377x", "\5\1" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const struct bytes data = { (uint8_t *)(uintptr_t)bad[i],
			i == 2 ? 7 : strlen(bad[i]) };
		autoclean(domain_clear) struct domain d = domain_of(REALM, "Secret", 2);
		autoclean(bytes_wipe) struct bytes after = BYTES_INIT;
		struct keytab_seen s;
		struct fail f = FAIL_INIT;

		if (keytab_add(&data, &d, &after, &f) == 0)
			continue; /* libkrb5 takes a cut entry for the end */
		CU_ASSERT_EQUAL(f.code, ENR_KEYTAB_FAILED);
		CU_ASSERT_EQUAL(after.len, 0);
		CU_ASSERT_EQUAL(keytab_look(&data, ACCOUNT, REALM, &s, NULL), -1);
		CU_ASSERT_EQUAL(keytab_is_ours(&data, &BYTES_INIT, REALM), 0);
	}
}

static CU_TestInfo tests[] = {
	{ "keys are those the domain makes", keys_are_those_the_domain_makes },
	{ "twice is once", twice_is_once },
	{ "nothing missing is nothing changed", nothing_missing_is_nothing_changed },
	{ "other keys stay", other_keys_stay },
	{ "a renewed keytab is ours, another is not", a_renewed_keytab_is_ours_another_is_not },
	{ "what is no keytab is refused", what_is_no_keytab_is_refused },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_client_keytab = { .pName = "client/keytab", .pTests = tests };
