agent_SRCS += agent/provisioning/provisioning.c

unit_SRCS += tests/unit/agent/provisioning/test_provisioning.c
