agent_SRCS += agent/ops/control.c
agent_SRCS += agent/ops/control_body.c
agent_SRCS += agent/ops/control_error.c
agent_SRCS += agent/ops/control_peer.c
agent_SRCS += agent/ops/control_serve.c
agent_SRCS += agent/ops/roles.c

unit_SRCS += tests/unit/agent/ops/test_roles.c
unit_SRCS += tests/unit/agent/ops/test_control.c

fuzz_TARGETS += control
