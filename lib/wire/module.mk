lib_SRCS += lib/wire/identity.c
lib_SRCS += lib/wire/native.c
lib_SRCS += lib/wire/native_anchors.c
lib_SRCS += lib/wire/native_engine.c
lib_SRCS += lib/wire/native_keys.c
lib_SRCS += lib/wire/native_kinds.c
lib_SRCS += lib/wire/native_refused.c
lib_SRCS += lib/wire/native_words.c
lib_SRCS += lib/wire/password.c
lib_SRCS += lib/wire/secdesc.c
lib_SRCS += lib/wire/secdesc_text.c
lib_SRCS += lib/wire/sid.c
lib_SRCS += lib/wire/wapdoc.c
lib_SRCS += lib/wire/wapdoc_pack.c
lib_SRCS += lib/wire/wapdoc_text.c

unit_SRCS += tests/unit/lib/wire/test_identity.c
unit_SRCS += tests/unit/lib/wire/test_native.c
unit_SRCS += tests/unit/lib/wire/test_password.c
unit_SRCS += tests/unit/lib/wire/test_secdesc.c
unit_SRCS += tests/unit/lib/wire/test_vectors.c
unit_SRCS += tests/unit/lib/wire/test_wapdoc.c

fuzz_TARGETS += identity native password secdesc wapdoc
