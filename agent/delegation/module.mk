agent_SRCS += agent/delegation/ad_apply.c
agent_SRCS += agent/delegation/ad_evaluate.c
agent_SRCS += agent/delegation/ad_names.c
agent_SRCS += agent/delegation/ad_verify.c
agent_SRCS += agent/delegation/ds389.c
agent_SRCS += agent/delegation/flavour.c
agent_SRCS += agent/delegation/openldap.c
agent_SRCS += agent/delegation/openldap_apply.c
agent_SRCS += agent/delegation/openldap_try.c
agent_SRCS += agent/delegation/openldap_verify.c
agent_SRCS += agent/delegation/report.c
agent_SRCS += agent/delegation/rights.c

unit_SRCS += tests/unit/agent/delegation/test_ad_evaluate.c
unit_SRCS += tests/unit/agent/delegation/test_say.c
