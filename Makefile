# One Makefile for everything; each folder lists its sources in its module.mk.  `make help` is the manual.

.DEFAULT_GOAL := all
SHELL         := /bin/bash
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
MAKEFLAGS     += --no-builtin-rules

ifeq ($(origin CC),default)
CC            := gcc
endif
CLANG         ?= clang
PREFIX        ?= /usr
DESTDIR       ?=
FUZZ_SECONDS  ?= 10
JOBS          ?= $(shell nproc 2>/dev/null || echo 1)
VERSION       := $(shell cat VERSION)
# For a make inside: as many at once as the outer one was told, else one a core.
many           = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))
Q             := $(if $(filter 1,$(V)),,@)
say            = $(if $(filter 1,$(V)),@:,@printf '  %-7s %s\n')

# --- what is compiled ------------------------------------------------------------------------------
# Groups that module.mk files add to.  gen_EMBED lists text files that become C string literals:
# schema/x.sql is included as "build/gen/schema/x.sql.inc".  tool_PROGRAMS are programs that only tests
# use; NAME_SRCS are the sources of each.

lib_SRCS      :=
ldap_SRCS     :=
agent_SRCS    :=
ctl_SRCS      :=
client_SRCS   :=
unit_SRCS     :=
bench_SRCS    :=
fuzz_TARGETS  :=
tool_PROGRAMS :=
gen_EMBED     :=

include $(wildcard lib/*/module.mk ldap/module.mk agent/module.mk agent/*/module.mk ctl/module.mk \
	client/module.mk client/*/module.mk tests/module.mk tests/*/module.mk)

programs      := enrolld enrollctl enroll
enrolld_SRCS   = $(lib_SRCS) $(ldap_SRCS) $(agent_SRCS)
enrollctl_SRCS = $(lib_SRCS) $(ldap_SRCS) \
		 $(filter agent/conf/% agent/ca/% agent/delegation/%,$(agent_SRCS)) $(ctl_SRCS)
enroll_SRCS    = $(lib_SRCS) $(client_SRCS)
mains         := agent/main.c ctl/main.c client/main.c
parts_SRCS     = $(filter-out $(mains),$(lib_SRCS) $(ldap_SRCS) $(agent_SRCS) $(ctl_SRCS) $(client_SRCS))

# A program exists from the moment its group lists a source.
have_enrolld   = $(agent_SRCS)
have_enrollctl = $(ctl_SRCS)
have_enroll    = $(client_SRCS)
ready         := $(strip $(foreach p,$(programs),$(if $(have_$(p)),$(p))))

# --- how it is compiled ------------------------------------------------------------------------------

pc_libs       := openssl libxml-2.0 libidn2 libevent libevent_openssl libevent_pthreads sqlite3 \
		 libcurl jansson inih libseccomp libsystemd krb5 krb5-gssapi
PC_CFLAGS     := $(shell pkg-config --cflags $(pc_libs) 2>/dev/null)
LIBS          := -Wl,--as-needed $(shell pkg-config --libs $(pc_libs) 2>/dev/null) \
		 -lldap -llber -lsasl2 -lresolv -lunistring -lpthread -lm
WARN          := -Wall -Wextra -Werror -Wshadow -Wmissing-prototypes -Wstrict-prototypes \
		 -Wwrite-strings -Wformat=2 -Wvla
POISON        := $(addprefix -include ,$(wildcard lib/base/poison.h))
BASE_CFLAGS   := -std=gnu17 -D_GNU_SOURCE -DENROLL_VERSION='"$(VERSION)"' -iquote . -g $(WARN) \
		 $(PC_CFLAGS) $(POISON)
LINK_FLAGS    := -pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack

variants      := plain asan tsan fuzz
plain_CC      := $(CC)
plain_CFLAGS  := -O2 -fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
asan_CC       := $(CC)
asan_CFLAGS   := -O1 -fPIE -fno-omit-frame-pointer -DENROLL_SANITIZED=1 \
		 -fsanitize=address,undefined -fno-sanitize-recover=all
tsan_CC       := $(CC)
tsan_CFLAGS   := -O1 -fPIE -fno-omit-frame-pointer -DENROLL_SANITIZED=1 -fsanitize=thread
fuzz_CC       := $(CLANG)
fuzz_CFLAGS   := -O1 -fPIE -fno-omit-frame-pointer -DENROLL_SANITIZED=1 -DENROLL_FUZZ=1 \
		 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all

bin_plain     := build/bin
bin_asan      := build/asan/bin
bin_tsan      := build/tsan/bin
bin_fuzz      := build/fuzz/bin

objs           = $(patsubst %.c,build/obj/$(1)/%.o,$(filter %.c,$(2)))
gen_INC       := $(patsubst %,build/gen/%.inc,$(gen_EMBED))

# --- targets for people --------------------------------------------------------------------------------

.PHONY: all
all: have-tools $(addprefix build/bin/,$(ready))  ## build the programs into build/bin

.PHONY: deps
deps:  ## install the Debian packages that are missing (asks for root only then)
	$(Q)bash tests/deps.sh

.PHONY: demo
demo: deps  ## enroll one device against a private directory (DIRECTORY=openldap, samba, 389ds)
	$(Q)$(MAKE) --no-print-directory $(many) all
	$(Q)bash tests/demo/demo.sh $(DIRECTORY)

.PHONY: test
test: deps  ## everything that can fail: units, sanitizers, seeds, vectors, behaviour
	$(Q)$(MAKE) --no-print-directory $(many) test-build
	$(Q)bash tests/run

.PHONY: lint
lint: deps  ## layers, sizes, headers, both compilers, style, static analysis, documents
	$(Q)$(MAKE) --no-print-directory $(many) lint-all

.PHONY: fuzz
fuzz: deps  ## run every fuzz target for FUZZ_SECONDS (10) each
	$(Q)$(MAKE) --no-print-directory $(many) fuzz-build
	$(Q)FUZZ_SECONDS=$(FUZZ_SECONDS) bash tests/fuzz/run $(fuzz_TARGETS)

.PHONY: bench
bench: deps  ## measure: enrollments per second, CPU, memory; writes build/bench.json
	$(Q)$(MAKE) --no-print-directory $(many) all bench-build
	$(Q)bash tests/bench/run.sh

.PHONY: check
check:  ## unit tests of one folder and what it stands on: make check D=lib/base
	$(if $(D),,$(error say which folder: make check D=lib/base))
	$(Q)$(MAKE) --no-print-directory $(many) build/check/$(subst /,-,$(D)) D=$(D)
	$(Q)build/check/$(subst /,-,$(D))

to = $(DESTDIR)$(PREFIX)
.PHONY: install
install: all  ## copy programs, schema files and manual pages under DESTDIR/PREFIX (/usr)
	$(Q)install -d $(to)/sbin $(to)/bin $(to)/share/enrolld
	$(Q)install -m 755 build/bin/enrolld $(to)/sbin/
	$(Q)install -m 755 build/bin/enrollctl build/bin/enroll $(to)/bin/
	$(Q)cd schema && find . -type f ! -name '*.mk' ! -name README.md ! -name make-ldif \
		-exec install -D -m 644 '{}' '$(abspath $(to))/share/enrolld/schema/{}' ';'
	$(Q)for page in $(wildcard docs/man/*.[1-8] packaging/man/*.[1-8]); do \
		install -D -m 644 $$page $(to)/share/man/man$${page##*.}/$${page##*/}; done

.PHONY: clean
clean:  ## remove build/
	$(Q)rm -rf build

.PHONY: help
help:  ## this list
	@sed -n 's/^\([a-z]*\):.*  ## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18
	@echo
	@echo '  Variables: CC=clang  V=1 (show commands)  JOBS=N  FUZZ_SECONDS=N  D=FOLDER  DESTDIR=  PREFIX='

.PHONY: have-tools
have-tools:
	@pkg-config --exists $(pc_libs) 2>/dev/null || \
		{ echo 'Libraries or pkg-config are missing: run "make deps" first.' >&2; exit 1; }

# --- generated ---------------------------------------------------------------------------------------

build/gen/%.inc: %
	$(Q)mkdir -p $(@D)
	$(Q)sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$$/\\n"/' $< > $@

# The list of CUnit suites: every `CU_SuiteInfo suite_x` of the sources named.
define suites_of
	$(Q)mkdir -p $(@D)
	$(Q)bash tests/unit/list-suites $(1) > $@.new
	$(Q)cmp -s $@.new $@ && rm $@.new || mv $@.new $@
endef

build/gen/suites.c: $(unit_SRCS) tests/unit/list-suites build/gen/unit.list
	$(call suites_of,$(unit_SRCS))

# --- objects and programs, once per variant ---------------------------------------------------------

define variant_rules
build/obj/$(1)/.flags: have-flags-$(1)
.PHONY: have-flags-$(1)
have-flags-$(1):
	@mkdir -p build/obj/$(1)
	@printf '%s\n' $(call quoted,$($(1)_CC) $(BASE_CFLAGS) $($(1)_CFLAGS)) > build/obj/$(1)/.flags.$$$$$$$$; \
	if cmp -s build/obj/$(1)/.flags.$$$$$$$$ build/obj/$(1)/.flags; \
	then rm build/obj/$(1)/.flags.$$$$$$$$; \
	else mv build/obj/$(1)/.flags.$$$$$$$$ build/obj/$(1)/.flags; fi

build/obj/$(1)/%.o: %.c build/obj/$(1)/.flags | $(gen_INC) have-tools
	$$(say) CC '$$< ($(1))'
	$$(Q)mkdir -p $$(@D)
	$$(Q)$($(1)_CC) $(BASE_CFLAGS) $($(1)_CFLAGS) -MMD -MP -MF $$(@:.o=.d) -MT $$@ -c -o $$@.$$$$$$$$ $$< \
		&& mv -f $$@.$$$$$$$$ $$@ || { rm -f $$@.$$$$$$$$; exit 1; }

$(foreach p,$(ready) $(tool_PROGRAMS),$(call program_rule,$(1),$(p),$($(p)_SRCS)))
$(call program_rule,$(1),unit,tests/unit/main.c build/gen/suites.c $(unit_SRCS) $(parts_SRCS),-lcunit)
$(if $(bench_SRCS),$(call program_rule,$(1),bench,$(bench_SRCS) $(parts_SRCS)))
endef

define program_rule

$(bin_$(1))/$(2): $(call objs,$(1),$(3))
	$$(say) LD '$$@'
	$$(Q)mkdir -p $$(@D)
	$$(Q)$($(1)_CC) $($(1)_CFLAGS) $(LINK_FLAGS) -o $$@.$$$$$$$$ $$(filter %.o,$$^) $(4) $(LIBS) \
		&& mv -f $$@.$$$$$$$$ $$@ || { rm -f $$@.$$$$$$$$; exit 1; }

endef

quoted = '$(subst ','\'',$(1))'
$(foreach v,$(variants),$(eval $(call variant_rules,$(v))))

# The list of unit sources, so that a removed test removes its suite.
build/gen/unit.list: have-unit-list
.PHONY: have-unit-list
have-unit-list:
	@mkdir -p build/gen
	@echo '$(unit_SRCS)' | cmp -s - build/gen/unit.list || echo '$(unit_SRCS)' > build/gen/unit.list

# --- one folder's tests -------------------------------------------------------------------------------

ifneq ($(D),)
check_name    := $(subst /,-,$(D))
check_DIRS    := $(shell bash tests/lint/layer-closure layers $(D))
check_SRCS    := $(foreach d,$(check_DIRS),$(filter $(d)/%,$(foreach s,$(parts_SRCS),$(if $(filter $(d)/,$(dir $(s))),$(s)))))
check_TESTS   := $(filter tests/unit/$(D)/%,$(unit_SRCS))

build/gen/check/$(check_name)/suites.c: $(check_TESTS) tests/unit/list-suites
	$(call suites_of,$(check_TESTS))

build/check/$(check_name): $(call objs,plain,tests/unit/main.c build/gen/check/$(check_name)/suites.c \
		$(check_TESTS) $(check_SRCS))
	$(say) LD '$@'
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(plain_CFLAGS) $(LINK_FLAGS) -o $@ $(filter %.o,$^) -lcunit $(LIBS)
endif

# --- fuzzing: one program per format; the same source replays the seeds under the sanitizers ----------

define fuzz_rules
$(call program_rule,fuzz,fuzz_$(1),tests/fuzz/fuzz_$(1).c $(fuzz_$(1)_SRCS) $(parts_SRCS),-fsanitize=fuzzer $(fuzz_$(1)_LINK))
$(call program_rule,asan,replay_$(1),tests/fuzz/replay.c tests/fuzz/fuzz_$(1).c $(fuzz_$(1)_SRCS) $(parts_SRCS),$(fuzz_$(1)_LINK))
endef
$(foreach f,$(fuzz_TARGETS),$(eval $(call fuzz_rules,$(f))))

.PHONY: fuzz-build bench-build test-build
fuzz-build: $(addprefix build/fuzz/bin/fuzz_,$(fuzz_TARGETS))
bench-build: $(if $(bench_SRCS),build/bin/bench)
test-build: all bench-build $(addprefix build/bin/,$(tool_PROGRAMS)) build/bin/unit build/asan/bin/unit build/tsan/bin/unit \
	$(addprefix build/tsan/bin/,$(ready) natdev dirtool) \
	$(addprefix build/asan/bin/,$(ready) $(tool_PROGRAMS)) $(addprefix build/asan/bin/replay_,$(fuzz_TARGETS))

# --- lint ---------------------------------------------------------------------------------------------

include $(wildcard tests/lint/lint.mk)

-include $(shell find build/obj -name '*.d' 2>/dev/null)
