# The device that plays the cases of this folder; tests/behave/wire.sh runs it.
tool_PROGRAMS += wire
wire_SRCS      = tests/wire/wire.c tests/wire/bend.c tests/unit/agent/enrollment/peer.c $(filter lib/%,$(parts_SRCS))
