agent_SRCS += agent/conf/check.c
agent_SRCS += agent/conf/conf.c
agent_SRCS += agent/conf/dn.c
agent_SRCS += agent/conf/items.c
agent_SRCS += agent/conf/load.c
agent_SRCS += agent/conf/value.c
