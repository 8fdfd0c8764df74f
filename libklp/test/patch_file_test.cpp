// SPDX-License-Identifier: LGPL-2.1-or-later
#include "test_compress.hpp"
#include "test_patch.hpp"
#include "test_root.hpp"
#include "test_said.hpp"

#include <gtest/gtest.h>
#include <klp/report.hpp>

using namespace klp;
using namespace klp::test;

TEST(patch_file, tells_what_the_file_says)
{
	Patch patch;
	patch.modinfo = {"livepatch=",
			 "vermagic=6.1.0 SMP ",
			 "depends=one-two,,three",
			 "klp_build_id=vmlinux:0a0b",
			 "klp_build_id=ext4",
			 "parmtype=busy_ms:int",
			 "parmtype=replace:bool"};
	patch.objects = {{"", {{"f"}}}};
	patch.build_id = "\x42";
	Result<PatchFile> file = patch.parse();
	ASSERT_EQ(said(file), "no error");
	EXPECT_EQ(file->path(), "fix.ko");
	EXPECT_EQ(file->name(), "fix");
	EXPECT_TRUE(file->is_x86_64());
	EXPECT_TRUE(file->is_livepatch());
	EXPECT_FALSE(file->is_signed());
	EXPECT_EQ(file->vermagic(), "6.1.0 SMP ");
	EXPECT_EQ(file->build_id(), "42");
	EXPECT_EQ(file->encoding(), PatchFile::Encoding::static_arrays);
	EXPECT_EQ(file->dependencies(), (std::vector<std::string>{"one_two", "three"}));
	EXPECT_EQ(file->parameters(), (std::vector<std::string>{"busy_ms", "replace"}));
	using Ids = std::vector<std::pair<std::string, std::string>>;
	EXPECT_EQ(file->target_build_ids(), (Ids{{"vmlinux", "0a0b"}, {"ext4", ""}}));
}

TEST(patch_file, a_module_that_is_no_livepatch_opens)
{
	Patch patch;
	patch.modinfo = {"name=fix"};
	patch.is_static = false;
	Result<PatchFile> file = patch.parse();
	EXPECT_FALSE(file->is_livepatch());
	EXPECT_EQ(file->encoding(), PatchFile::Encoding::none);
	EXPECT_EQ(file->replace(), std::nullopt);
	EXPECT_EQ(file->vermagic(), std::nullopt);
	ASSERT_EQ(file->unknowns().size(), 1u);
	EXPECT_EQ(
		file->unknowns()[0],
		"the file describes its patch in no encoding that klp knows, so klp cannot tell which functions it replaces");
}

TEST(patch_file, is_removable_unless_it_says_otherwise)
{
	Patch patch;
	EXPECT_TRUE(patch.parse()->is_removable());
	patch.modinfo.push_back("klp_removable=no");
	EXPECT_FALSE(patch.parse()->is_removable());
	patch.modinfo.back() = "klp_removable=yes";
	EXPECT_TRUE(patch.parse()->is_removable());
	patch.is_klp_build = true;
	EXPECT_TRUE(patch.parse()->is_removable());
	patch.stays = true;
	EXPECT_FALSE(patch.parse()->is_removable());
}

TEST(patch_file, keeps_and_hashes_the_unpacked_bytes)
{
	Root root;
	const std::string file = Patch().file();
	root.write("/fix.ko", file);
	root.write("/fix.ko.zst", zstd(file));
	Result<PatchFile> plain = PatchFile::open(root.path() + "/fix.ko");
	Result<PatchFile> packed = PatchFile::open(root.path() + "/fix.ko.zst");
	EXPECT_EQ(plain->sha256(), packed->sha256());
	EXPECT_TRUE(std::ranges::equal(packed->bytes(), to_bytes(file)));
}

TEST(patch_file, the_digest_is_sha256_of_the_bytes)
{
	Result<PatchFile> one = Patch().parse(), two = Patch().parse();
	EXPECT_EQ(one->sha256().size(), 64u);
	EXPECT_EQ(one->sha256(), two->sha256());
	std::vector<std::byte> other = Patch().bytes();
	other.push_back(std::byte{0});
	EXPECT_NE(PatchFile::parse("x.ko", other)->sha256(), one->sha256());
}

TEST(patch_file, moving_it_keeps_its_views)
{
	Result<PatchFile> file = Patch().parse();
	std::string_view vermagic = *file->vermagic();
	PatchFile moved = std::move(*file);
	EXPECT_EQ(vermagic, test::vermagic);
	EXPECT_EQ(moved.name(), "fix");
}

TEST(patch_file, what_is_malformed_in_any_part_is_EBADMSG)
{
	EXPECT_EQ(said(PatchFile::parse("x.ko", {})),
		  "EBADMSG: x.ko: +0: 0 bytes are too few for an ELF header of 64");
}
