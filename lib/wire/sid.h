/* Security identifiers (MS-DTYP 2.4.2) and GUIDs (MS-DTYP 2.3.4) as Active Directory stores and
 * prints them. Values, compared octet by octet; nothing is allocated. Pure, thread-safe. */
#ifndef LIB_WIRE_SID_H
#define LIB_WIRE_SID_H

#include <stddef.h>
#include <stdint.h>

#define SID_OCTETS_MAX 68 /* 15 sub-authorities */
#define SID_TEXT_MAX 192
#define GUID_OCTETS 16
#define GUID_TEXT_MAX 37 /* 8-4-4-4-12 and NUL */

struct sid {
	uint8_t octet[SID_OCTETS_MAX]; /* as on the wire; zero behind len */
	size_t len; /* 0: none */
};

/* The one at the beginning of data; what follows it is not looked at. The octets it took, or -1. */
int sid_parse(const uint8_t *data, size_t len, struct sid *out);
/* "S-1-5-21-…"; "" for none. */
void sid_text(const struct sid *s, char out[SID_TEXT_MAX]);
/* The form sid_text gives, in decimal; 0 or -1. */
int sid_from_text(const char *text, struct sid *out);
int sid_equal(const struct sid *a, const struct sid *b);
/* The last sub-authority (RID); 0 for none. */
uint32_t sid_last(const struct sid *s);

/* The first three groups are little-endian on the wire. Lower case; either case is read. */
void guid_text(const uint8_t guid[GUID_OCTETS], char out[GUID_TEXT_MAX]);
int guid_from_text(const char *text, uint8_t out[GUID_OCTETS]);

#endif
