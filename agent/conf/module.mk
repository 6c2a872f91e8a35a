agent_SRCS += agent/conf/check.c
agent_SRCS += agent/conf/check_directory.c
agent_SRCS += agent/conf/conf.c
agent_SRCS += agent/conf/dn.c
agent_SRCS += agent/conf/items.c
agent_SRCS += agent/conf/load.c
agent_SRCS += agent/conf/value.c

unit_SRCS += tests/unit/agent/conf/test_conf.c
unit_SRCS += tests/unit/agent/conf/test_documents.c
unit_SRCS += tests/unit/agent/conf/test_items.c

fuzz_TARGETS += conf
