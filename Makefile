# SPDX-License-Identifier: LGPL-2.1-or-later
#
#   make             libklp, klp, klp-load, klp-build, klp-tuf, klp-hub, klp-admin and klpd,
#                    in build/
#   make demo        a defect of a kernel that Debian shipped, repaired as it runs, in QEMU
#                    (QUICK=1: only the kernel's own livepatch sample)
#   make demo-service  the same fix travels from a publisher to three machines, in QEMU
#   make check       the tests; T=name for one of them (HACKING.md)
#   make check-long  soaks, kill loops, real fixes seen to work, fuzzing, the kernel's own
#                    selftests
#   make check-newer the scenarios on a kernel newer than klp-build knows compilers for:
#                    SERIES=7 SUITES="trixie trixie-backports"
#   make check-release  RELEASE=trixie  g++, libraries, newest kernel and its gcc of another release
#                    of Debian: unit tests, each command's help, a livepatch built and loaded
#   make bench       speed and memory beside what one would otherwise do
#   make corpus      N=150 SEED=1 real CVE fixes, built and loaded (KERNEL=, LOAD=no, ADAPTED=yes, OUT=)
#   make lint        formatting, shellcheck, the rules of HACKING.md
#   make install     DESTDIR= PREFIX= LIBDIR= BINDIR= SBINDIR= UNITDIR= INCLUDEDIR= MANDIR= DATADIR= SRCDIR=
#   make setup       install the Debian packages that are missing
#
#   O=DIR another build folder   V=1 show commands   SAN=1 ASan and UBSan
#   KERNELS="REL..."  the kernels to test on, else the newest 6.1 and 6.12 that apt lists

O ?= build
Q := $(if $(V),,@)
SHELL := /bin/bash
say = @mkdir -p $(@D)$(if $(V),,; printf '  %-7s %s\n' $(1) $(@:$(O)/%=%))
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:

# make has its own defaults for these; only the user's values override ours.
ifeq ($(origin CXX),default)
CXX := g++
endif
ifeq ($(origin AR),default)
AR := ar
endif
# Lines and functions, without variables: it compiles a quarter faster than -g.
CXXFLAGS ?= -O2 -g1

# ABI: the .so's major number; see libklp/libklp.map before touching it.
abi := 0
release := $(shell sed -n 's/^.define LIBKLP_VERSION "\(.*\)"/\1/p' libklp/include/klp/klp.h)
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
BINDIR ?= $(PREFIX)/bin
SBINDIR ?= $(PREFIX)/sbin
UNITDIR ?= $(PREFIX)/lib/systemd/system
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
DATADIR ?= $(PREFIX)/share
# Where dkms looks for sources.
SRCDIR ?= /usr/src/klp-$(release)

libraries := libkmod libbpf libdw liblzma libzstd zlib liblz4 lzo2 libcrypto

, := ,
sanitizers := $(if $(SAN),-fsanitize=address$(,)undefined -fno-sanitize-recover=all)
# maybe-uninitialized: g++ 12 sees the string of a TRY() that has returned.
cxxflags := -std=c++23 -Wall -Wextra -Werror -Wno-maybe-uninitialized -fPIC \
	-fvisibility=hidden -fvisibility-inlines-hidden -Ilibklp/include -MMD -MP $(sanitizers)
ldflags := -Wl,--as-needed -Wl,-z,defs $(sanitizers)
# Debian 12's libbz2 has no .pc file.
ldlibs = $(shell pkg-config --libs $(libraries)) -lbz2
builder_ldlibs := -lZydis
tuf_ldlibs = $(shell pkg-config --libs libcurl libcrypto)
agent_ldlibs = $(tuf_ldlibs) $(shell pkg-config --libs libsystemd)
service_ldlibs = $(tuf_ldlibs) $(shell pkg-config --libs libssl sqlite3)

lib_sources := $(wildcard $(addsuffix /*.cpp,libklp libklp/module libklp/image libklp/disk libklp/abi))
loader_sources := $(wildcard loader/*.cpp)
cli_sources := $(filter-out %_test.cpp,$(wildcard cli/*.cpp))
tuf_sources := $(filter-out service/tuf/main.cpp,$(wildcard service/tuf/*.cpp))
service_sources := $(wildcard $(addsuffix /*.cpp,service/protocol service/store))
hub_sources := $(filter-out service/hub/main.cpp,$(wildcard service/hub/*.cpp))
agent_sources := $(filter-out service/agent/main.cpp,$(wildcard service/agent/*.cpp))
admin_sources := $(filter-out service/admin/main.cpp,$(wildcard service/admin/*.cpp))
builder_sources := $(filter-out %_test.cpp builder/main.cpp,$(wildcard builder/*.cpp))
obj = $(patsubst %.cpp,$(O)/%.o,$(1))

so := $(O)/lib/libklp.so
programs := $(O)/bin/klp $(O)/bin/klp-load $(O)/bin/klp-build $(O)/bin/klp-tuf $(O)/bin/klp-hub \
	$(O)/bin/klp-admin $(O)/bin/klpd

all: $(programs) $(O)/lib/libklp.a $(O)/man/klp-findings.7 $(O)/man/klp-refusals.7 $(O)/man/klp-sections.7

$(O)/%.o: %.cpp
	$(call say,CXX)
	$(Q)$(CXX) $(cxxflags) $(CXXFLAGS) -c -o $@ $<

# One object for every kernel: libbpf fits it to the one that runs. It goes into the
# library as a header, its debug information left out and its types kept.
bpftool := $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
$(O)/libklp/bpf/%.bpf.o: libklp/bpf/%.bpf.c
	$(call say,BPF)
	$(Q)clang-19 -target bpf -mcpu=v3 -D__TARGET_ARCH_x86 -O2 -g -Wall -Wextra -Werror -Wno-unused-parameter \
		-isystem /usr/include/x86_64-linux-gnu -MMD -MP -c -o $@ $<

$(O)/libklp/bpf/%.skel.h: $(O)/libklp/bpf/%.bpf.o
	$(Q)$(bpftool) gen object $(@:.h=.o) $< && $(bpftool) gen skeleton $(@:.h=.o) name klprt_$* > $@

$(O)/libklp/live_view.o: $(O)/libklp/bpf/tasks.skel.h
$(O)/libklp/bpf_events.o: $(O)/libklp/bpf/transitions.skel.h
$(O)/libklp/call_counter.o: $(O)/libklp/bpf/calls.skel.h
$(O)/libklp/module_holders.o: $(O)/libklp/bpf/files.skel.h
$(addprefix $(O)/libklp/,live_view.o bpf_events.o call_counter.o module_holders.o): cxxflags += -iquote $(O)/libklp

$(O)/lib/libklp.a: $(call obj,$(lib_sources))
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(so).$(release): $(call obj,$(lib_sources)) libklp/libklp.map
	$(call say,LD)
	$(Q)$(CXX) -shared -Wl,-soname,libklp.so.$(abi) -Wl,--version-script=libklp/libklp.map \
		$(ldflags) $(LDFLAGS) -o $@ $(filter %.o,$^) $(ldlibs)

$(so): $(so).$(release)
	$(Q)ln -sf libklp.so.$(release) $(so).$(abi) && ln -sf libklp.so.$(abi) $@

# Common objects of the programs, linked before their libraries.
$(O)/lib/libklp-cli.a: $(call obj,$(cli_sources))
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(O)/bin/klp: $(call obj,$(loader_sources)) $(O)/lib/libklp-cli.a | $(so)
	$(call say,LD)
	$(Q)$(CXX) -Wl,-rpath,'$$ORIGIN/../lib' $(ldflags) $(LDFLAGS) -o $@ $^ -L$(O)/lib -lklp

$(O)/bin/klp-load: $(O)/bin/klp
	$(Q)ln -sf klp $@

# Tools that klp-build runs, beside the program as it is when installed.
libexec := $(O)/libexec/klp/.complete
$(libexec): Makefile
	@mkdir -p $(@D)
	$(Q)for folder in builder qemu-test kmod; do ln -sfn $(abspath .)/$$folder $(@D)/$$folder || exit; done
	$(Q)touch $@

# The builder is tested piece by piece, so all but its main() is a library; libklp's
# readers are not part of the ABI, so it takes them from the archive.
$(O)/lib/libklp-builder.a: $(call obj,$(builder_sources))
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(O)/bin/klp-build: $(O)/builder/main.o $(O)/lib/libklp-builder.a $(O)/lib/libklp-cli.a $(O)/lib/libklp.a | $(libexec)
	$(call say,LD)
	$(Q)$(CXX) $(ldflags) $(LDFLAGS) -o $@ $^ $(ldlibs) $(builder_ldlibs)

$(O)/bin/klp-oracle: $(O)/selftests/corpus/oracle.o $(O)/lib/libklp-builder.a $(O)/lib/libklp-cli.a \
		$(O)/lib/libklp.a | $(libexec)
	$(call say,LD)
	$(Q)$(CXX) $(ldflags) $(LDFLAGS) -o $@ $^ $(ldlibs) $(builder_ldlibs)

# The delivery service's reader and writer of repositories; it knows nothing of livepatches.
$(O)/lib/libklp-tuf.a: $(call obj,$(tuf_sources))
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(O)/bin/klp-tuf: $(O)/service/tuf/main.o $(O)/lib/libklp-tuf.a $(O)/lib/libklp-cli.a $(O)/lib/libklp.a
	$(call say,LD)
	$(Q)$(CXX) $(ldflags) $(LDFLAGS) -o $@ $^ $(tuf_ldlibs)

# The rest of the service, which hub, admin and agent share.
$(O)/lib/libklp-service.a: $(call obj,$(service_sources))
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(O)/lib/libklp-hub.a: $(call obj,$(hub_sources))
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(O)/lib/libklp-admin.a: $(call obj,$(admin_sources))
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# klp-hub trial holds the ceremony, too.
$(O)/bin/klp-hub: $(O)/service/hub/main.o $(O)/lib/libklp-hub.a $(O)/lib/libklp-admin.a $(O)/lib/libklp-service.a \
		$(O)/lib/libklp-tuf.a $(O)/lib/libklp-cli.a $(O)/lib/libklp.a
	$(call say,LD)
	$(Q)$(CXX) $(ldflags) $(LDFLAGS) -o $@ $^ $(service_ldlibs)

$(O)/lib/libklp-agent.a: $(call obj,$(agent_sources))
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# klp VERB runs ../libexec/klp/klp-VERB, which is klpd by another name.
agent_verbs := attach detach enable disable refresh apply hold unhold
$(O)/bin/klpd: $(O)/service/agent/main.o $(O)/lib/libklp-agent.a $(O)/lib/libklp-service.a $(O)/lib/libklp-tuf.a \
		$(O)/lib/libklp-cli.a $(O)/lib/libklp.a | $(libexec)
	$(call say,LD)
	$(Q)$(CXX) $(ldflags) $(LDFLAGS) -o $@ $^ $(ldlibs) $(agent_ldlibs)
	$(Q)for verb in $(agent_verbs); do ln -sfn ../../bin/klpd $(O)/libexec/klp/klp-$$verb || exit; done

$(O)/bin/klp-admin: $(O)/service/admin/main.o $(O)/lib/libklp-admin.a $(O)/lib/libklp-service.a $(O)/lib/libklp-tuf.a \
		$(O)/lib/libklp-cli.a $(O)/lib/libklp.a
	$(call say,LD)
	$(Q)$(CXX) $(ldflags) $(LDFLAGS) -o $@ $^ $(service_ldlibs) $(ldlibs)

# Boost.Beast alone, sanitized and optimized, takes two minutes and 2 GB.
ifdef SAN
$(O)/service/hub/https.o: CXXFLAGS += -O0
endif

# The pages on findings and refusals come from the tables that the programs use.
$(O)/man/klp-%.7: $(O)/man/%
	$(call say,MAN)
	$(Q)$< > $@

$(O)/man/findings: $(O)/man/findings.o | $(so)
	$(call say,LD)
	$(Q)$(CXX) -Wl,-rpath,'$$ORIGIN/../lib' $(ldflags) $(LDFLAGS) -o $@ $^ -L$(O)/lib -lklp

$(O)/man/refusals: $(O)/man/refusals.o $(O)/builder/refusal.o
	$(call say,LD)
	$(Q)$(CXX) $(ldflags) $(LDFLAGS) -o $@ $^

$(O)/man/sections: $(O)/man/sections.o $(O)/builder/sections.o
	$(call say,LD)
	$(Q)$(CXX) $(ldflags) $(LDFLAGS) -o $@ $^

builder_files := qemu-test/packages.bash $(wildcard builder/*.mk) $(shell find kmod/patch -type f)

# PREFIX may differ from that of the last make.
$(O)/libklp.pc: libklp/libklp.pc.in FORCE
	@mkdir -p $(@D)
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' \
		-e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' -e 's|@RELEASE@|$(release)|' $< > $@

# klp finds the library in ../lib, or where the system looks for it; klp-build what it runs
# in ../libexec/klp.
man_pages := man/klp_runtime.4 man/klp.8 man/klp-load.8 man/klp-build.1 man/libklp.3 man/klp-admin.1 \
	man/klp-hub.8 man/klpd.8 man/klp-agent.conf.5 \
	$(O)/man/klp-findings.7 $(O)/man/klp-refusals.7 $(O)/man/klp-sections.7
libexecdir = $(abspath $(BINDIR)/..)/libexec/klp
builder_scripts := builder/tree builder/featureset qemu-test/kernel
dkms_files := kmod/Makefile kmod/relocate.c $(wildcard kmod/runtime/* kmod/uapi/*)
install: all $(O)/libklp.pc
	install -d $(addprefix $(DESTDIR),$(BINDIR) $(LIBDIR)/pkgconfig $(INCLUDEDIR)/klp \
		$(DATADIR)/bash-completion/completions $(DATADIR)/klp/schema)
	install $(addprefix $(O)/bin/,klp klp-build klp-hub klp-admin) $(DESTDIR)$(BINDIR)
	install -D $(O)/bin/klpd $(DESTDIR)$(SBINDIR)/klpd
	install -d $(DESTDIR)$(libexecdir) $(DESTDIR)$(UNITDIR)
	for verb in $(agent_verbs); do \
		ln -sfn $(SBINDIR)/klpd $(DESTDIR)$(libexecdir)/klp-$$verb || exit; done
	sed 's|@SBINDIR@|$(SBINDIR)|' service/agent/klpd.service > $(DESTDIR)$(UNITDIR)/klpd.service
	for file in $(dkms_files); do \
		install -D -m 644 $$file $(DESTDIR)$(SRCDIR)/$${file#kmod/} || exit; done
	sed 's|@RELEASE@|$(release)|' kmod/dkms.conf.in > $(DESTDIR)$(SRCDIR)/dkms.conf
	ln -sf klp $(DESTDIR)$(BINDIR)/klp-load
	for file in $(builder_scripts); do install -D $$file $(DESTDIR)$(libexecdir)/$$file || exit; done
	for file in $(builder_files); do \
		install -D -m 644 $$file $(DESTDIR)$(libexecdir)/$$file || exit; done
	install -m 644 $(so).$(release) $(DESTDIR)$(LIBDIR)
	ln -sf libklp.so.$(release) $(DESTDIR)$(LIBDIR)/libklp.so.$(abi)
	ln -sf libklp.so.$(abi) $(DESTDIR)$(LIBDIR)/libklp.so
	install -m 644 $(O)/libklp.pc $(DESTDIR)$(LIBDIR)/pkgconfig
	install -m 644 $(wildcard libklp/include/klp/*.h*) kmod/uapi/klp_runtime.h $(DESTDIR)$(INCLUDEDIR)/klp
	install -m 644 $(wildcard schema/*.json) $(DESTDIR)$(DATADIR)/klp/schema
	install -m 644 completion/klp.bash $(DESTDIR)$(DATADIR)/bash-completion/completions/klp
	for name in klp-load klp-build klp-hub klp-admin; do \
		ln -sf klp $(DESTDIR)$(DATADIR)/bash-completion/completions/$$name || exit; done
	for page in $(man_pages); do \
		install -D -m 644 -t $(DESTDIR)$(MANDIR)/man$${page##*.} $$page || exit; done

include selftests/targets.mk

lint:
	@selftests/lint

clean:
	rm -rf $(O)

help:
	@sed -n '/^#   /s/^#   //p' Makefile

.PHONY: all lint clean help install FORCE
-include $(shell find $(O) -name '*.d' 2>/dev/null)
