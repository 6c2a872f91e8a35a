lib_SRCS += lib/pki/hash.c
lib_SRCS += lib/pki/ossl_fail.c

unit_SRCS += tests/unit/lib/pki/test_hash.c
