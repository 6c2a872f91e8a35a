agent_SRCS += agent/edge/request.c
agent_SRCS += agent/edge/edge_front.c
agent_SRCS += agent/edge/edge_core.c
agent_SRCS += agent/edge/throttle.c
unit_SRCS += tests/unit/agent/edge/test_pipe.c
unit_SRCS += tests/unit/agent/edge/test_request.c
fuzz_TARGETS += edge
