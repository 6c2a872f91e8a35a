agent_SRCS += agent/edge/request.c
agent_SRCS += agent/edge/edge_front.c
agent_SRCS += agent/edge/edge_core.c
