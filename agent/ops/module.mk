agent_SRCS += agent/command_config.c
agent_SRCS += agent/command_delegation.c
agent_SRCS += agent/command_device.c
agent_SRCS += agent/command_document.c
agent_SRCS += agent/command_find.c
agent_SRCS += agent/command_input.c
agent_SRCS += agent/command_read.c
agent_SRCS += agent/command_status.c
agent_SRCS += agent/command_throttle.c
agent_SRCS += agent/commands.c
agent_SRCS += agent/ops/control.c
agent_SRCS += agent/ops/control_body.c
agent_SRCS += agent/ops/control_error.c
agent_SRCS += agent/ops/control_peer.c
agent_SRCS += agent/ops/control_serve.c
agent_SRCS += agent/ops/roles.c

unit_SRCS += tests/unit/agent/ops/test_roles.c
unit_SRCS += tests/unit/agent/ops/test_control.c

fuzz_TARGETS += control
