ldap_SRCS += ldap/dir_bind.c
ldap_SRCS += ldap/dir_conn.c
ldap_SRCS += ldap/dir_cred.c
ldap_SRCS += ldap/dir_dn.c
ldap_SRCS += ldap/dir_entry.c
ldap_SRCS += ldap/dir_fail.c
ldap_SRCS += ldap/dir_filter.c
ldap_SRCS += ldap/dir_krb.c
ldap_SRCS += ldap/dir_limit.c
ldap_SRCS += ldap/dir_mods.c
ldap_SRCS += ldap/dir_op.c
ldap_SRCS += ldap/dir_pool.c
ldap_SRCS += ldap/dir_root.c
ldap_SRCS += ldap/dir_sasl.c
ldap_SRCS += ldap/dir_settings.c
ldap_SRCS += ldap/dir_walk.c

unit_SRCS += tests/unit/ldap/test_dir.c
unit_SRCS += tests/unit/ldap/test_dir_dn.c
unit_SRCS += tests/unit/ldap/test_dir_fail.c
unit_SRCS += tests/unit/ldap/test_dir_filter.c
unit_SRCS += tests/unit/ldap/test_dir_mods.c

fuzz_TARGETS += dn
fuzz_TARGETS += filter
