lib_SRCS += lib/base/clock.c
lib_SRCS += lib/base/codes.c
lib_SRCS += lib/base/encode.c
lib_SRCS += lib/base/fail.c
lib_SRCS += lib/base/file.c
lib_SRCS += lib/base/id.c
lib_SRCS += lib/base/log.c
lib_SRCS += lib/base/mem.c
lib_SRCS += lib/base/pack.c
lib_SRCS += lib/base/str.c
lib_SRCS += lib/base/text.c

unit_SRCS += tests/unit/lib/base/test_clock.c
unit_SRCS += tests/unit/lib/base/test_codes.c
unit_SRCS += tests/unit/lib/base/test_encode.c
unit_SRCS += tests/unit/lib/base/test_fail.c
unit_SRCS += tests/unit/lib/base/test_file.c
unit_SRCS += tests/unit/lib/base/test_id.c
unit_SRCS += tests/unit/lib/base/test_log.c
unit_SRCS += tests/unit/lib/base/test_mem.c
unit_SRCS += tests/unit/lib/base/test_pack.c
unit_SRCS += tests/unit/lib/base/test_str.c
unit_SRCS += tests/unit/lib/base/test_text.c

fuzz_TARGETS += pack
