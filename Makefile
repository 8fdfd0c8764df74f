# SPDX-License-Identifier: LGPL-2.1-or-later
#
#   make             libklp, klp, klp-load and klp-build, in build/
#   make demo        a defect of a kernel that Debian shipped, repaired as it runs, in QEMU
#                    (QUICK=1: only the kernel's own livepatch sample)
#   make check       every test; T=name for one of them (klp-check(1))
#   make check-long  soaks, kill loops, real fixes seen to work, fuzzing, the kernel's own
#                    selftests
#   make check-newer the scenarios on a kernel newer than klp-build knows compilers for:
#                    SERIES=7 SUITES="trixie trixie-backports"
#   make bench       speed and memory beside what one would otherwise do
#   make corpus      N=150 SEED=1 real CVE fixes, built and loaded (KERNEL=, LOAD=no, ADAPTED=yes, OUT=)
#   make lint        formatting, shellcheck, the rules of HACKING.md
#   make install     DESTDIR= PREFIX= LIBDIR= BINDIR= INCLUDEDIR= MANDIR= DATADIR= SRCDIR=
#   make setup       install the Debian packages that are missing
#
#   O=DIR another build folder   V=1 show commands   SAN=1 ASan and UBSan
#   KERNELS="REL..."  the kernels to test on, else the newest 6.1 and 6.12

O ?= build
Q := $(if $(V),,@)
SHELL := /bin/bash
say = @mkdir -p $(@D)$(if $(V),,; printf '  %-7s %s\n' $(1) $(@:$(O)/%=%))
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.SECONDARY:

# Make has values of its own for these; ours give way to the user's alone.
ifeq ($(origin CXX),default)
CXX := g++
endif
ifeq ($(origin AR),default)
AR := ar
endif
CXXFLAGS ?= -O2 -g

# ABI: the .so's major number; see libklp/libklp.map before touching it.
abi := 0
release := $(shell sed -n 's/^.define LIBKLP_VERSION "\(.*\)"/\1/p' libklp/include/klp/klp.h)
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
BINDIR ?= $(PREFIX)/bin
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
DATADIR ?= $(PREFIX)/share
# Where dkms looks for sources.
SRCDIR ?= /usr/src/klp-$(release)

build_packages := g++ make pkg-config libkmod-dev libbpf-dev libelf-dev libssl-dev \
	liblzma-dev libzstd-dev zlib1g-dev liblz4-dev liblzo2-dev libbz2-dev libcli11-dev \
	nlohmann-json3-dev libzydis-dev libdw-dev \
	clang-19 bpftool
# What klp-build runs: Kbuild's tools and the compiler of Debian's kernels.
patch_packages := gcc-12 libc6-dev make flex bison bc dwarves libelf-dev libssl-dev xz-utils patch \
	diffutils util-linux bubblewrap
# What boots a kernel, and shows a patch in it.
demo_packages := $(patch_packages) qemu-system-x86 busybox-static dash cpio kmod bsdutils gcc \
	e2fsprogs zstd
check_packages := $(demo_packages) libgtest-dev jq openssl python3-jsonschema shellcheck mandoc procps time \
	clang-format-19 bzip2 lz4 lzop xz-utils
bench_packages := $(check_packages) gnuplot-nox
long_packages := $(check_packages) libclang-rt-19-dev

libraries := libkmod libbpf liblzma libzstd zlib liblz4 lzo2 libcrypto

, := ,
sanitizers := $(if $(SAN),-fsanitize=address$(,)undefined -fno-sanitize-recover=all)
# maybe-uninitialized: g++ 12 sees the string of a TRY() that has returned.
cxxflags := -std=c++23 -Wall -Wextra -Werror -Wno-maybe-uninitialized -fPIC \
	-fvisibility=hidden -fvisibility-inlines-hidden -Ilibklp/include -MMD -MP $(sanitizers)
ldflags := -Wl,--as-needed -Wl,-z,defs $(sanitizers)
# Debian 12's libbz2 has no .pc file.
ldlibs = $(shell pkg-config --libs $(libraries)) -lbz2
builder_ldlibs := -lZydis -ldw

lib_sources := $(filter-out %_test.cpp,$(wildcard libklp/*.cpp))
test_sources := $(wildcard libklp/*_test.cpp builder/*_test.cpp cli/*_test.cpp)
loader_sources := $(wildcard loader/*.cpp)
cli_sources := $(filter-out %_test.cpp,$(wildcard cli/*.cpp))
builder_sources := $(filter-out %_test.cpp builder/main.cpp,$(wildcard builder/*.cpp))
obj = $(patsubst %.cpp,$(O)/%.o,$(1))

so := $(O)/lib/libklp.so
programs := $(O)/bin/klp $(O)/bin/klp-load $(O)/bin/klp-build

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
$(O)/libklp/steps.o: $(O)/libklp/bpf/steps.skel.h
$(O)/libklp/call_counter.o: $(O)/libklp/bpf/calls.skel.h
$(O)/libklp/module_holders.o: $(O)/libklp/bpf/files.skel.h
$(addprefix $(O)/libklp/,live_view.o steps.o call_counter.o module_holders.o): cxxflags += -iquote $(O)/libklp

$(O)/lib/libklp.a: $(call obj,$(lib_sources))
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(so).$(release): $(call obj,$(lib_sources)) libklp/libklp.map
	$(call say,LD)
	$(Q)$(CXX) -shared -Wl,-soname,libklp.so.$(abi) -Wl,--version-script=libklp/libklp.map \
		$(ldflags) $(LDFLAGS) -o $@ $(filter %.o,$^) $(ldlibs)

$(so): $(so).$(release)
	$(Q)ln -sf libklp.so.$(release) $(so).$(abi) && ln -sf libklp.so.$(abi) $@

# What the programs have in common in front of their libraries.
$(O)/lib/libklp-cli.a: $(call obj,$(cli_sources))
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(O)/bin/klp: $(call obj,$(loader_sources)) $(O)/lib/libklp-cli.a | $(so)
	$(call say,LD)
	$(Q)$(CXX) -Wl,-rpath,'$$ORIGIN/../lib' $(ldflags) $(LDFLAGS) -o $@ $^ -L$(O)/lib -lklp

$(O)/bin/klp-load: $(O)/bin/klp
	$(Q)ln -sf klp $@

# What klp-build runs, beside the program as it is when installed.
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

# What is found and what is refused is documented from the tables that the programs use.
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

# Assertions are many and run once: optimized, they take five times as long to build.
$(call obj,$(test_sources)): CXXFLAGS += -O0
$(O)/bin/klp-test: $(call obj,$(test_sources)) $(O)/lib/libklp-cli.a $(O)/lib/libklp-builder.a $(O)/lib/libklp.a | $(libexec)
	$(call say,LD)
	$(Q)$(CXX) $(ldflags) $(LDFLAGS) -o $@ $^ $(ldlibs) $(builder_ldlibs) -lgtest_main -lgtest

# The fuzz target as clang's libFuzzer drives it, and the same replaying a corpus,
# which needs no clang. Each has its own objects: both are sanitized, whatever SAN is.
fuzz_sources := libklp/fuzz/patch_file.cpp $(addprefix libklp/,compression.cpp digest.cpp elf.cpp \
	error.cpp klp_build_sections.cpp kpatch_sections.cpp livepatch_symbols.cpp manifest.cpp \
	module_file.cpp module_pointers.cpp patch_file.cpp runtime_writes.cpp self_calls.cpp signature.cpp static_arrays.cpp file.cpp masked.cpp utf8.cpp)
fuzz_cxxflags := $(filter-out -Wno-maybe-uninitialized $(sanitizers),$(cxxflags)) \
	-fno-sanitize-recover=all -O1 -g -fno-omit-frame-pointer
fuzz_ldlibs = $(shell pkg-config --libs liblzma libzstd zlib libcrypto)

$(O)/fuzz/clang/%.o: %.cpp
	$(call say,FUZZ)
	$(Q)clang++-19 $(fuzz_cxxflags) -Wno-deprecated-declarations -fsanitize=fuzzer-no-link,address,undefined -c -o $@ $<

$(O)/fuzz/patch_file: $(fuzz_sources:%.cpp=$(O)/fuzz/clang/%.o)
	$(call say,LD)
	$(Q)clang++-19 -fsanitize=fuzzer,address,undefined -o $@ $^ $(fuzz_ldlibs)

$(O)/fuzz/replay/%.o: %.cpp
	$(call say,CXX)
	$(Q)$(CXX) $(fuzz_cxxflags) -Wno-maybe-uninitialized -fsanitize=address,undefined -c -o $@ $<

$(O)/bin/klp-fuzz-replay: $(patsubst %.cpp,$(O)/fuzz/replay/%.o,$(fuzz_sources) libklp/fuzz/replay.cpp) \
		| $(O)/fuzz/corpus/.complete
	$(call say,LD)
	$(Q)$(CXX) -fsanitize=address,undefined -o $@ $(filter %.o,$^) $(fuzz_ldlibs)

$(O)/fuzz/write-corpus: $(O)/libklp/fuzz/corpus.o
	$(call say,LD)
	$(Q)$(CXX) $(ldflags) $(LDFLAGS) -o $@ $^ $(fuzz_ldlibs)

$(O)/fuzz/corpus/.complete: $(O)/fuzz/write-corpus
	$(call say,CORPUS)
	$(Q)rm -rf $(@D) && mkdir $(@D) && $< $(@D) && touch $@

# The same of klp-build's reader of patches.
fix_fuzz_sources := builder/fuzz/fix.cpp $(addprefix builder/,diff.cpp diff_path.cpp diff_words.cpp fix.cpp \
	hunk_places.cpp line_numbers.cpp) $(addprefix libklp/,digest.cpp error.cpp file.cpp masked.cpp utf8.cpp)

$(O)/fuzz/fix: $(fix_fuzz_sources:%.cpp=$(O)/fuzz/clang/%.o)
	$(call say,LD)
	$(Q)clang++-19 -fsanitize=fuzzer,address,undefined -o $@ $^ $(fuzz_ldlibs)

$(O)/bin/klp-fuzz-replay-fix: $(patsubst %.cpp,$(O)/fuzz/replay/%.o,$(fix_fuzz_sources) libklp/fuzz/replay.cpp) \
		| $(O)/fuzz/fix-corpus/.complete
	$(call say,LD)
	$(Q)$(CXX) -fsanitize=address,undefined -o $@ $(filter %.o,$^) $(fuzz_ldlibs)

$(O)/fuzz/write-fix-corpus: $(O)/builder/fuzz/corpus.o
	$(call say,LD)
	$(Q)$(CXX) $(ldflags) $(LDFLAGS) -o $@ $^

$(O)/fuzz/fix-corpus/.complete: $(O)/fuzz/write-fix-corpus
	$(call say,CORPUS)
	$(Q)rm -rf $(@D) && mkdir $(@D) && $< $(@D) && touch $@

# The same of its reader of objects, which a compiler gives it.
object_fuzz_sources := builder/fuzz/object.cpp $(addprefix builder/,correlation.cpp difference.cpp \
	control_flow.cpp instructions.cpp judgement.cpp object.cpp object_reader.cpp refusal.cpp sections.cpp \
	thread_loops.cpp type_ids.cpp) $(addprefix libklp/,elf.cpp error.cpp file.cpp masked.cpp utf8.cpp)
object_fuzz_ldlibs = $(shell pkg-config --libs libbpf) -lZydis

$(O)/fuzz/object: $(object_fuzz_sources:%.cpp=$(O)/fuzz/clang/%.o)
	$(call say,LD)
	$(Q)clang++-19 -fsanitize=fuzzer,address,undefined -o $@ $^ $(object_fuzz_ldlibs)

object_corpus := gcc -O2 -std=gnu11 -mcmodel=kernel -fno-pic -mno-red-zone -ffreestanding \
	-fno-asynchronous-unwind-tables -fcf-protection=none -pg -mfentry -mrecord-mcount -c builder/fuzz/object.c
$(O)/fuzz/object-corpus/.complete: builder/fuzz/object.c
	$(call say,CORPUS)
	$(Q)rm -rf $(@D) && mkdir $(@D) && $(object_corpus) -o $(@D)/valid-plain && \
		$(object_corpus) -ffunction-sections -fdata-sections -fshort-wchar -o $(@D)/valid-split && \
		$(object_corpus) -g -fpatchable-function-entry=16,16 -o $(@D)/valid-padded && \
		head -c 2000 $(@D)/valid-plain > $(@D)/malformed-cut && touch $@

# What has $(MAKE) in it is run under make -n, too, where nothing is there for it.
unless_dry = $(if $(findstring n,$(firstword -$(MAKEFLAGS))),exit 0;)

# Kbuild writes beside its sources, so each kernel gets links to them.
$(O)/kmod/%/.complete: $(wildcard kmod/* kmod/patch/* kmod/patch/compat/* kmod/runtime/* kmod/test/* kmod/uapi/*) selftests/variants
	$(call say,KBUILD)
	$(Q)rm -rf $(@D) && cp -rs $(abspath kmod) $(@D)
	$(Q)$(unless_dry) kdir=$$(qemu-test/kernel headers $*) && \
		qemu-test/with-toolchain $* $(MAKE) -C $(@D) O= KDIR=$$kdir modules > $(@D)/log 2>&1 || \
		{ cat $(@D)/log; exit 1; }
	$(Q)selftests/variants $(@D)/test $* && touch $@

# What runs in the guest: who attaches to functions, who asks klp_runtime.ko, who measures.
runtime_programs := $(addprefix $(O)/selftests/runtime/,client stress)
measure_programs := $(addprefix $(O)/selftests/measure/,crowd timed)
guest_programs := $(O)/selftests/attach $(runtime_programs) $(measure_programs) \
	$(O)/selftests/measure/looking
$(O)/selftests/attach: selftests/attach/attach.c
	$(call say,CC)
	$(Q)$(CC) -O2 -Wall -Wextra -Werror -o $@ $< $(shell pkg-config --libs libbpf)

$(runtime_programs): $(O)/%: %.c kmod/uapi/klp_runtime.h
	$(call say,CC)
	$(Q)$(CC) -std=gnu11 -O2 -Wall -Wextra -Werror -o $@ $<

$(measure_programs): $(O)/%: %.c
	$(call say,CC)
	$(Q)$(CC) -std=gnu11 -O2 -Wall -Wextra -Werror -pthread -o $@ $<

$(O)/selftests/measure/looking: $(O)/selftests/measure/looking.o $(O)/lib/libklp.a
	$(call say,LD)
	$(Q)$(CXX) $(ldflags) $(LDFLAGS) -o $@ $^ $(ldlibs)

$(O)/upstream/%/.complete: selftests/upstream-modules
	$(call say,KBUILD)
	$(Q)selftests/upstream-modules $* $(@D) > $(O)/upstream/$*.log 2>&1 || \
		{ cat $(O)/upstream/$*.log; exit 1; }

builder_files := $(wildcard builder/*.mk) $(shell find kmod/patch -type f)
$(O)/built/%/.complete: $(O)/bin/klp-build $(wildcard selftests/build/*) $(builder_files) builder/tree
	$(call say,BUILD)
	$(Q)O=$(O) selftests/build/fixes $* $(@D) > $(O)/built/$*.log 2>&1 || { cat $(O)/built/$*.log; exit 1; }
	$(Q)touch $@

# PREFIX may be another one than at the last make.
$(O)/libklp.pc: libklp/libklp.pc.in FORCE
	@mkdir -p $(@D)
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' \
		-e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' -e 's|@RELEASE@|$(release)|' $< > $@

# klp finds the library in ../lib, or where the system looks for it; klp-build what it runs
# in ../libexec/klp.
man_pages := man/klp_runtime.4 man/klp.8 man/klp-load.8 man/klp-build.1 man/libklp.3 \
	$(O)/man/klp-findings.7 $(O)/man/klp-refusals.7 $(O)/man/klp-sections.7
libexecdir = $(abspath $(BINDIR)/..)/libexec/klp
builder_scripts := builder/tree builder/featureset qemu-test/kernel
dkms_files := kmod/Makefile kmod/relocate.c $(wildcard kmod/runtime/* kmod/uapi/*)
install: all $(O)/libklp.pc
	install -d $(addprefix $(DESTDIR),$(BINDIR) $(LIBDIR)/pkgconfig $(INCLUDEDIR)/klp \
		$(DATADIR)/bash-completion/completions $(DATADIR)/klp/schema)
	install $(O)/bin/klp $(O)/bin/klp-build $(DESTDIR)$(BINDIR)
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
	for name in klp-load klp-build; do \
		ln -sf klp $(DESTDIR)$(DATADIR)/bash-completion/completions/$$name || exit; done
	for page in $(man_pages); do \
		install -D -m 644 -t $(DESTDIR)$(MANDIR)/man$${page##*.} $$page || exit; done

# Packages: installed as root or through sudo, else named. A target that needs them
# runs make again, since pkg-config may not have been there before.
missing = $(shell dpkg-query -W -f '$${db:Status-Abbrev}$${Package}\n' $(1) 2>/dev/null | \
	sed -n 's/^ii //p' | sort -u | comm -13 - <(printf '%s\n' $(1) | sort -u))
define setup
	@missing='$(call missing,$(1))'; [ -z "$$missing" ] && exit 0; \
	echo "installing $$missing"; \
	as_root=; [ $$(id -u) = 0 ] || as_root='sudo -n'; \
	command="apt-get install -y --no-install-recommends $$missing"; \
	if ! $$as_root true 2>/dev/null; then \
		echo "packages are missing; as root: apt-get update && $$command"; exit 1; fi; \
	mkdir -p $(O); \
	selftests/progress 20 bash -c "{ $$as_root apt-get update && \
		DEBIAN_FRONTEND=noninteractive $$as_root $$command; } > $(O)/setup.log 2>&1" || \
		{ cat $(O)/setup.log; exit 1; }
endef

setup:
	$(call setup,$(build_packages) $(check_packages))

setup-demo:
	$(call setup,$(build_packages) $(demo_packages))

jobs := $(shell nproc)
newest = $(shell qemu-test/kernel newest $(1))

# In a file there is a line at least each half a minute.
progress := selftests/progress 20

demo: setup-demo
	@+$(progress) $(MAKE) --no-print-directory -j$(jobs) run-demo

run-demo: kernel = $(or $(firstword $(KERNELS)),$(call newest,6.1))
run-demo: all
	@+$(MAKE) --no-print-directory -s $(if $(QUICK),$(O)/upstream/$(kernel)/.complete $(O)/kmod/$(kernel)/.complete)
	@O=$(O) selftests/demo$(if $(QUICK),-quick) $(kernel)

check: setup
	@+$(progress) $(MAKE) --no-print-directory -j$(jobs) run-check \
		KERNELS="$(or $(KERNELS),$$(qemu-test/kernel newest 6.1) $$(qemu-test/kernel newest 6.12))"

subjects = $(guest_programs) \
	$(foreach kernel,$(KERNELS),$(O)/kmod/$(kernel)/.complete $(O)/upstream/$(kernel)/.complete \
	$(O)/built/$(kernel)/.complete)
run-check: all $(O)/bin/klp-test $(O)/bin/klp-fuzz-replay $(O)/fuzz/corpus/.complete \
		$(O)/bin/klp-fuzz-replay-fix $(O)/fuzz/fix-corpus/.complete \
		$(subjects)
	@O=$(O) selftests/check "$(KERNELS)" $(T)

check-long:
	$(call setup,$(build_packages) $(long_packages))
	@+$(MAKE) --no-print-directory -j$(jobs) run-check-long \
		KERNELS="$(or $(KERNELS),$$(qemu-test/kernel newest 6.1) $$(qemu-test/kernel newest 6.12))"

run-check-long: all $(O)/bin/klp-test $(O)/fuzz/patch_file $(O)/fuzz/corpus/.complete $(O)/fuzz/fix \
		$(O)/fuzz/fix-corpus/.complete $(O)/fuzz/object $(O)/fuzz/object-corpus/.complete $(subjects)
	@O=$(O) selftests/check-long "$(KERNELS)" $(T)

# What needs no patch of klp-build's.
SUITES ?= trixie trixie-backports
SERIES ?= 7
check-newer: setup
	@+APT_CONFIG=$$(qemu-test/suites $(SUITES)) && export APT_CONFIG && \
		$(MAKE) --no-print-directory -j$(jobs) run-check-newer \
		KERNELS="$(or $(KERNELS),$$(qemu-test/kernel newest $(SERIES)))"

run-check-newer: all $(guest_programs) \
		$(foreach kernel,$(KERNELS),$(O)/kmod/$(kernel)/.complete $(O)/upstream/$(kernel)/.complete)
	@rm -rf $(O)/check-newer && mkdir -p $(O)/check-newer
	@for kernel in $(KERNELS); do \
		O=$(O) selftests/run --kernel $$kernel --without-built $(T) | \
			tee $(O)/check-newer/guest-$$kernel.ktap; done
	@selftests/tally $(O)/check-newer/*.ktap

bench:
	$(call setup,$(build_packages) $(bench_packages))
	@+$(MAKE) --no-print-directory -j$(jobs) run-bench \
		KERNELS="$(or $(KERNELS),$$(qemu-test/kernel newest 6.1) $$(qemu-test/kernel newest 6.12))"

run-bench: all $(subjects)
	@for kernel in $(KERNELS); do \
		for part in bench bench-transition bench-build; do O=$(O) selftests/$$part $$kernel || exit; done; done
	@selftests/bench-plot $(O)/bench/transition-$(firstword $(KERNELS)).tsv $(O)/bench/transition.png

N ?= 150
SEED ?= 1
OUT ?= selftests/corpus/seed-$(SEED).tsv
corpus: setup
	@+$(MAKE) --no-print-directory -j$(jobs) run-corpus

run-corpus: all $(O)/bin/klp-oracle
	@O=$(O) selftests/corpus/run $(if $(KERNEL),--kernel $(KERNEL)) $(if $(filter no,$(LOAD)),--no-load) \
		$(if $(filter yes,$(ADAPTED)),--adapted) \
		$(N) $(SEED) $(OUT)

lint:
	@selftests/lint

clean:
	rm -rf $(O)

help:
	@sed -n '/^#   /s/^#   //p' Makefile

.PHONY: all bench run-bench corpus run-corpus check-newer run-check-newer check-long run-check-long setup setup-demo demo run-demo check run-check lint clean help install FORCE
-include $(shell find $(O) -name '*.d' 2>/dev/null)
