lib_SRCS += lib/pki/cert_build.c
lib_SRCS += lib/pki/cert_domain.c
lib_SRCS += lib/pki/cert_issuer.c
lib_SRCS += lib/pki/cert_pkcs7.c
lib_SRCS += lib/pki/cert_read.c
lib_SRCS += lib/pki/cert_verify.c
lib_SRCS += lib/pki/crl.c
lib_SRCS += lib/pki/csr.c
lib_SRCS += lib/pki/der.c
lib_SRCS += lib/pki/hash.c
lib_SRCS += lib/pki/key.c
lib_SRCS += lib/pki/ossl_fail.c
lib_SRCS += lib/pki/sign.c

unit_SRCS += tests/unit/lib/pki/test_cert.c
unit_SRCS += tests/unit/lib/pki/test_csr.c
unit_SRCS += tests/unit/lib/pki/test_hash.c
unit_SRCS += tests/unit/lib/pki/test_key.c
unit_SRCS += tests/unit/lib/pki/test_sign.c

fuzz_TARGETS += cert
fuzz_TARGETS += csr
