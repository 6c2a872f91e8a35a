lib_SRCS += lib/wire/identity.c
lib_SRCS += lib/wire/native.c
lib_SRCS += lib/wire/native_anchors.c
lib_SRCS += lib/wire/native_engine.c
lib_SRCS += lib/wire/native_keys.c
lib_SRCS += lib/wire/native_kinds.c
lib_SRCS += lib/wire/native_refused.c
lib_SRCS += lib/wire/password.c
