# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The targets that test klp: the packages that they need, the test programs, and demo, check,
# check-long, check-newer, bench and corpus. The Makefile includes this file.

# klp is compiled with Boost 1.81 or a later one: one that is installed, or else the oldest that serves,
# which is the release's default if that serves. madison knows what can be fetched.
boost = $(shell { dpkg-query -W -f '$${db:Status-Abbrev} $${Package}\n' 'libboost1.*-dev' 2>/dev/null | \
		awk '$$1 == "ii" { print $$2 }' | grep -x 'libboost1[.][0-9]*-dev' | sort -uV; \
	apt-cache madison $$(apt-cache pkgnames libboost1 | grep -x 'libboost1[.][0-9]*-dev') 2>/dev/null | \
		awk '{ print $$1 }' | sort -uV; } | awk -F'[.-]' '$$2 >= 81 && !n++')
build_packages = g++ make pkg-config libkmod-dev libbpf-dev libelf-dev libssl-dev \
	liblzma-dev libzstd-dev zlib1g-dev liblz4-dev liblzo2-dev libbz2-dev libcli11-dev \
	nlohmann-json3-dev libzydis-dev libdw-dev libcurl4-openssl-dev libsqlite3-dev $(or $(boost),libboost-dev) \
	libsystemd-dev \
	clang-19 bpftool
# klp-build runs Kbuild's tools and the compiler of Debian's kernels, which is the release's own.
patch_packages := gcc libc6-dev make flex bison bc dwarves python3 libelf-dev libssl-dev xz-utils patch \
	diffutils util-linux bubblewrap
# Packages that boot a kernel, and show a patch in it.
# Debian's, unless the machine has a node of its own, which Debian's npm conflicts with.
node_packages = $(if $(shell command -v npm),,nodejs npm)
demo_packages := $(patch_packages) qemu-system-x86 busybox-static dash cpio kmod bsdutils gcc \
	e2fsprogs zstd
service_demo_packages := jq python3-minimal
check_packages = $(demo_packages) libgtest-dev jq openssl python3-jsonschema shellcheck mandoc procps time \
	clang-format-19 bzip2 lz4 lzop xz-utils faketime $(node_packages)
bench_packages = $(check_packages) gnuplot-nox
# check-release needs root_packages on the machine itself, release_packages in the root.
root_packages := apt bubblewrap debian-archive-keyring make util-linux
release_packages = $(build_packages) $(demo_packages) libgtest-dev jq openssl mandoc procps ccache
# selftests/specimens compiles the kernel's objtool with 'objtool klp', and runs scripts of its klp-build.
specimens_packages := apt binutils debian-archive-keyring gawk libelf-dev libxxhash-dev patch patchutils
long_packages = $(check_packages) libclang-rt-19-dev $(specimens_packages)

test_sources := $(wildcard libklp/test/*_test.cpp builder/*_test.cpp cli/*_test.cpp)

# Assertions are many and run once: optimized, they take five times as long to build.
$(call obj,$(test_sources)): CXXFLAGS += -O0
$(O)/bin/klp-test: $(call obj,$(test_sources)) $(O)/lib/libklp-cli.a $(O)/lib/libklp-builder.a $(O)/lib/libklp.a | $(libexec)
	$(call say,LD)
	$(Q)$(CXX) $(ldflags) $(LDFLAGS) -o $@ $^ $(ldlibs) $(builder_ldlibs) -lgtest_main -lgtest

# A program of its own: it needs none of what klp-build links.
tuf_test_sources := $(wildcard service/tuf/test/*_test.cpp)
$(call obj,$(tuf_test_sources)): CXXFLAGS += -O0
$(O)/bin/klp-tuf-test: $(call obj,$(tuf_test_sources)) $(O)/lib/libklp-tuf.a $(O)/lib/libklp.a
	$(call say,LD)
	$(Q)$(CXX) $(ldflags) $(LDFLAGS) -o $@ $^ $(tuf_ldlibs) -lgtest_main -lgtest

# The tests of the rest of the service hold documents against schema/, from this folder.
service_test_sources := $(wildcard $(addsuffix /test/*_test.cpp,$(addprefix service/,protocol store hub admin agent)))
$(call obj,$(service_test_sources)): CXXFLAGS += -O0
$(O)/bin/klp-service-test: $(call obj,$(service_test_sources)) $(O)/lib/libklp-hub.a $(O)/lib/libklp-admin.a \
		$(O)/lib/libklp-agent.a $(O)/lib/libklp-service.a $(O)/lib/libklp-tuf.a $(O)/lib/libklp-cli.a $(O)/lib/libklp.a
	$(call say,LD)
	$(Q)$(CXX) $(ldflags) $(LDFLAGS) -o $@ $^ $(ldlibs) $(service_ldlibs) $(agent_ldlibs) -lgtest_main -lgtest

$(O)/bin/klp-tuf-publish: $(O)/selftests/tuf/publish.o $(O)/lib/libklp-tuf.a $(O)/lib/libklp-cli.a $(O)/lib/libklp.a
	$(call say,LD)
	$(Q)$(CXX) $(ldflags) $(LDFLAGS) -o $@ $^ $(tuf_ldlibs)

$(O)/bin/klp-hub-token: $(O)/selftests/hub/token.o $(O)/lib/libklp-hub.a $(O)/lib/libklp-service.a $(O)/lib/libklp-tuf.a \
		$(O)/lib/libklp-cli.a $(O)/lib/libklp.a
	$(call say,LD)
	$(Q)$(CXX) $(ldflags) $(LDFLAGS) -o $@ $^ $(service_ldlibs)

# What make bench fills a hub's database with, and what asks the hub.
$(O)/bin/klp-hub-machines: $(O)/selftests/hub/machines.o $(O)/lib/libklp-hub.a $(O)/lib/libklp-service.a \
		$(O)/lib/libklp-tuf.a $(O)/lib/libklp-cli.a $(O)/lib/libklp.a
	$(call say,LD)
	$(Q)$(CXX) $(ldflags) $(LDFLAGS) -o $@ $^ $(service_ldlibs)

$(O)/bin/klp-hub-load: $(O)/selftests/hub/load.o $(O)/lib/libklp-cli.a $(O)/lib/libklp.a
	$(call say,LD)
	$(Q)$(CXX) $(ldflags) $(LDFLAGS) -o $@ $^ $(service_ldlibs)

$(O)/bin/klp-agent-publish: $(O)/selftests/agent/publish.o $(O)/lib/libklp-service.a $(O)/lib/libklp-tuf.a $(O)/lib/libklp-cli.a $(O)/lib/libklp.a
	$(call say,LD)
	$(Q)$(CXX) $(ldflags) $(LDFLAGS) -o $@ $^ $(tuf_ldlibs)

$(O)/bin/klp-hub-module: $(O)/selftests/hub/module.o $(O)/lib/libklp.a
	$(call say,LD)
	$(Q)$(CXX) $(ldflags) $(LDFLAGS) -o $@ $^ $(ldlibs)

$(O)/bin/klp-evil-hub: $(O)/selftests/attacks/evil_hub.o $(O)/lib/libklp-hub.a $(O)/lib/libklp-service.a $(O)/lib/libklp-tuf.a \
		$(O)/lib/libklp-cli.a $(O)/lib/libklp.a
	$(call say,LD)
	$(Q)$(CXX) $(ldflags) $(LDFLAGS) -o $@ $^ $(service_ldlibs)

agent_check_programs := $(O)/bin/klp-agent-publish $(O)/bin/klp-evil-hub
hub_check_programs := $(O)/bin/klp-service-test $(O)/bin/klp-hub-token $(O)/bin/klp-hub-module
tuf_check_programs := $(O)/bin/klp-tuf-test $(O)/bin/klp-tuf-publish $(O)/selftests/tuf/die-at.so
$(O)/selftests/tuf/die-at.so: selftests/tuf/die-at.c
	$(call say,CC)
	$(Q)$(CC) -std=gnu11 -O2 -Wall -Wextra -Werror -shared -fPIC -o $@ $<

# The fuzz target as clang's libFuzzer drives it, and the same replaying a corpus,
# which needs no clang. Each has its own objects: both are sanitized, whatever SAN is.
fuzz_sources := libklp/fuzz/patch_file.cpp $(wildcard libklp/module/*.cpp) \
	$(addprefix libklp/,error.cpp file.cpp masked.cpp utf8.cpp)
fuzz_cxxflags := $(filter-out -Wno-maybe-uninitialized $(sanitizers),$(cxxflags)) \
	-fno-sanitize-recover=all -O1 -g1 -fno-omit-frame-pointer
fuzz_ldlibs = $(shell pkg-config --libs liblzma libzstd zlib libcrypto)

$(O)/fuzz/clang/%.o: %.cpp
	$(call say,FUZZ)
	$(Q)clang++-19 $(fuzz_cxxflags) -Wno-deprecated-declarations -fsanitize=fuzzer-no-link,address,undefined -c -o $@ $<

$(O)/fuzz/patch_file: $(fuzz_sources:%.cpp=$(O)/fuzz/clang/%.o)
	$(call say,LD)
	$(Q)clang++-19 -fsanitize=fuzzer,address,undefined -o $@ $^ $(fuzz_ldlibs)

$(O)/fuzz/replay/%.o: %.cpp
	$(call say,CXX)
	$(Q)$(CXX) $(fuzz_cxxflags) -O0 -Wno-maybe-uninitialized -fsanitize=address,undefined -c -o $@ $<

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

# The same for the image of a kernel, and for its profile.
image_fuzz_sources := libklp/fuzz/kernel_image.cpp $(wildcard libklp/image/*.cpp) \
	$(addprefix libklp/,module/compression.cpp module/elf.cpp module/elf_headers.cpp error.cpp file.cpp masked.cpp \
	utf8.cpp) libklp/module/module_file.cpp libklp/module/signature.cpp libklp/module/module_name.cpp libklp/module/digest.cpp
image_fuzz_ldlibs = $(shell pkg-config --libs liblzma libzstd zlib liblz4 lzo2 libcrypto) -lbz2

$(O)/fuzz/kernel_image: $(image_fuzz_sources:%.cpp=$(O)/fuzz/clang/%.o)
	$(call say,LD)
	$(Q)clang++-19 -fsanitize=fuzzer,address,undefined -o $@ $^ $(image_fuzz_ldlibs)

$(O)/fuzz/image-corpus/.complete: $(O)/fuzz/write-image-corpus
	$(call say,CORPUS)
	$(Q)rm -rf $(@D) && mkdir $(@D) && $< $(@D) && touch $@

$(O)/fuzz/write-image-corpus: $(O)/libklp/fuzz/image_corpus.o
	$(call say,LD)
	$(Q)$(CXX) $(ldflags) $(LDFLAGS) -o $@ $^

profile_fuzz_sources := libklp/fuzz/profile.cpp $(addprefix libklp/,disk/kernel_profile.cpp disk/profile_text.cpp \
	module/compression.cpp error.cpp file.cpp masked.cpp utf8.cpp)

$(O)/fuzz/profile: $(profile_fuzz_sources:%.cpp=$(O)/fuzz/clang/%.o)
	$(call say,LD)
	$(Q)clang++-19 -fsanitize=fuzzer,address,undefined -o $@ $^ $(fuzz_ldlibs)

profile_seed := release 6.1\nvermagic 6.1 SMP\nlivepatch yes\nlayout -\nblock @\nobject vmlinux 0 0 16\nobject ext4 0 16 21\n
$(O)/fuzz/profile-corpus/.complete: selftests/targets.mk
	$(call say,CORPUS)
	$(Q)rm -rf $(@D) && mkdir -p $(@D) && \
		printf '$(profile_seed)\0-\nf t\ng ..\n\nf -\n0a\nf t\n\nf 0x12345678\n' >$(@D)/valid && touch $@

# The same for klp-build's reader of patches.
fix_fuzz_sources := builder/fuzz/fix.cpp $(addprefix builder/,diff.cpp diff_path.cpp diff_words.cpp fix.cpp \
	hunk_places.cpp line_numbers.cpp) $(addprefix libklp/,module/digest.cpp error.cpp file.cpp masked.cpp utf8.cpp)

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

# The same for its reader of objects, which a compiler gives it.
object_fuzz_sources := builder/fuzz/object.cpp $(addprefix builder/,correlation.cpp difference.cpp \
	control_flow.cpp instructions.cpp patchability.cpp object.cpp object_reader.cpp refusal.cpp sections.cpp \
	thread_loops.cpp type_ids.cpp) $(addprefix libklp/,module/elf.cpp module/elf_headers.cpp error.cpp file.cpp masked.cpp utf8.cpp)
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

# The same for metadata of a repository.
tuf_fuzz_sources := service/tuf/fuzz/metadata.cpp $(addprefix service/tuf/,delegations.cpp expiry.cpp fault.cpp \
	fields.cpp file_facts.cpp json.cpp keys.cpp metadata.cpp paths.cpp pem.cpp role_names.cpp signed_file.cpp \
	signing_key.cpp trusted_set.cpp) $(addprefix libklp/,module/digest.cpp error.cpp file.cpp masked.cpp utf8.cpp)

$(O)/fuzz/tuf: $(tuf_fuzz_sources:%.cpp=$(O)/fuzz/clang/%.o)
	$(call say,LD)
	$(Q)clang++-19 -fsanitize=fuzzer,address,undefined -o $@ $^ $(fuzz_ldlibs)

$(O)/bin/klp-fuzz-replay-tuf: $(patsubst %.cpp,$(O)/fuzz/replay/%.o,$(tuf_fuzz_sources) libklp/fuzz/replay.cpp) \
		| $(O)/fuzz/tuf-corpus/.complete
	$(call say,LD)
	$(Q)$(CXX) -fsanitize=address,undefined -o $@ $(filter %.o,$^) $(fuzz_ldlibs)

$(O)/fuzz/write-tuf-corpus: $(O)/service/tuf/fuzz/corpus.o
	$(call say,LD)
	$(Q)$(CXX) $(ldflags) $(LDFLAGS) -o $@ $^

$(O)/fuzz/tuf-corpus/.complete: $(O)/fuzz/write-tuf-corpus
	$(call say,CORPUS)
	$(Q)rm -rf $(@D) && mkdir $(@D) && $< $(@D) && touch $@

# The same for the documents of the delivery service.
protocol_fuzz_units := $(wildcard service/protocol/*.cpp) $(addprefix service/tuf/,expiry.cpp fault.cpp fields.cpp json.cpp keys.cpp) \
	$(addprefix libklp/,module/digest.cpp error.cpp file.cpp masked.cpp utf8.cpp)
protocol_fuzz_sources := service/protocol/fuzz/documents.cpp $(protocol_fuzz_units)

$(O)/fuzz/protocol: $(protocol_fuzz_sources:%.cpp=$(O)/fuzz/clang/%.o)
	$(call say,LD)
	$(Q)clang++-19 -fsanitize=fuzzer,address,undefined -o $@ $^ $(fuzz_ldlibs)

$(O)/bin/klp-fuzz-replay-protocol: $(patsubst %.cpp,$(O)/fuzz/replay/%.o,$(protocol_fuzz_sources) libklp/fuzz/replay.cpp) \
		| $(O)/fuzz/protocol-corpus/.complete
	$(call say,LD)
	$(Q)$(CXX) -fsanitize=address,undefined -o $@ $(filter %.o,$^) $(fuzz_ldlibs)

$(O)/fuzz/write-protocol-corpus: $(O)/service/protocol/fuzz/corpus.o $(O)/lib/libklp-service.a $(O)/lib/libklp-tuf.a $(O)/lib/libklp.a
	$(call say,LD)
	$(Q)$(CXX) $(ldflags) $(LDFLAGS) -o $@ $^ $(service_ldlibs)

$(O)/fuzz/protocol-corpus/.complete: $(O)/fuzz/write-protocol-corpus
	$(call say,CORPUS)
	$(Q)rm -rf $(@D) && mkdir $(@D) && $< $(@D) && touch $@

# make -n, too, runs a line that has $(MAKE) in it, but then nothing is there for the line.
unless_dry = $(if $(findstring n,$(firstword -$(MAKEFLAGS))),exit 0;)

# Kbuild writes beside its sources, so each kernel gets links to them.
$(O)/kmod/%/.complete: $(wildcard kmod/* kmod/patch/* kmod/patch/compat/* kmod/runtime/* kmod/test/* kmod/uapi/*) selftests/variants
	$(call say,KBUILD)
	$(Q)rm -rf $(@D) && cp -rs $(abspath kmod) $(@D)
	$(Q)$(unless_dry) kdir=$$(qemu-test/kernel headers $*) && \
		qemu-test/with-toolchain $* $(MAKE) -C $(@D) O= KDIR=$$kdir modules > $(@D)/log 2>&1 || \
		{ cat $(@D)/log; exit 1; }
	$(Q)selftests/variants $(@D)/test $* && touch $@

# Programs that run in the guest: they attach to functions, ask klp_runtime.ko, and measure.
runtime_programs := $(addprefix $(O)/selftests/runtime/,client stress)
measure_programs := $(addprefix $(O)/selftests/measure/,crowd timed)
# Debug information is most of a program, and a guest's memory is small.
$(O)/guest/%: $(O)/bin/%
	$(call say,STRIP)
	$(Q)strip -o $@ $<
service_guest_programs := $(addprefix $(O)/guest/,klpd klp-hub klp-admin)

scenario_programs := $(O)/selftests/attach $(runtime_programs) $(measure_programs)
guest_programs := $(service_guest_programs) $(scenario_programs) $(O)/selftests/measure/looking
scenario-programs: $(scenario_programs)

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

$(O)/built/%/.complete: $(O)/bin/klp-build $(wildcard selftests/build/*) $(builder_files) builder/tree
	$(call say,BUILD)
	$(Q)O=$(O) selftests/build/fixes $* $(@D) > $(O)/built/$*.log 2>&1 || { cat $(O)/built/$*.log; exit 1; }
	$(Q)touch $@

# Packages: installed as root or through sudo, else named. A target that needs them
# runs make again, since pkg-config may not have been there before.
missing = $(shell dpkg-query -W -f '$${db:Status-Abbrev}$${Package}\n' $(1) 2>/dev/null | \
	sed -n 's/^ii //p' | sort -u | comm -13 - <(printf '%s\n' $(1) | sort -u))
# Without apt's lists nobody knows what the packages are called here. APT_CONFIG may name those of
# another release.
lists:
	@[ -z "$$APT_CONFIG" ] || { echo "APT_CONFIG is set; unset it: packages come from the machine's own lists"; exit 1; }
	@[ -n "$(boost)" ] || [ -n "$$(apt-cache madison make)" ] || { as_root=; [ $$(id -u) = 0 ] || as_root='sudo -n'; \
		$$as_root apt-get -qq update; } || \
		{ echo "apt lists no package; as root: apt-get update"; exit 1; }

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

setup: lists
	$(call setup,$(build_packages) $(check_packages))

setup-demo: lists
	$(call setup,$(build_packages) $(demo_packages))

setup-demo-service: lists
	$(call setup,$(build_packages) $(demo_packages) $(service_demo_packages))

jobs := $(shell nproc)
newest = $(shell qemu-test/kernel newest $(1))

# In a file there is a line at least every half minute.
progress := selftests/progress 20

demo: setup-demo
	@+$(progress) $(MAKE) --no-print-directory -j$(jobs) run-demo

# Debian 13 has no 6.1.
run-demo: kernel = $(firstword $(or $(KERNELS),$(call newest,6.1 6.12)))
run-demo: all
	@+$(MAKE) --no-print-directory -s $(if $(QUICK),$(O)/upstream/$(kernel)/.complete $(O)/kmod/$(kernel)/.complete)
	@O=$(O) selftests/demo$(if $(QUICK),-quick) $(kernel)

demo-service: setup-demo-service
	@+$(progress) $(MAKE) --no-print-directory -j$(jobs) run-demo-service

run-demo-service: all $(O)/bin/klp-evil-hub $(O)/guest/klpd
	@O=$(O) selftests/demo-service

check: setup
	@+$(progress) $(MAKE) --no-print-directory -j$(jobs) run-check \
		KERNELS="$(or $(KERNELS),$$(qemu-test/kernel newest 6.1 6.12))"

subjects = $(guest_programs) \
	$(foreach kernel,$(KERNELS),$(O)/kmod/$(kernel)/.complete $(O)/upstream/$(kernel)/.complete \
	$(O)/built/$(kernel)/.complete)
run-check: all $(O)/bin/klp-test $(O)/bin/klp-fuzz-replay $(O)/fuzz/corpus/.complete \
		$(O)/bin/klp-fuzz-replay-fix $(O)/fuzz/fix-corpus/.complete \
		$(O)/bin/klp-fuzz-replay-tuf $(O)/fuzz/tuf-corpus/.complete $(tuf_check_programs) \
		$(hub_check_programs) $(agent_check_programs) $(O)/bin/klp-fuzz-replay-protocol $(O)/fuzz/protocol-corpus/.complete \
		$(subjects)
	@O=$(O) selftests/check "$(KERNELS)" $(T)

check-long: lists
	$(call setup,$(build_packages) $(long_packages))
	@+$(MAKE) --no-print-directory -j$(jobs) run-check-long \
		KERNELS="$(or $(KERNELS),$$(qemu-test/kernel newest 6.1 6.12))"

run-check-long: all $(O)/bin/klp-test $(O)/fuzz/patch_file $(O)/fuzz/corpus/.complete $(O)/fuzz/fix \
		$(O)/fuzz/fix-corpus/.complete $(O)/fuzz/object $(O)/fuzz/object-corpus/.complete \
		$(O)/fuzz/kernel_image $(O)/fuzz/image-corpus/.complete $(O)/fuzz/profile $(O)/fuzz/profile-corpus/.complete \
		$(O)/fuzz/tuf $(O)/fuzz/tuf-corpus/.complete $(O)/fuzz/protocol $(O)/fuzz/protocol-corpus/.complete \
		$(agent_check_programs) $(subjects)
	@O=$(O) selftests/check-long "$(KERNELS)" $(T)

# Tests that need no patch of klp-build's.
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

# The same on another release of Debian, in a root of its own.
RELEASE ?= trixie
check-release: lists
	$(call setup,$(root_packages))
	@$(progress) selftests/release $(RELEASE)

list-packages:
	@echo $(sort $(build_packages) $(long_packages) $(bench_packages) $(service_demo_packages) $(root_packages) nodejs npm)

list-release-packages:
	@echo $(sort $(release_packages))

bench: lists
	$(call setup,$(build_packages) $(bench_packages))
	@+$(MAKE) --no-print-directory -j$(jobs) run-bench \
		KERNELS="$(or $(KERNELS),$$(qemu-test/kernel newest 6.1 6.12))"

run-bench: all $(subjects) $(O)/bin/klp-hub-token $(O)/bin/klp-hub-machines $(O)/bin/klp-hub-load $(agent_check_programs)
	@for kernel in $(KERNELS); do \
		for part in bench bench-transition bench-build; do O=$(O) selftests/$$part $$kernel || exit; done; done
	@O=$(O) selftests/bench-service
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

.PHONY: lists setup setup-demo setup-demo-service demo run-demo demo-service run-demo-service check run-check check-long run-check-long check-newer run-check-newer \
	check-release list-packages list-release-packages scenario-programs \
	bench run-bench corpus run-corpus
