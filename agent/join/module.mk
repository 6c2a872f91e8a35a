agent_SRCS += agent/join/join.c
agent_SRCS += agent/join/join_change.c
agent_SRCS += agent/join/join_find.c
agent_SRCS += agent/join/join_flavour.c
agent_SRCS += agent/join/join_later.c
agent_SRCS += agent/join/join_object.c
agent_SRCS += agent/join/join_used.c

unit_SRCS += tests/unit/agent/join/test_join.c
