# Programs that behaviour scripts drive; they stand beside ours in build/bin.
tool_PROGRAMS += dirtool
dirtool_SRCS   = tests/behave/dirtool.c \
	$(filter lib/base/% lib/pki/% lib/wire/% lib/xml/% ldap/% agent/join/% \
		agent/delegation/%,$(parts_SRCS))
tool_PROGRAMS += natdev
natdev_SRCS    = tests/behave/natdev.c tests/bench/bench_device.c tests/bench/bench_setup.c \
	$(filter lib/base/% lib/pki/% lib/wire/% lib/xml/%,$(parts_SRCS))
