agent_SRCS += agent/join/join.c
agent_SRCS += agent/join/join_389.c
agent_SRCS += agent/join/join_ad.c
agent_SRCS += agent/join/join_ad_name.c
agent_SRCS += agent/join/join_ad_take.c
agent_SRCS += agent/join/join_change.c
agent_SRCS += agent/join/join_domain.c
agent_SRCS += agent/join/join_entry.c
agent_SRCS += agent/join/join_find.c
agent_SRCS += agent/join/join_flavour.c
agent_SRCS += agent/join/join_group.c
agent_SRCS += agent/join/join_guid.c
agent_SRCS += agent/join/join_object.c
agent_SRCS += agent/join/join_astray.c
agent_SRCS += agent/join/join_read.c
agent_SRCS += agent/join/join_take.c
agent_SRCS += agent/join/join_used.c

unit_SRCS += tests/unit/agent/join/test_join.c
unit_SRCS += tests/unit/agent/join/test_join_ad.c

fuzz_TARGETS += entry
