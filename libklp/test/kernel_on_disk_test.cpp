// SPDX-License-Identifier: LGPL-2.1-or-later
#include "test_disk.hpp"

#include <gtest/gtest.h>
#include <klp/load.hpp>
#include <klp/report.hpp>

using namespace klp;
using namespace klp::test;
using Place = Kernel::Place;
using Traceable = Kernel::Traceable;

TEST(kernel_on_disk, it_is_found_by_its_folder_or_its_image)
{
	Disk disk;
	Kernel kernel = disk.kernel();
	EXPECT_FALSE(kernel.is_running());
	EXPECT_EQ(kernel.release(), release);
	EXPECT_EQ(Kernel::on_disk(disk.path() + "/vmlinuz")->release(), release);
	disk.remove("/vmlinuz");
	disk.write("/boot/vmlinuz-" + std::string(release), disk.writer.file());
	EXPECT_EQ(Kernel::on_disk(disk.path())->release(), release);
	EXPECT_EQ(Kernel::on_disk(disk.path() + "/boot/vmlinuz-" + release)->release(), release);
	disk.write("/boot/vmlinuz-7", "");
	EXPECT_EQ(said(Kernel::on_disk(disk.path()), disk.path()),
		  "EINVAL: the folder '' has 2 kernels; name one of them, as "
		  "'/boot/vmlinuz-6.1.0-56-amd64'");
}

TEST(kernel_on_disk, a_part_that_is_missing_is_named)
{
	Disk disk;
	std::string modules = "/lib/modules/" + std::string(release);
	EXPECT_EQ(
		said(Kernel::on_disk("9.9-none")),
		"ENOENT: there is no kernel '9.9-none': '/boot/vmlinuz-9.9-none' does not exist; "
		"name an installed release, a folder that has vmlinuz and lib/modules, a vmlinuz, "
		"or a profile");
	EXPECT_EQ(said(Kernel::on_disk(disk.path() + "/none"), disk.path()),
		  "ENOENT: there is no folder and no kernel '/none'");
	disk.remove(modules + "/modules.dep.bin");
	EXPECT_EQ(said(Kernel::on_disk(disk.path()), disk.path()),
		  "ENOENT: '" + modules + "/modules.dep.bin' does not exist; run 'depmod -b  " +
			  release + "'");
	disk.remove(modules);
	EXPECT_EQ(
		said(Kernel::on_disk(disk.path()), disk.path()),
		"ENOENT: '/vmlinuz' is the kernel 6.1.0-56-amd64, and '" + modules +
			"' does not exist; name a folder that has its vmlinuz and its lib/modules");
	disk.remove("/vmlinuz");
	EXPECT_EQ(said(Kernel::on_disk(disk.path()), disk.path()),
		  "ENOENT: the folder '' has neither a vmlinuz nor a boot/vmlinuz-*");
}

TEST(kernel_on_disk, its_image_and_modules_tell_the_facts)
{
	Disk disk;
	Kernel kernel = disk.kernel();
	EXPECT_EQ(kernel.vermagic().value(), vermagic);
	EXPECT_TRUE(kernel.has_livepatch());
	EXPECT_EQ(kernel.place("vmlinux"), Place::kernel);
	EXPECT_EQ(kernel.place("ext4"), Place::on_disk);
	EXPECT_EQ(kernel.place("xfs"), Place::absent);
	EXPECT_EQ(kernel.count_symbols("vmlinux", "twin").value(), 2u);
	EXPECT_EQ(kernel.count_symbols("vmlinux", "nonsense").value(), 0u);
	EXPECT_EQ(kernel.build_id("vmlinux").value(), "1234abcd");
}

TEST(kernel_on_disk, ftrace_has_the_sites_that_stay_after_boot)
{
	Disk disk;
	Kernel kernel = disk.kernel();
	EXPECT_EQ(kernel.traceable("vmlinux", "fn_0", 0).value(), Traceable::yes);
	EXPECT_EQ(kernel.traceable("vmlinux", "fn_1", 0).value(), Traceable::yes);
	EXPECT_EQ(kernel.traceable("vmlinux", "fn_2", 0).value(), Traceable::no);
	EXPECT_EQ(kernel.traceable("vmlinux", "twin", 1).value(), Traceable::no);
	EXPECT_EQ(kernel.traceable("vmlinux", "twin", 2).value(), Traceable::yes);
	EXPECT_EQ(kernel.traceable("vmlinux", "set_up", 0).value(), Traceable::no);
}

TEST(kernel_on_disk, exports_are_those_of_the_image_and_of_the_modules_that_are_named)
{
	Disk disk;
	Kernel kernel = disk.kernel();
	const std::vector<std::string> modules = {"xfs", "ext4"};
	EXPECT_TRUE(kernel.exports("fn_1").value());
	EXPECT_EQ(kernel.export_crc("fn_1").value(), 0x11111111u);
	EXPECT_FALSE(kernel.exports("ext4_fn").value());
	EXPECT_TRUE(kernel.exports("ext4_fn", modules).value());
	EXPECT_EQ(kernel.export_crc("ext4_fn", modules).value(), 0x02020202u);
	EXPECT_EQ(kernel.export_terms("ext4_fn", modules).value(), (ExportTerms{true, "EXT4"}));
	EXPECT_FALSE(kernel.export_terms("ext4_fn"));
	EXPECT_FALSE(kernel.exports("twin", modules).value());
}

TEST(kernel_on_disk, what_only_a_running_kernel_knows_is_an_error)
{
	Disk disk;
	Kernel kernel = disk.kernel();
	const std::string only_running =
		"EOPNOTSUPP: only a running kernel tells this; 6.1.0-56-amd64 "
		"was read from its files";
	EXPECT_EQ(said(kernel.modules()), only_running);
	EXPECT_EQ(said(kernel.livepatches()), only_running);
	EXPECT_EQ(said(kernel.traced_functions()), only_running);
	EXPECT_EQ(said(kernel.lockdown()), only_running);
	EXPECT_EQ(said(kernel.signature_enforced()), only_running);
	EXPECT_EQ(said(kernel.module_loading_disabled()), only_running);
}

TEST(kernel_on_disk, it_takes_no_livepatch)
{
	Disk disk;
	Kernel kernel = disk.kernel();
	const std::string refusal =
		"the kernel 6.1.0-56-amd64 is one on disk; only the running kernel "
		"loads and unloads livepatches";
	EXPECT_EQ(load(Patch().parse().value(), kernel, {}).message, refusal);
	EXPECT_EQ(unload("fix", kernel, {}).message, refusal);
}

TEST(kernel_on_disk, a_patch_is_checked_and_nothing_is_said_of_the_running_machine)
{
	Disk disk;
	Patch patch;
	patch.objects = {{"", {{"fn_0"}, {"fn_2"}}}, {"ext4", {{"gone"}}}};
	patch.versions = {{"module_layout", 0x55555555}, {"klp_enable_patch", 0x66666666}};
	patch.needs = {"klp_enable_patch"};
	Kernel kernel = disk.kernel();
	Report report = check(patch.parse().value(), kernel);
	std::string found;
	for (const Finding &finding : report.findings) {
		if (finding.kind->severity == Severity::error || finding.kind->undecides)
			found += std::string(finding.kind->id) + ": " + finding.message + "\n";
	}
	EXPECT_EQ(found, "function-missing: 'gone' is not in ext4; the kernel would refuse the "
			 "patch, or 'ext4' where it loads after the patch\n"
			 "not-traceable: ftrace has no site at 'fn_2'\n");
	EXPECT_EQ(report.verdict(), Verdict::refused);
}
