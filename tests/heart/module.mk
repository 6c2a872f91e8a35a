# Scenarios of agent/enrollment against a real directory; tests/behave/heart.sh runs them.
tool_PROGRAMS += heart
heart_SRCS     = tests/heart/heart.c tests/heart/heart_whole.c tests/heart/heart_trouble.c \
		 tests/heart/heart_crash.c tests/unit/agent/enrollment/fixture.c \
		 tests/unit/agent/enrollment/peer.c \
		 $(filter lib/% ldap/% agent/conf/% agent/loop/% agent/edge/% agent/store/% agent/join/% agent/delegation/% \
		 agent/ca/% agent/provisioning/% agent/enrollment/%,$(parts_SRCS))
