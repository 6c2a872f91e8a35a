agent_SRCS += agent/loop/loop.c
agent_SRCS += agent/loop/stream.c
agent_SRCS += agent/loop/work.c
unit_SRCS += tests/unit/agent/loop/test_loop.c
unit_SRCS += tests/unit/agent/loop/test_stream.c
unit_SRCS += tests/unit/agent/loop/test_work.c
