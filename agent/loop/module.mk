agent_SRCS += agent/loop/loop.c
agent_SRCS += agent/loop/stream.c
agent_SRCS += agent/loop/work.c
