// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../disk/kernel_profile.hpp"
#include "../disk/profile_text.hpp"
#include "test_compress.hpp"
#include "test_disk.hpp"

#include <gtest/gtest.h>
#include <klp/profile.hpp>

using namespace klp;
using namespace klp::test;
using Place = Kernel::Place;
using Traceable = Kernel::Traceable;

namespace {

// A profile with this head and these blocks.
std::string profile(const std::string &head, const std::string &block)
{
	std::string frame = zstd(head), blocks = block.empty() ? "" : zstd(block);
	return "klp-kernel-profile/1\n" + std::to_string(frame.size()) + "\n" + frame + blocks;
}

std::string head_for(const std::string &block, const std::string &more = "")
{
	return "release 6.1\nvermagic 6.1 SMP\nlivepatch yes\nlayout -\n" + more + "block " +
	       std::to_string(zstd(block).size()) + "\nobject vmlinux 0 0 " +
	       std::to_string(block.size()) + "\n";
}

std::string said_of(const std::string &file)
{
	return said(KernelProfile::parse("x", to_bytes(file)));
}

// The answer of a profile with this text of vmlinux.
std::string said_of_text(const std::string &text)
{
	std::unique_ptr<KernelProfile> kernel =
		KernelProfile::parse("x", to_bytes(profile(head_for(text), text))).value();
	return said(kernel->count_symbols("vmlinux", "f"));
}

}

TEST(kernel_profile, it_tells_what_the_kernel_told)
{
	Disk disk;
	std::string path = disk.path() + "/profile";
	std::vector<size_t> steps;
	EXPECT_EQ(said(write_profile(disk.path(), path,
				     [&](size_t done, size_t) { steps.push_back(done); })),
		  "no error");
	EXPECT_EQ(steps, std::vector<size_t>{0});
	Kernel kernel = Kernel::on_disk(path).value();
	EXPECT_FALSE(kernel.is_running());
	EXPECT_EQ(kernel.release(), release);
	EXPECT_EQ(kernel.vermagic().value(), vermagic);
	EXPECT_TRUE(kernel.has_livepatch());
	EXPECT_EQ(kernel.place("ext4"), Place::on_disk);
	EXPECT_EQ(kernel.place("xfs"), Place::absent);
	EXPECT_EQ(kernel.count_symbols("vmlinux", "twin").value(), 2u);
	EXPECT_EQ(kernel.count_symbols("vmlinux", "nonsense").value(), 0u);
	EXPECT_EQ(kernel.count_symbols("ext4", "__ksymtab_ext4_fn").value(), 1u);
	EXPECT_EQ(kernel.traceable("vmlinux", "fn_1", 0).value(), Traceable::yes);
	EXPECT_EQ(kernel.traceable("vmlinux", "twin", 1).value(), Traceable::no);
	EXPECT_EQ(kernel.traceable("vmlinux", "twin", 2).value(), Traceable::yes);
	EXPECT_EQ(kernel.build_id("vmlinux").value(), "1234abcd");
	EXPECT_EQ(kernel.export_crc("fn_1").value(), 0x11111111u);
	const std::vector<std::string> modules = {"xfs", "ext4"};
	EXPECT_EQ(kernel.export_crc("ext4_fn", modules).value(), 0x02020202u);
	EXPECT_EQ(kernel.export_terms("ext4_fn", modules).value(), (ExportTerms{true, "EXT4"}));
	EXPECT_EQ(kernel.export_terms("fn_1").value(),
		  Kernel::on_disk(disk.path())->export_terms("fn_1").value());
	EXPECT_EQ(said(write_profile(path, path)),
		  "EINVAL: '" + path + "' is a profile already; name a kernel");
}

TEST(kernel_profile, an_export_is_written_as_it_is_read)
{
	for (const char *value : {"-", "0x0000cafe", "0x0000cafe,gpl", "0x0000cafe,gpl,NS", "-,,NS",
				  "0x0000cafe,,module:a,b*"}) {
		std::optional<ModuleExport> read = parse_profile_export(value);
		ASSERT_TRUE(read) << value;
		EXPECT_EQ(profile_export(*read), value);
	}
	for (const char *value : {"", "x", "0xcafe", "-,GPL", "0x0000cafe,mit,NS"})
		EXPECT_FALSE(parse_profile_export(value)) << value;
}

TEST(kernel_profile, a_module_that_could_not_be_read_is_not_taken_for_an_empty_one)
{
	Disk disk;
	disk.write("/lib/modules/" + std::string(release) + "/ext4.ko", "nothing");
	std::string path = disk.path() + "/profile";
	WrittenProfile written = write_profile(disk.path(), path).value();
	ASSERT_EQ(written.unreadable.size(), 1u);
	EXPECT_EQ(written.modules, 1u);
	for (const std::string &source : {disk.path(), path}) {
		Kernel kernel = Kernel::on_disk(source).value();
		EXPECT_EQ(kernel.place("ext4"), Place::on_disk);
		EXPECT_FALSE(kernel.count_symbols("ext4", "f"));
		EXPECT_FALSE(kernel.traceable("ext4", "f", 0));
	}
	EXPECT_EQ(said(Kernel::on_disk(path)->count_symbols("ext4", "f")),
		  "ENODATA: the module 'ext4' could not be read when the profile of "
		  "6.1.0-56-amd64 was made");
}

TEST(kernel_profile, its_blocks_are_unpacked_again_when_there_was_no_room)
{
	std::string head = "release 6.1\nvermagic 6.1 SMP\nlivepatch yes\nlayout -\n", objects,
		    blocks;
	for (const char *name : {"vmlinux", "a", "b", "c"}) {
		std::string text = "-\n";
		for (int i = 1'000'000; i < 1'900'000; i++)
			text += name + std::to_string(i) + " t\n";
		text += "\n";
		std::string frame = zstd(text);
		head += "block " + std::to_string(frame.size()) + "\n";
		objects += "object " + std::string(name) + " " +
			   std::to_string(objects.empty() ? 0 : name[0] - 'a' + 1) + " 0 " +
			   std::to_string(text.size()) + "\n";
		blocks += frame;
	}
	std::string frame = zstd(head + objects);
	std::string file =
		"klp-kernel-profile/1\n" + std::to_string(frame.size()) + "\n" + frame + blocks;
	std::unique_ptr<KernelProfile> kernel = KernelProfile::parse("x", to_bytes(file)).value();
	for (int i = 0; i < 2; i++) {
		for (const char *name : {"vmlinux", "a", "b", "c"}) {
			std::string symbol = name + std::to_string(1'234'567);
			EXPECT_EQ(kernel->count_symbols(name, symbol).value(), 1u);
			EXPECT_EQ(kernel->count_symbols("vmlinux", symbol).value(),
				  std::string(name) == "vmlinux");
		}
	}
}

TEST(kernel_profile, another_version_is_refused_by_its_name)
{
	EXPECT_EQ(
		said_of("klp-kernel-profile/2\n1\n"),
		"EOPNOTSUPP: 'x' is a profile of version '2', and this klp reads version 1; make it "
		"anew with this version's klp profile");
}

TEST(kernel_profile, a_head_that_is_not_as_expected_is_refused)
{
	const std::string text = "-\nf t\n\n";
	EXPECT_EQ(said_of(profile(head_for(text), text)), "no error");
	EXPECT_EQ(
		said_of("klp-"),
		"EBADMSG: 'x' is no profile of klp: it does not begin with 'klp-kernel-profile/'");
	EXPECT_EQ(said_of("klp-kernel-profile/1\n99\nx"),
		  "EBADMSG: 'x' is no profile of klp: the size of its head is not as expected");
	EXPECT_EQ(said_of(profile("release 6.1\n", "")),
		  "EBADMSG: 'x' is no profile of klp: its head has no release, no vermagic or no "
		  "vmlinux");
	EXPECT_EQ(
		said_of(profile(head_for(text, "flavour rt\n"), text)),
		"EBADMSG: 'x' is no profile of klp: a line of its head is not known: 'flavour rt'");
	EXPECT_EQ(said_of(profile(head_for(text, "layout 1 2\n"), text)),
		  "EBADMSG: 'x' is no profile of klp: its layout has a field that is no number");
	const std::string layout = "layout 200 0 8 16 24 168 0 8 16 152 0 8 16 24 0 8";
	EXPECT_EQ(said_of(profile(head_for(text, layout + "\n"), text)), "no error");
	EXPECT_EQ(said_of(profile(head_for(text, layout + " 1\n"), text)),
		  "EBADMSG: 'x' is no profile of klp: its layout has too many fields");
	EXPECT_EQ(said_of(profile(head_for(text, "layout 8" + layout.substr(10) + "\n"), text)),
		  "EBADMSG: 'x' is no profile of klp: a field of its layout reaches past its "
		  "structure");
	EXPECT_EQ(said_of(profile(head_for(text) + "object vmlinux 0 0 1\n", text)),
		  "EBADMSG: 'x' is no profile of klp: it has the object 'vmlinux' twice");
	EXPECT_EQ(said_of(profile(head_for(text) + "object ext4 7 0 1\n", text)),
		  "EBADMSG: 'x' is no profile of klp: an object has no place");
	EXPECT_EQ(said_of(profile(head_for(text, "block 999999\n"), text)),
		  "EBADMSG: 'x' is no profile of klp: a block reaches past its end");
	EXPECT_TRUE(said_of(profile(head_for(text), text) + "more")
			    .starts_with("EBADMSG: 'x' is no profile of klp: its blocks end at "));
}

TEST(kernel_profile, a_text_that_is_not_as_expected_is_refused)
{
	EXPECT_EQ(said_of_text("-\nf t\n\n"), "no error");
	EXPECT_EQ(said_of_text("ID\nf t\n\n"),
		  "EBADMSG: x: vmlinux: line 1 'ID': it is no build id");
	EXPECT_EQ(said_of_text("-\nf x\n\n"),
		  "EBADMSG: x: vmlinux: line 2 'f x': it is not as expected");
	EXPECT_EQ(said_of_text("-\nf t\ne t\n\n"),
		  "EBADMSG: x: vmlinux: line 3 'e t': it is not in order");
	EXPECT_EQ(said_of_text("-\nf t\nf t\n\n"),
		  "EBADMSG: x: vmlinux: line 3 'f t': it is not in order");
	EXPECT_EQ(said_of_text("-\nf t\n\ng 0x1\n"),
		  "EBADMSG: x: vmlinux: line 4 'g 0x1': it is not as expected");
	EXPECT_EQ(said_of_text("-\nf t"), "EBADMSG: x: vmlinux: line 2 does not end");
	EXPECT_EQ(said_of_text("-\n\x01 t\n\n"),
		  "EBADMSG: x: vmlinux: line 2 '? t': it has a byte that is not printable");
}
