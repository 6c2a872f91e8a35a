agent_SRCS += agent/accounts.c
agent_SRCS += agent/channel.c
agent_SRCS += agent/check.c
agent_SRCS += agent/child.c
agent_SRCS += agent/core.c
agent_SRCS += agent/core_chores.c
agent_SRCS += agent/core_reload.c
agent_SRCS += agent/core_renew.c
agent_SRCS += agent/feed.c
agent_SRCS += agent/front.c
agent_SRCS += agent/main.c
agent_SRCS += agent/opening.c
agent_SRCS += agent/parent.c
agent_SRCS += agent/sandbox.c
agent_SRCS += agent/setting.c
agent_SRCS += agent/spawn.c

unit_SRCS += tests/unit/agent/test_commands.c
