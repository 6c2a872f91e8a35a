agent_SRCS += agent/store/store_attempt.c
agent_SRCS += agent/store/store_cert.c
agent_SRCS += agent/store/store_claim.c
agent_SRCS += agent/store/store_clock.c
agent_SRCS += agent/store/store_event.c
agent_SRCS += agent/store/store_find.c
agent_SRCS += agent/store/store_keys.c
agent_SRCS += agent/store/store_machine.c
agent_SRCS += agent/store/store_open.c
agent_SRCS += agent/store/store_progress.c
agent_SRCS += agent/store/store_record.c
agent_SRCS += agent/store/store_sqlite.c
agent_SRCS += agent/store/store_state.c
agent_SRCS += agent/store/store_statements.c
agent_SRCS += agent/store/store_sync.c
agent_SRCS += agent/store/store_todo.c

gen_EMBED += schema/store.sql

unit_SRCS += tests/unit/agent/store/fixture.c
unit_SRCS += tests/unit/agent/store/test_claim.c
unit_SRCS += tests/unit/agent/store/test_crash.c
unit_SRCS += tests/unit/agent/store/test_find.c
unit_SRCS += tests/unit/agent/store/test_machine.c
unit_SRCS += tests/unit/agent/store/test_record.c
unit_SRCS += tests/unit/agent/store/test_statements.c
unit_SRCS += tests/unit/agent/store/test_sync.c
unit_SRCS += tests/unit/agent/store/test_todo.c
