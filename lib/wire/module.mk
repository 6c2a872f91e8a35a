lib_SRCS += lib/wire/identity.c
lib_SRCS += lib/wire/password.c
