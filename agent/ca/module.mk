agent_SRCS += agent/ca/ca.c
agent_SRCS += agent/ca/ca_make.c
agent_SRCS += agent/ca/ca_place.c

unit_SRCS += tests/unit/agent/ca/test_ca.c
