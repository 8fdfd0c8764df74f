// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../module/compression.hpp"
#include "test_compress.hpp"
#include "test_elf.hpp"
#include "test_said.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

static Result<std::vector<std::byte>> unpack(const std::string &packed, size_t limit = 4 << 20)
{
	return decompress(to_bytes(packed), "x.ko", limit);
}

// More than one step of the output, with bytes that differ.
static std::string sample()
{
	std::string text;
	for (int i = 0; i < 200'000; i++)
		text += std::to_string(i);
	return text;
}

TEST(compression, each_format_is_told_by_its_magic)
{
	const std::string text = sample();
	const std::vector<std::byte> bytes = to_bytes(text);
	EXPECT_TRUE(unpack(xz(text)) == bytes);
	EXPECT_TRUE(unpack(zstd(text)) == bytes);
	EXPECT_TRUE(unpack(gzip(text)) == bytes);
}

TEST(compression, anything_else_stays_as_it_is)
{
	for (const char *text : {"", "\x1f",
				 "\x7f"
				 "ELF",
				 "\xfd"
				 "7zX"})
		EXPECT_TRUE(unpack(text) == to_bytes(text));
}

TEST(compression, a_stream_cut_short_is_EBADMSG_at_its_end)
{
	EXPECT_EQ(said(unpack(xz("livepatch").substr(0, 20))),
		  "EBADMSG: x.ko: +0x14: the xz stream is corrupt or cut short");
	EXPECT_EQ(said(unpack(zstd("livepatch").substr(0, 10))),
		  "EBADMSG: x.ko: +0xa: the zstd stream is corrupt or cut short");
	EXPECT_EQ(said(unpack(gzip("livepatch").substr(0, 15))),
		  "EBADMSG: x.ko: +0xf: the gzip stream is corrupt or cut short");
}

TEST(compression, a_stream_of_nothing_but_its_magic_is_EBADMSG)
{
	EXPECT_EQ(said(unpack(std::string("\xfd"
					  "7zXZ\0",
					  6))),
		  "EBADMSG: x.ko: +0x6: the xz stream is corrupt or cut short");
	EXPECT_EQ(said(unpack("\x28\xb5\x2f\xfd")),
		  "EBADMSG: x.ko: +0x4: the zstd stream is corrupt or cut short");
	EXPECT_EQ(said(unpack("\x1f\x8b")),
		  "EBADMSG: x.ko: +0x2: the gzip stream is corrupt or cut short");
}

TEST(compression, a_wrong_checksum_is_EBADMSG)
{
	for (auto pack : {xz, zstd, gzip}) {
		std::string packed = pack("livepatch");
		size_t where = pack == gzip   ? packed.size() - 8
			       : pack == zstd ? packed.size() - 4
					      : packed.size() - 36; // xz: before index and footer
		packed[where] ^= 1;
		Result<std::vector<std::byte>> result = unpack(packed);
		ASSERT_FALSE(result);
		EXPECT_NE(said(result).find("stream is corrupt or cut short"), std::string::npos);
	}
}

TEST(compression, a_bomb_stops_at_the_limit)
{
	const std::string zeroes(8 << 20, '\0');
	for (auto pack : {xz, zstd, gzip})
		EXPECT_EQ(said(unpack(pack(zeroes), 1 << 20)),
			  "EFBIG: x.ko: unpacks to more than 1048576 bytes");
}

TEST(compression, a_result_of_exactly_the_limit_is_allowed)
{
	const std::string zeroes(1 << 20, '\0');
	for (auto pack : {xz, zstd, gzip})
		EXPECT_EQ(said(unpack(pack(zeroes), 1 << 20)), "no error");
}

TEST(compression, concatenated_zstd_frames_are_one_file)
{
	EXPECT_TRUE(unpack(zstd("live") + zstd("patch")) == to_bytes("livepatch"));
}
