lib_SRCS += lib/ini/inifile.c
unit_SRCS += tests/unit/lib/ini/test_inifile.c
