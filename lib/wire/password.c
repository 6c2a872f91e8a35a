#include "lib/wire/password.h"

#include <stdint.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/encode.h"
#include "lib/base/id.h"
#include "lib/base/mem.h"

#define MODULUS 1021 /* the largest prime below 32 * 32 */
#define RANDOM_LEN (PASSWORD_LEN - 2)
#define GROUP 5

/* What may stand between characters, as UTF-8: white space, the no-break space, dashes U+2010 to
 * U+2015, the minus sign. */
static const char *const separators[] = {
	" ",
	"\t",
	"\r",
	"\n",
	"-",
	"\xc2\xa0",
	"\xe2\x80\x90",
	"\xe2\x80\x91",
	"\xe2\x80\x92",
	"\xe2\x80\x93",
	"\xe2\x80\x94",
	"\xe2\x80\x95",
	"\xe2\x88\x92",
};

static unsigned residue(const char *digits, size_t n)
{
	unsigned r = 0;

	for (size_t i = 0; i < n; i++)
		r = (r * 32 + (unsigned)base32_value(digits[i])) % MODULUS;
	return r;
}

void password_new(char out[PASSWORD_LEN + 1])
{
	uint8_t raw[RANDOM_LEN];
	unsigned check;

	random_bytes(raw, sizeof(raw));
	for (size_t i = 0; i < RANDOM_LEN; i++)
		out[i] = base32_alphabet[raw[i] & 31];
	mem_wipe(raw, sizeof(raw));
	/* value * 1024 + check = 1, and check is 0..1020, so two characters hold it. */
	check = (MODULUS + 1 - residue(out, RANDOM_LEN) * 1024 % MODULUS) % MODULUS;
	out[RANDOM_LEN] = base32_alphabet[check / 32];
	out[RANDOM_LEN + 1] = base32_alphabet[check % 32];
	out[PASSWORD_LEN] = '\0';
}

static size_t separator(const char *t, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(separators); i++) {
		size_t n = strlen(separators[i]);

		if (n <= len && memcmp(t, separators[i], n) == 0)
			return n;
	}
	return 0;
}

static int typo(struct fail *f, const char *told)
{
	fail(f, ENR_PASSWORD_TYPO, "%s", told);
	return fail_told(f, "%s", told);
}

/* How many characters there are (no more than PASSWORD_LEN are kept), -1 for one outside the
 * alphabet. */
static int collect(const char *typed, size_t len, char digits[PASSWORD_LEN])
{
	int n = 0;

	for (size_t i = 0; i < len;) {
		size_t between = separator(typed + i, len - i);
		int value = base32_value(typed[i]);

		if (between > 0) {
			i += between;
			continue;
		}
		if (value < 0)
			return -1;
		if (n < PASSWORD_LEN)
			digits[n] = base32_alphabet[value];
		n++;
		i++;
	}
	return n;
}

int password_parse(const char *typed, size_t len, char out[PASSWORD_LEN + 1], struct fail *f)
{
	char digits[PASSWORD_LEN] = { 0 }, told[64];
	int n, fits;

	if (len > PASSWORD_TYPED_MAX)
		return typo(f, "it is far too long");
	n = collect(typed, len, digits);
	if (n != PASSWORD_LEN) {
		mem_wipe(digits, sizeof(digits));
		if (n < 0)
			return typo(f, "it has a character that no password has");
		snprintf(told, sizeof(told), "it has %d characters instead of %d", n, PASSWORD_LEN);
		return typo(f, told);
	}
	fits = residue(digits, PASSWORD_LEN) == 1;
	if (fits) {
		memcpy(out, digits, PASSWORD_LEN);
		out[PASSWORD_LEN] = '\0';
	}
	mem_wipe(digits, sizeof(digits));
	return fits ? 0 : typo(f, "its check characters do not fit");
}

void password_show(const char canonical[PASSWORD_LEN + 1], char out[PASSWORD_TEXT_MAX])
{
	size_t at = 0;

	for (size_t i = 0; i < PASSWORD_LEN; i++) {
		if (i > 0 && i % GROUP == 0)
			out[at++] = '-';
		out[at++] = canonical[i];
	}
	out[at] = '\0';
}
