agent_SRCS += agent/http/conn.c
agent_SRCS += agent/http/exchange.c
agent_SRCS += agent/http/http.c
agent_SRCS += agent/http/peers.c
agent_SRCS += agent/http/tls.c
unit_SRCS += tests/unit/agent/http/test_peers.c
