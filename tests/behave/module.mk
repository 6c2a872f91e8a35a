# Programs that behaviour scripts drive; they stand beside ours in build/bin.
tool_PROGRAMS += dirtool
dirtool_SRCS   = tests/behave/dirtool.c $(filter lib/base/% ldap/% agent/join/%,$(parts_SRCS))
