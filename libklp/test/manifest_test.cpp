// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../module/manifest.hpp"
#include "test_patch.hpp"
#include "test_said.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

static std::string refusal_of(const std::string &manifest)
{
	Patch patch;
	patch.manifest = manifest;
	return said(patch.parse());
}

TEST(manifest, is_the_text_as_it_stands_in_the_file)
{
	Patch patch;
	EXPECT_EQ(patch.parse()->manifest(), std::nullopt);
	patch.manifest = "{\"schema\":\"klp.manifest/1\"}\n";
	Result<PatchFile> file = patch.parse();
	ASSERT_EQ(said(file), "no error");
	EXPECT_EQ(file->manifest(), patch.manifest);
}

TEST(manifest, may_be_no_json_at_all)
{
	EXPECT_EQ(refusal_of(std::string("\0{", 2)), "no error");
}

TEST(manifest, has_a_limit)
{
	EXPECT_EQ(refusal_of(std::string(1 << 20, ' ')), "no error");
	EXPECT_EQ(
		refusal_of(std::string((1 << 20) + 1, ' ')),
		"EBADMSG: fix.ko: .klp.manifest+0: a manifest of 1048577 bytes; 1048576 are allowed");
}

TEST(manifest, of_another_section_type_is_EBADMSG)
{
	Patch patch;
	patch.manifest = "{}";
	std::string file = with_header(patch.file(), ".klp.manifest", &Elf64_Shdr::sh_type,
				       Elf64_Word{SHT_NOBITS});
	EXPECT_EQ(said(PatchFile::parse("x.ko", to_bytes(file))),
		  "EBADMSG: x.ko: .klp.manifest+0: a manifest of section type 8, not 1");
}

TEST(manifest, what_is_not_utf8_is_EBADMSG)
{
	for (const char *letter : {"~", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
				   "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
		EXPECT_EQ(refusal_of(std::string("a") + letter + "a"), "no error");
	for (const char *letter :
	     {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2",
	      "\xc2"
	      "a",
	      "\xe0\x9f\xbf", "\xe1\x80",
	      "\xe1\x80"
	      "a",
	      "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"})
		EXPECT_EQ(refusal_of(std::string("a") + letter),
			  "EBADMSG: fix.ko: .klp.manifest+0x1: a manifest that is not UTF-8");
}
