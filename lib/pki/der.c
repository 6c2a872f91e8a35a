#include "lib/pki/ossl_private.h"

#include <openssl/asn1.h>
#include <openssl/err.h>

#define DEPTH_MAX 24

static int primitive_is_strict(int tag, const uint8_t *p, long len)
{
	switch (tag) {
	case V_ASN1_BOOLEAN:
		return len == 1 && (p[0] == 0x00 || p[0] == 0xff);
	case V_ASN1_INTEGER:
	case V_ASN1_ENUMERATED:
		return len >= 1 && (len == 1 || !((p[0] == 0x00 && !(p[1] & 0x80)) ||
							(p[0] == 0xff && (p[1] & 0x80))));
	case V_ASN1_BIT_STRING:
		return len >= 1 && p[0] < 8 && (len > 1 || p[0] == 0) &&
			(p[len - 1] & ((1 << p[0]) - 1)) == 0;
	case V_ASN1_NULL:
		return len == 0;
	case V_ASN1_EOC:
	case V_ASN1_SEQUENCE:
	case V_ASN1_SET:
		return 0;
	default:
		return 1;
	}
}

static int walk(const uint8_t *data, long len, int depth)
{
	const uint8_t *p = data, *end = data + len;

	while (p < end) {
		const uint8_t *start = p;
		long inner;
		int tag, class, ret = ASN1_get_object(&p, &inner, &tag, &class, end - p);
		int constructed = ret & V_ASN1_CONSTRUCTED;

		/* 0x80: not understood; bit 0: indefinite length */
		if ((ret & 0x81) != 0 || inner > end - p ||
			ASN1_object_size(constructed != 0, (int)inner, tag) != p + inner - start)
			return 0;
		if (constructed) {
			if (class == V_ASN1_UNIVERSAL && tag != V_ASN1_SEQUENCE &&
				tag != V_ASN1_SET)
				return 0;
			if (depth == DEPTH_MAX || !walk(p, inner, depth + 1))
				return 0;
		} else if (class == V_ASN1_UNIVERSAL && !primitive_is_strict(tag, p, inner)) {
			return 0;
		}
		p += inner;
	}
	return 1;
}

int der_is_strict(const uint8_t *data, size_t len)
{
	int strict = len > 0 && len < (1 << 28) && walk(data, (long)len, 0);

	if (!strict)
		ERR_clear_error();
	return strict;
}
