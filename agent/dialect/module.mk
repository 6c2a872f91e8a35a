agent_SRCS += agent/dialect/crl.c
agent_SRCS += agent/dialect/native.c
unit_SRCS += tests/unit/agent/dialect/test_native.c
