# SPDX-License-Identifier: MIT
# GNU make.  `make help` lists the targets.

PREFIX ?= /usr/local
MANDIR ?= $(PREFIX)/share/man
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
UNITDIR ?= $(PREFIX)/lib/systemd/system
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
# libarchive statically: of it only the tar format is used, and the whole loads twelve libraries.
our_libs = -lzip -l:libarchive.a -lbz2 -llzma -lisal -ldeflate -lcrypto -lsodium -lcurl -ljansson -l:libinih.a
ifdef CI
our_cflags += -Werror
endif

# The one order of the modules: each may include only those before it (tests/lint/layers.sh).
modules = \
	base/err base/text base/buf base/arena base/json base/fd base/directory base/clock base/syslog base/log \
	base/lines base/logger base/wipe base/words base/crypto base/secret base/thread \
	base/kernel base/descendants base/spawn base/keeper base/proc base/usage \
	cfg/ini cfg/known cfg/keyline cfg/sealed cfg/document cfg/writer cfg/forms cfg/render cfg/automaton cfg/mask cfg/hidden \
	host/account host/useradd host/paths host/settings \
	image/arrival image/digest image/judge image/record image/end image/inflate image/codepage image/central image/local \
	image/input image/libzip image/zip image/pack image/unpack image/tar image/source image/pump image/tree \
	image/extract image/signature image/keys \
	service/state service/metadata service/holder service/service service/listing service/token \
	service/brief service/history service/manifest service/imageini service/limits service/rundir service/delivery \
	service/changes service/sealing \
	service/overlay service/ownership service/exchange service/prune service/stage service/images \
	hook/contract hook/environment hook/output hook/run hook/override hook/guardian hook/inputs hook/handover \
	command/download command/import command/trust command/conflict command/persist command/access command/origin command/obsolete \
	command/candidate command/survey command/preview command/install \
	command/verify command/spool command/scaling command/vote command/every command/backup command/archive command/lock \
	command/removal command/remove command/residue command/configure command/database command/check command/checks command/proxy \
	proxy/nodes proxy/layout proxy/haproxy proxy/nginx proxy/drain proxy/balancer proxy/change \
	cluster/backoff cluster/http cluster/part cluster/plan cluster/watch cluster/receiver cluster/fetch \
	cluster/request cluster/reply cluster/members cluster/etcd \
	provision/deployment provision/faults provision/schema provision/consistency provision/parser provision/child \
	provision/reference provision/eventhook provision/onevent provision/engine provision/map provision/statefile provision/stateetcd provision/store \
	provision/agents provision/ssh provision/hostkeys provision/lifecycle provision/fields provision/ledger provision/events \
	provision/loader provision/entry provision/health provision/told provision/backups provision/planner \
	provision/staffing provision/flapping provision/departure provision/upkeep provision/difference provision/act provision/transfer \
	provision/machine provision/placement provision/datasource provision/routing provision/step provision/export \
	provision/crew provision/observe provision/inquiry provision/ballot provision/rounds provision/curve provision/model \
	cli/options cli/arguments cli/cli cli/progress cli/states cli/installation cli/findings cli/runs cli/audit cli/seals \
	cli/questions cli/table cli/list cli/records cli/facts cli/consent cli/sshcommand cli/board cli/report cli/markup cli/drawing cli/timeline cli/page cli/tally \
	cli/simulation cli/sweep cli/operator cli/watching cli/verbs

# What needs libc, inih and libsodium alone is linked with them, unless it is instrumented: a loader
# takes a tenth of the time of a hook that does nothing.
loading = backupService provision receiveFile sendFile fetchImage installService rollbackService verifyService
ifeq ($(findstring -fsanitize,$(CFLAGS))$(findstring -coverage,$(CFLAGS)),)
linked = $(filter-out $(loading),$(programs))
endif

programs = $(sort $(basename $(notdir $(wildcard agent-bin/*.c))))
images = $(filter-out common,$(sort $(notdir $(patsubst %/,%,$(wildcard service-images/*/)))))
unit_tests = $(sort $(basename $(wildcard tests/unit/*/test_*.c)))
fuzzers = $(sort $(basename $(notdir $(wildcard tests/fuzz/fuzz_*.c))))

# The fuzz targets without the fuzzer, for their seeds.
seeds = $(fuzzers:%=$(BUILD)/tests/seeds_%)

# Programs that the end-to-end tests use.
e2e_tools = $(patsubst tests/e2e/%.c,$(BUILD)/tests/%,$(wildcard tests/e2e/*.c))
preloaded = $(patsubst tests/e2e/preload/%.c,$(BUILD)/tests/%.so,$(wildcard tests/e2e/preload/*.c))
# What is linked statically once more, dynamically: nothing is preloaded to a static program.
preloadable = $(addprefix $(BUILD)/tests/dynamic/,checkService configureService)
test_programs = $(e2e_tools) $(preloaded) $(preloadable) $(unit_tests:%=$(BUILD)/%) $(seeds)

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

$(linked:%=$(BUILD)/bin/%): our_ldflags := $(our_ldflags:-pie=-static-pie)
$(linked:%=$(BUILD)/bin/%): our_libs = -lsodium -l:libinih.a

$(BUILD)/bin/%: $(BUILD)/obj/agent-bin/%.o $(library)
	@mkdir -p $(@D)
	$(link) $^ $(our_libs)

$(BUILD)/obj/tests/unit/%.o: our_cppflags += -iquote tests/unit

$(BUILD)/tests/unit/%: $(BUILD)/obj/tests/unit/%.o $(BUILD)/obj/tests/unit/main.o $(library)
	@mkdir -p $(@D)
	@# The shared libarchive first: some tests write archives, for which the static one lacks libraries.
	$(link) $^ $$(pkg-config --libs check) -larchive $(our_libs)

$(seeds): $(BUILD)/tests/seeds_%: $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/obj/tests/fuzz/replay.o $(library)
	@mkdir -p $(@D)
	$(link) $^ $(our_libs)

$(BUILD)/tests/pairs: $(BUILD)/obj/tests/bench/pairs.o
$(e2e_tools): $(BUILD)/tests/%: $(BUILD)/obj/tests/e2e/%.o
$(BUILD)/tests/pairs $(e2e_tools):
	@mkdir -p $(@D)
	$(link) $^

$(preloaded): $(BUILD)/tests/%.so: $(BUILD)/obj/tests/e2e/preload/%.o
	@mkdir -p $(@D)
	$(CC) -shared -o $@ $^

$(preloadable): $(BUILD)/tests/dynamic/%: $(BUILD)/obj/agent-bin/%.o $(library)
	@mkdir -p $(@D)
	$(link) $^ $(our_libs)

$(BUILD)/tests/digest: $(BUILD)/obj/tests/bench/digest.o $(library)
	@mkdir -p $(@D)
	$(link) $^ $(our_libs)

images: $(images:%=$(BUILD)/images/%.zip)

$(BUILD)/images/%.zip: FORCE
	@mkdir -p $(@D)
	service-images/pack service-images/$* $@

# What a fresh machine lacks is installed first; nothing happens where nothing is missing.
deps:
	tests/setup build run images test

check: deps
	$(MAKE) -j$$(nproc) all images $(BUILD)/tests/pairs $(test_programs)
	BUILD=$(BUILD) tests/run

# Each moment and place that check takes one of ten of, which takes several times as long.
check-all:
	EVERY=1 $(MAKE) check

unit: $(unit_tests:%=$(BUILD)/%)
	BUILD=$(BUILD) tests/run unit

demo: deps
	$(MAKE) -j$$(nproc) all images
	BUILD=$(BUILD) samples/demo

demo-wordpress:
	tests/setup build run images
	$(MAKE) -j$$(nproc) all images
	BUILD=$(BUILD) samples/demo-wordpress

demo-provision: deps
	$(MAKE) -j$$(nproc) all images
	BUILD=$(BUILD) samples/demo-provision

asan: deps
	tests/setup lint
	$(MAKE) BUILD=build/asan check-only CFLAGS='-O1 -g -fno-omit-frame-pointer \
		-fsanitize=address,undefined -fno-sanitize-recover=all -U_FORTIFY_SOURCE'

check-only: all images $(test_programs)
	BUILD=$(BUILD) tests/run

cover: deps
	tests/setup lint
	@# Whether tests pass is not asked here: the profiler writes to the stderr that some count.
	-$(MAKE) BUILD=build/cover check-only >build/cover.log 2>&1 \
		CFLAGS='-O0 -g --coverage -fprofile-update=atomic -U_FORTIFY_SOURCE'
	gcovr --root . --filter lib/ --filter agent-bin/ build/cover

fuzz:
	tests/setup build lint
	$(MAKE) BUILD=build/fuzz CC=$(LLVM_CC) fuzz-only CFLAGS='-O1 -g \
		-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -U_FORTIFY_SOURCE'
	FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run $(fuzzers)

fuzz-only: $(fuzzers:%=$(BUILD)/%)

$(BUILD)/fuzz_%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(library)
	$(link) -fsanitize=fuzzer $^ $(our_libs)

bench: deps
	tests/setup bench
	$(MAKE) all $(BUILD)/tests/pairs $(BUILD)/tests/digest
	BUILD=$(BUILD) tests/bench/run $(ROWS)

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
	install -d -m 0755 $(DESTDIR)$(BASHDIR) $(DESTDIR)$(ZSHDIR)
	install -m 0644 agent-bin/completion/enstratus-agent.bash $(DESTDIR)$(BASHDIR)/enstratus-agent
	for p in $(programs); do ln -sf enstratus-agent $(DESTDIR)$(BASHDIR)/$$p || exit 1; done
	install -m 0644 agent-bin/completion/_enstratus-agent $(DESTDIR)$(ZSHDIR)
	install -d -m 0755 $(DESTDIR)$(UNITDIR)
	install -m 0644 debian/systemd/*.service $(DESTDIR)$(UNITDIR)

uninstall:
	rm -f $(programs:%=$(DESTDIR)$(BASHDIR)/%) $(DESTDIR)$(BASHDIR)/enstratus-agent \
		$(DESTDIR)$(ZSHDIR)/_enstratus-agent
	rm -f $(programs:%=$(DESTDIR)$(ENSTRATUS_HOME)/bin/%)
	for unit in debian/systemd/*.service; do \
		rm -f $(DESTDIR)$(UNITDIR)/$${unit##*/} || exit 1; done
	for page in man/*.[157]; do \
		rm -f $(DESTDIR)$(MANDIR)/man$${page##*.}/$${page#man/} || exit 1; done
	-cd $(DESTDIR)$(ENSTRATUS_HOME) && rmdir bin custom/bin custom cfg keys 2>/dev/null

clean:
	rm -rf build

help:
	@echo 'all      build the programs'
	@echo 'demo     install what is missing, build, walk through the main job on a real image'
	@echo 'demo-wordpress  the same with a database, two web servers and a balancer; ends with a picture'
	@echo 'demo-provision  the same with provision: a deployment of one host, which is this one'
	@echo 'check    install what is missing, build, run every test'
	@echo 'check-all  the same, with every one of what check takes a share of'
	@echo 'images   pack service-images/* into $(BUILD)/images'
	@echo 'install  to DESTDIR: programs to $(ENSTRATUS_HOME)/bin, pages to $(MANDIR), units to $(UNITDIR)'
	@echo 'uninstall, clean, deps (install what is missing), unit (unit tests only)'
	@echo 'bench    beside other tools; ROWS="wordpress fetch-25" runs some, BENCH_RUNS=3 is shorter'
	@echo 'lint, asan, cover, fuzz'

print-modules:
	@echo $(modules)

print-programs:
	@echo $(programs)

.PHONY: all images deps check check-all check-only unit demo demo-provision demo-wordpress asan cover fuzz fuzz-only bench \
	lint install uninstall clean help print-modules print-programs FORCE
.SECONDARY:

-include $(wildcard $(BUILD)/obj/*/*.d $(BUILD)/obj/*/*/*.d $(BUILD)/obj/*/*/*/*.d)
