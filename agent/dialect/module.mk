agent_SRCS += agent/dialect/crl.c
agent_SRCS += agent/dialect/native.c
