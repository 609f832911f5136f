# SPDX-License-Identifier: MIT
# GNU make.  `make help` lists the targets.

PREFIX ?= /usr/local
MANDIR ?= $(PREFIX)/share/man
# Not ?=: the agent's own variable of that name may be set, for a scratch root.
ENSTRATUS_HOME := /enstratus
CFLAGS ?= -O2 -g
BUILD ?= build
FUZZ_SECONDS ?= 10
LLVM_CC ?= clang

our_cppflags = -D_GNU_SOURCE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -iquote lib
our_cflags = -std=gnu17 -fPIE -fstack-protector-strong \
	-Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wformat=2
our_ldflags = -pie -Wl,--as-needed -Wl,-z,relro -Wl,-z,now
# inih statically: every program reads agent.cfg, and is to load no more than libc for it.
our_libs = -lzip -lisal -lsodium -l:libinih.a
ifdef CI
our_cflags += -Werror
endif

# The one order of the modules: each may include only those before it (tests/lint/layers.sh).
modules = \
	base/err base/text base/buf base/json base/fd base/log base/logger base/wipe base/secret \
	base/descendants base/proc \
	image/judge image/central image/inflate image/zip image/extract \
	cfg/ini cfg/document cfg/writer cfg/mask \
	service/account service/paths service/settings service/state service/service \
	service/rundir service/delivery service/overlay service/ownership service/stage \
	service/install \
	hook/contract hook/environment hook/output hook/run hook/override hook/guardian hook/configure \
	hook/check \
	cli/cli cli/states

programs = $(sort $(basename $(notdir $(wildcard agent-bin/*.c))))
images = $(sort $(notdir $(patsubst %/,%,$(wildcard service-images/*/))))
unit_tests = $(sort $(basename $(notdir $(wildcard tests/unit/test_*.c))))
fuzzers = $(sort $(basename $(notdir $(wildcard tests/fuzz/fuzz_*.c))))

objects = $(modules:%=$(BUILD)/obj/lib/%.o)
library = $(BUILD)/libagent.a
compile = $(CC) $(our_cppflags) $(CPPFLAGS) $(our_cflags) $(CFLAGS) -MMD -MP -c -o $@ $<
link = $(CC) $(our_cflags) $(CFLAGS) $(our_ldflags) $(LDFLAGS) -o $@

all: $(programs:%=$(BUILD)/bin/%)

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(compile)

$(library): $(objects)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/bin/%: $(BUILD)/obj/agent-bin/%.o $(library)
	@mkdir -p $(@D)
	$(link) $^ $(our_libs)

$(BUILD)/tests/test_%: $(BUILD)/obj/tests/unit/test_%.o $(library)
	@mkdir -p $(@D)
	$(link) $^ $$(pkg-config --libs check) $(our_libs)

$(BUILD)/tests/pairs: $(BUILD)/obj/tests/bench/pairs.o
	@mkdir -p $(@D)
	$(link) $^

images: $(images:%=$(BUILD)/images/%.zip)

$(BUILD)/images/%.zip: FORCE
	@mkdir -p $(@D)
	service-images/pack service-images/$* $@

# What a fresh machine lacks is installed first; nothing happens where nothing is missing.
deps:
	tests/setup build run test

check: deps
	$(MAKE) all images $(BUILD)/tests/pairs $(unit_tests:%=$(BUILD)/tests/%)
	BUILD=$(BUILD) tests/run

unit: $(unit_tests:%=$(BUILD)/tests/%)
	BUILD=$(BUILD) tests/run unit

demo: deps
	$(MAKE) all images
	BUILD=$(BUILD) samples/demo

asan: deps
	tests/setup lint
	$(MAKE) BUILD=build/asan check-only CFLAGS='-O1 -g -fno-omit-frame-pointer \
		-fsanitize=address,undefined -fno-sanitize-recover=all -U_FORTIFY_SOURCE'

check-only: all images $(unit_tests:%=$(BUILD)/tests/%)
	BUILD=$(BUILD) tests/run

cover: deps
	tests/setup lint
	@# Whether tests pass is not asked here: the profiler writes to the stderr that some count.
	-$(MAKE) BUILD=build/cover check-only >build/cover.log 2>&1 \
		CFLAGS='-O0 -g --coverage -fprofile-update=atomic -U_FORTIFY_SOURCE'
	gcovr --root . --filter lib/ --filter agent-bin/ build/cover

fuzz:
	tests/setup build lint
	$(MAKE) $(fuzzers:%=build/fuzz/%)
	FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run $(fuzzers)

build/fuzz/%: tests/fuzz/%.c $(modules:%=lib/%.c)
	@mkdir -p $(@D)
	$(LLVM_CC) $(our_cppflags) -std=gnu17 -O1 -g \
		-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -U_FORTIFY_SOURCE \
		-o $@ $^ $(our_libs)

bench: deps
	tests/setup bench
	$(MAKE) all images $(BUILD)/tests/pairs
	BUILD=$(BUILD) tests/bench/run

lint:
	tests/setup build test lint
	tests/lint/run

install: all
	install -d -m 0755 $(DESTDIR)$(ENSTRATUS_HOME) $(DESTDIR)$(ENSTRATUS_HOME)/bin
	for d in custom custom/bin cfg keys; do \
		test -d $(DESTDIR)$(ENSTRATUS_HOME)/$$d || \
		install -d -m 0755 $(DESTDIR)$(ENSTRATUS_HOME)/$$d || exit 1; done
	install -m 0755 $(programs:%=$(BUILD)/bin/%) $(DESTDIR)$(ENSTRATUS_HOME)/bin
	for s in 1 5 7; do \
		install -d -m 0755 $(DESTDIR)$(MANDIR)/man$$s && \
		install -m 0644 man/*.$$s $(DESTDIR)$(MANDIR)/man$$s || exit 1; done

uninstall:
	rm -f $(programs:%=$(DESTDIR)$(ENSTRATUS_HOME)/bin/%)
	for page in man/*.[157]; do \
		rm -f $(DESTDIR)$(MANDIR)/man$${page##*.}/$${page#man/} || exit 1; done
	-cd $(DESTDIR)$(ENSTRATUS_HOME) && rmdir bin custom/bin custom cfg keys 2>/dev/null

clean:
	rm -rf build

help:
	@echo 'all      build the programs'
	@echo 'demo     install what is missing, build, walk through the main job on a real image'
	@echo 'check    install what is missing, build, run every test'
	@echo 'images   pack service-images/* into $(BUILD)/images'
	@echo 'install  to DESTDIR: programs to $(ENSTRATUS_HOME)/bin, pages to $(MANDIR)'
	@echo 'uninstall, clean, deps (install what is missing), unit (unit tests only)'
	@echo 'lint, asan, cover, fuzz, bench'

print-modules:
	@echo $(modules)

print-programs:
	@echo $(programs)

.PHONY: all images deps check check-only unit demo asan cover fuzz bench lint install uninstall \
	clean help print-modules print-programs FORCE
.SECONDARY:

-include $(wildcard $(BUILD)/obj/*/*.d $(BUILD)/obj/*/*/*.d $(BUILD)/obj/*/*/*/*.d)
