# The parts of `make lint`; each also runs alone, for example `make lint-layers`.
# Per-file checks leave a stamp in build/lint, so a second run looks only at what changed.

lint_parts   := compile clang headers layers sizes text docs schema shell format cppcheck tidy
lint_C       := $(shell bash tests/lint/sources c)
lint_H       := $(shell bash tests/lint/sources h)
# Everything outside tests/ goes through the slow analysers.
lint_OURS    := $(filter-out tests/%,$(lint_C))
lint_FLAGS   := $(filter-out -g,$(BASE_CFLAGS)) -O1

.PHONY: lint-all $(addprefix lint-,$(lint_parts))
lint-all: $(addprefix lint-,$(lint_parts))
	@echo 'make lint: nothing to complain about'

# gcc: every object, every warning; sources that no module.mk lists are an error of their own.
lint-compile: $(call objs,plain,$(lint_C))
	@lost='$(strip $(filter-out $(lib_SRCS) $(ldap_SRCS) $(agent_SRCS) $(ctl_SRCS) $(client_SRCS) $(unit_SRCS) \
		$(bench_SRCS) $(foreach p,$(tool_PROGRAMS),$($(p)_SRCS)) tests/unit/main.c tests/fuzz/%,$(lint_C)))'; \
	[ -z "$$lost" ] || { echo "in no module.mk: $$lost" >&2; exit 1; }
	@echo 'gcc: $(words $(lint_C)) files without a warning'

lint-clang: $(patsubst %,build/lint/clang/%.ok,$(lint_C))
	@echo 'clang: $(words $(lint_C)) files without a warning'

build/lint/clang/%.ok: % build/obj/fuzz/.flags | $(gen_INC)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(lint_FLAGS) -fsyntax-only -MMD -MP -MF $@.d -MT $@ $<
	$(Q)touch $@

lint-headers: $(patsubst %,build/lint/header/%.ok,$(lint_H))
	@echo 'headers: $(words $(lint_H)) compile alone'

build/lint/header/%.ok: % build/obj/plain/.flags | $(gen_INC)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -include lib/base/poison.h,$(lint_FLAGS)) -fsyntax-only -include $< \
		-MMD -MP -MF $@.d -MT $@ -x c /dev/null
	$(Q)touch $@

lint-schema:
	@schema/make-ldif --check
	@echo 'schema: its forms say the same'

lint-layers:
	@tests/lint/check-layers

lint-sizes:
	@tests/lint/check-sizes

lint-text:
	@tests/lint/check-text

lint-docs:
	@tests/lint/check-docs

lint-shell:
	@bash tests/lint/sources shell | xargs shellcheck -x -S warning -e SC1091
	@echo "shellcheck: $$(bash tests/lint/sources shell | wc -l) scripts"

lint-format:
	@tests/lint/check-format

lint-cppcheck: | $(gen_INC)
	@mkdir -p build/lint/cppcheck
	@cppcheck -q --std=c11 --language=c --enable=warning,performance,portability --inline-suppr \
		--library=posix,gnu --cppcheck-build-dir=build/lint/cppcheck --error-exitcode=1 \
		--suppressions-list=tests/lint/cppcheck.suppressions -j $(JOBS) \
		-I . -D_GNU_SOURCE -DENROLL_VERSION='"$(VERSION)"' $(lint_OURS)
	@echo 'cppcheck: $(words $(lint_OURS)) files'

lint-tidy: $(patsubst %,build/lint/tidy/%.ok,$(lint_OURS))
	@echo 'clang-tidy: $(words $(lint_OURS)) files'

build/lint/tidy/%.ok: % build/lint/clang/%.ok .clang-tidy
	$(Q)mkdir -p $(@D)
	$(Q)clang-tidy --quiet $< -- $(filter-out -Werror,$(lint_FLAGS)) > $@.log 2>&1 || \
		{ cat $@.log >&2; exit 1; }
	$(Q)touch $@

-include $(shell find build/lint -name '*.d' 2>/dev/null)
