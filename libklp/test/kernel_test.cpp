// SPDX-License-Identifier: LGPL-2.1-or-later
#include "test_machine.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

using Place = Kernel::Place;
using Traceable = Kernel::Traceable;

TEST(kernel, release_and_version_are_read)
{
	Machine machine;
	Kernel kernel = machine.kernel();
	EXPECT_EQ(kernel.release(), "6.1.0-56-amd64");
	EXPECT_EQ(kernel.version(), 0x601u);
	machine.write("/proc/sys/kernel/osrelease", "6.12.117+deb12-amd64\n");
	EXPECT_EQ(machine.kernel().version(), 0x60cu);
}

TEST(kernel, without_proc_is_ENOENT)
{
	Root root;
	EXPECT_EQ(said(Kernel::running(root.path()), root.path()),
		  "ENOENT: cannot open '/proc/sys/kernel/osrelease': No such file or directory");
}

TEST(kernel, livepatch_support_is_told_by_sysfs)
{
	Machine machine;
	EXPECT_TRUE(machine.kernel().has_livepatch());
	machine.remove("/sys/kernel/livepatch");
	EXPECT_FALSE(machine.kernel().has_livepatch());
}

TEST(kernel, its_vermagic_is_in_its_memory)
{
	Machine machine;
	EXPECT_EQ(machine.kernel().vermagic().value(), vermagic);
}

TEST(kernel, its_vermagic_is_that_of_a_module_of_its_own)
{
	Machine machine;
	machine.remove("/proc/kcore");
	EXPECT_EQ(
		said(machine.kernel().vermagic(), machine.path()),
		"ENODATA: neither the kernel's memory nor a module of its own shows its vermagic: cannot open '/proc/kcore': No such file or directory");
	Patch module;
	module.modinfo = {"vermagic=6.1.0-56-amd64 SMP of a module"};
	machine.module_on_disk(release, "target", module.file());
	EXPECT_EQ(machine.kernel().vermagic().value(), "6.1.0-56-amd64 SMP of a module");
}

TEST(kernel, places_of_objects_are_told)
{
	Machine machine;
	machine.module_on_disk(release, "ext4", Patch().file());
	machine.append("/proc/modules", "loading 4096 1 - Loading 0x0 (E)\n");
	Kernel kernel = machine.kernel();
	EXPECT_EQ(kernel.place("vmlinux"), Place::kernel);
	EXPECT_EQ(kernel.place("target"), Place::loaded);
	EXPECT_EQ(kernel.place("ext4"), Place::on_disk);
	EXPECT_EQ(kernel.place("loading"), Place::absent);
	EXPECT_EQ(kernel.place("nonsense"), Place::absent);
}

TEST(kernel, module_files_are_found)
{
	Machine machine;
	machine.module_on_disk(release, "ext4", Patch().file());
	Kernel kernel = machine.kernel();
	EXPECT_EQ(kernel.module_path("ext4").value(),
		  machine.path() + "/lib/modules/6.1.0-56-amd64/ext4.ko");
	EXPECT_EQ(said(kernel.module_path("xfs"), machine.path()),
		  "ENOENT: no module 'xfs' in '/lib/modules/6.1.0-56-amd64'");
}

TEST(kernel, symbols_are_counted_where_the_livepatch_core_finds_them)
{
	Machine machine;
	machine.module_on_disk(release, "ext4", [] {
		ElfWriter elf = Patch().writer();
		elf.symbol("twin", 1, 0, STT_FUNC, STB_LOCAL);
		elf.symbol("twin", 1, 16, STT_FUNC, STB_LOCAL);
		elf.symbol("twin", 3, 0, STT_OBJECT, STB_LOCAL);
		return elf.file();
	}());
	Kernel kernel = machine.kernel();
	EXPECT_EQ(kernel.count_symbols("vmlinux", "f").value(), 1u);
	EXPECT_EQ(kernel.count_symbols("vmlinux", "twin").value(), 2u);
	EXPECT_EQ(kernel.count_symbols("vmlinux", "target_fn").value(), 0u);
	EXPECT_EQ(kernel.count_symbols("target", "target_fn").value(), 1u);
	EXPECT_EQ(kernel.count_symbols("ext4", "twin").value(), 3u);
	EXPECT_EQ(said(kernel.count_symbols("xfs", "f"), machine.path()),
		  "ENOENT: no module 'xfs' in '/lib/modules/6.1.0-56-amd64'");
}

TEST(kernel, without_addresses_a_name_is_traceable_when_all_of_its_functions_are)
{
	Machine machine;
	machine.symbol(
		"ffffffff81004000 t mixed\nffffffff81005000 t mixed\nffffffff81006000 t notrace");
	machine.append("/sys/kernel/tracing/available_filter_functions", "mixed\n");
	Kernel kernel = machine.kernel();
	EXPECT_EQ(kernel.traceable("vmlinux", "f", 0).value(), Traceable::yes);
	EXPECT_EQ(kernel.traceable("vmlinux", "twin", 2).value(), Traceable::yes);
	EXPECT_EQ(kernel.traceable("vmlinux", "mixed", 1).value(), Traceable::unclear);
	EXPECT_EQ(kernel.traceable("vmlinux", "notrace", 0).value(), Traceable::no);
	EXPECT_EQ(kernel.traceable("target", "target_fn", 1).value(), Traceable::yes);
	EXPECT_EQ(kernel.traceable("vmlinux", "target_fn", 0).value(), Traceable::no);
}

TEST(kernel, with_addresses_each_function_is_judged_by_its_own)
{
	Machine machine;
	machine.write(
		"/sys/kernel/tracing/available_filter_functions_addrs",
		"ffffffff81001000 f\nffffffff81003004 twin\nffffffffc0001005 target_fn [target]\n");
	Kernel kernel = machine.kernel();
	EXPECT_EQ(kernel.traceable("vmlinux", "f", 0).value(), Traceable::yes);
	EXPECT_EQ(kernel.traceable("vmlinux", "twin", 1).value(), Traceable::no);
	EXPECT_EQ(kernel.traceable("vmlinux", "twin", 2).value(), Traceable::yes); // behind ENDBR
	EXPECT_EQ(kernel.traceable("vmlinux", "twin", 3).value(), Traceable::no);
	EXPECT_EQ(kernel.traceable("target", "target_fn", 1).value(), Traceable::no);
}

TEST(kernel, a_function_is_traceable_under_any_of_its_names)
{
	Machine machine;
	machine.symbol("ffffffff81009000 T __x64_sys_getpid\nffffffff81009000 T __ia32_sys_getpid\n"
		       "ffffffff8100a000 T __x64_sys_getppid");
	machine.append("/sys/kernel/tracing/available_filter_functions", "__ia32_sys_getpid\n");
	Kernel kernel = machine.kernel();
	EXPECT_EQ(kernel.aliases("vmlinux", "__x64_sys_getpid", 0),
		  (std::vector<std::string>{"__x64_sys_getpid", "__ia32_sys_getpid"}));
	EXPECT_EQ(kernel.aliases("vmlinux", "gone", 0), std::vector<std::string>{"gone"});
	EXPECT_EQ(kernel.traceable("vmlinux", "__x64_sys_getpid", 0).value(), Traceable::yes);
	EXPECT_EQ(kernel.traceable("vmlinux", "__x64_sys_getppid", 0).value(), Traceable::no);
}

TEST(kernel, a_module_on_disk_is_judged_by_its_own_table)
{
	Machine machine;
	machine.module_on_disk(release, "ext4", [] {
		ElfWriter elf = Patch().writer();
		elf.data(1).resize(64);
		elf.symbol("ext4_f", 1, 16, STT_FUNC, STB_LOCAL);
		elf.symbol("ext4_g", 1, 32, STT_FUNC, STB_LOCAL);
		uint32_t sites = elf.add({.name = "__mcount_loc", .data = std::string(8, '\0')});
		elf.relocate(sites, 0, elf.symbol_of(1), 16);
		return elf.file();
	}());
	Kernel kernel = machine.kernel();
	EXPECT_EQ(kernel.traceable("ext4", "ext4_f", 0).value(), Traceable::yes);
	EXPECT_EQ(kernel.traceable("ext4", "ext4_g", 0).value(), Traceable::no);
	EXPECT_EQ(kernel.traceable("ext4", "ext4_f", 2).value(), Traceable::no);
}

TEST(kernel, what_cannot_be_read_is_an_error_and_no_empty_answer)
{
	Machine machine;
	machine.remove("/proc/kallsyms");
	Kernel kernel = machine.kernel();
	const char *kallsyms = "ENOENT: cannot open '/proc/kallsyms': No such file or directory";
	EXPECT_EQ(said(kernel.count_symbols("vmlinux", "f"), machine.path()), kallsyms);
	EXPECT_EQ(said(kernel.exports("printk"), machine.path()), kallsyms);
	EXPECT_EQ(said(kernel.export_crc("printk"), machine.path()), kallsyms);
	EXPECT_EQ(said(kernel.traceable("vmlinux", "f", 0), machine.path()), kallsyms);

	Machine untraced;
	untraced.remove("/sys/kernel/tracing");
	EXPECT_EQ(
		said(untraced.kernel().traceable("vmlinux", "f", 0), untraced.path()),
		"ENOENT: cannot open '/sys/kernel/debug/tracing/available_filter_functions': No such file or directory");
}

TEST(kernel, build_ids_are_those_of_memory_or_of_the_file)
{
	Machine machine;
	Patch module;
	module.build_id = "\x0e";
	machine.module_on_disk(release, "ext4", module.file());
	Kernel kernel = machine.kernel();
	EXPECT_EQ(kernel.build_id("vmlinux").value(), "0a0b");
	EXPECT_EQ(kernel.build_id("target").value(), "0c0d");
	EXPECT_EQ(kernel.build_id("ext4").value(), "0e");
}

TEST(kernel, switches_are_read)
{
	Machine machine;
	Kernel kernel = machine.kernel();
	EXPECT_TRUE(kernel.ftrace_enabled().value());
	EXPECT_FALSE(kernel.signature_enforced().value());
	EXPECT_FALSE(kernel.module_loading_disabled().value());
	EXPECT_EQ(kernel.lockdown().value(), "none");
	machine.write("/proc/sys/kernel/ftrace_enabled", "0\n");
	machine.write("/sys/module/module/parameters/sig_enforce", "Y\n");
	machine.write("/proc/sys/kernel/modules_disabled", "1\n");
	machine.write("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	EXPECT_FALSE(kernel.ftrace_enabled().value());
	EXPECT_TRUE(kernel.signature_enforced().value());
	EXPECT_TRUE(kernel.module_loading_disabled().value());
	EXPECT_EQ(kernel.lockdown().value(), "integrity");
	machine.write("/sys/kernel/security/lockdown", "]none[\n");
	EXPECT_EQ(said(kernel.lockdown()),
		  "EBADMSG: /sys/kernel/security/lockdown: cannot read ']none['");
}

TEST(kernel, modules_are_listed)
{
	Machine machine;
	machine.write("/proc/modules", "fix 16384 1 - Live 0xffffffffc0002000 (OEK)\n"
				       "going 4096 0 - Unloading 0x0 (K)\n"
				       "ext4 1 2 a,b, Live 0x0\n");
	Result<std::vector<LoadedModule>> modules = machine.kernel().modules();
	ASSERT_EQ(modules->size(), 3u);
	EXPECT_EQ(modules->at(0).name, "fix");
	EXPECT_TRUE(modules->at(0).is_livepatch);
	EXPECT_EQ(modules->at(0).references, 1u);
	EXPECT_FALSE(modules->at(1).live);
	EXPECT_TRUE(modules->at(2).live);
	EXPECT_FALSE(modules->at(2).is_livepatch);
	machine.write("/proc/modules", "fix\n");
	EXPECT_EQ(said(machine.kernel().modules()), "EBADMSG: /proc/modules: cannot read 'fix'");
}
