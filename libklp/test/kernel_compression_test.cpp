// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../module/compression_formats.hpp"
#include "test_compress.hpp"
#include "test_elf.hpp"
#include "test_said.hpp"

#include <gtest/gtest.h>
#include <random>

using namespace klp;
using namespace klp::test;

namespace {

struct Format {
	const char *name;
	std::string (*pack)(const std::string &bytes);
	Unpack *unpack;
};

const Format formats[] = {{"lz4", lz4, unpack_lz4},
			  {"lzo", lzo, unpack_lzo},
			  {"bzip2", bzip2, unpack_bzip2},
			  {"lzma", lzma, unpack_lzma}};

Result<Bytes> unpack(const Format &format, const std::string &packed, size_t limit = 32 << 20)
{
	return format.unpack(to_bytes(packed), "vmlinuz", limit);
}

std::string broken(const char *format, size_t offset)
{
	char text[100];
	snprintf(text, sizeof(text),
		 "EBADMSG: vmlinuz: +%#zx: the %s stream is corrupt or cut short", offset, format);
	return text;
}

// More than one block of lz4, in parts that cannot be packed.
std::string sample()
{
	std::string text;
	std::mt19937 random(1);
	while (text.size() < 9 << 20)
		text += text.size() % 3 == 0 ? std::string(4096, 'k') : std::to_string(random());
	for (int i = 0; i < 1 << 19; i++)
		text += static_cast<char>(random());
	return text;
}

// A lzop file's header: 9 bytes of magic, 25 of fields, no name, 4 of a checksum.
constexpr size_t lzop_header = 38;

std::string with_header_sum(std::string file)
{
	auto bytes = reinterpret_cast<const uint8_t *>(file.data());
	uint32_t sum = adler32(1, bytes + 9, lzop_header - 4 - 9);
	put(&file, lzop_header - 4, __builtin_bswap32(sum));
	return file;
}

}

TEST(kernel_compression, what_each_tool_packs_is_unpacked)
{
	const std::string text = sample();
	const Bytes bytes = to_bytes(text);
	for (const Format &format : formats) {
		Result<Bytes> unpacked = unpack(format, format.pack(text));
		ASSERT_EQ(said(unpacked), "no error") << format.name;
		EXPECT_TRUE(*unpacked == bytes) << format.name;
		EXPECT_TRUE(unpack(format, format.pack("k")) == to_bytes("k")) << format.name;
	}
}

TEST(kernel_compression, nothing_is_read_past_a_stream_cut_short)
{
	const std::string text(100'000, 'k');
	for (const Format &format : formats) {
		const std::string packed = format.pack(text);
		for (size_t size = 4; size < packed.size(); size++) {
			Result<Bytes> unpacked = unpack(format, packed.substr(0, size));
			// lz4's format has no end mark.
			if (!unpacked) {
				EXPECT_TRUE(said(unpacked).starts_with("EBADMSG: vmlinuz: +"))
					<< said(unpacked);
			} else {
				EXPECT_STREQ(format.name, "lz4");
				EXPECT_EQ(size, 4u);
			}
		}
	}
}

TEST(kernel_compression, what_follows_a_stream_is_EBADMSG)
{
	EXPECT_EQ(said(unpack(formats[1], lzo("kernel") + "x")),
		  broken("lzo", lzo("kernel").size() - 4));
	for (const Format &format : formats)
		EXPECT_TRUE(said(unpack(format, format.pack("kernel") + "rest"))
				    .starts_with("EBADMSG: vmlinuz: +"))
			<< format.name;
}

TEST(kernel_compression, a_flipped_bit_does_no_harm)
{
	const std::string text = sample().substr(0, 200'000);
	std::mt19937 random(1);
	for (const Format &format : formats) {
		const std::string packed = format.pack(text);
		for (int i = 0; i < 50; i++) {
			std::string flipped = packed;
			flipped[random() % packed.size()] ^= 1 << random() % 8;
			Result<Bytes> unpacked = unpack(format, flipped, 1 << 20);
			EXPECT_TRUE(unpacked || unpacked.error().code == EBADMSG ||
				    unpacked.error().code == EFBIG)
				<< said(unpacked);
		}
	}
}

TEST(kernel_compression, checksums_are_compared)
{
	const std::string whole = sample(), text = whole.substr(whole.size() - 1000);
	std::string packed = lzo(text);
	packed[packed.size() - 10] ^= 1; // in a block that is stored unpacked
	EXPECT_EQ(said(unpack(formats[1], packed)), broken("lzo", lzop_header));
	packed = bzip2(text);
	packed[packed.size() - 3] ^= 1;
	EXPECT_TRUE(said(unpack(formats[2], packed)).starts_with("EBADMSG: "));
}

TEST(kernel_compression, a_bomb_stops_at_the_limit)
{
	const std::string zeroes(16 << 20, '\0');
	for (const Format &format : formats) {
		EXPECT_EQ(said(unpack(format, format.pack(zeroes), 1 << 20)),
			  "EFBIG: vmlinuz: unpacks to more than 1048576 bytes")
			<< format.name;
		EXPECT_EQ(said(unpack(format, format.pack(zeroes), 16 << 20)), "no error")
			<< format.name;
	}
}

TEST(kernel_compression, lengths_of_lz4_are_looked_at)
{
	auto with_length = [](uint32_t length, const std::string &block) {
		std::string file = "\x02\x21\x4c\x18";
		file.append(reinterpret_cast<const char *>(&length), sizeof(length));
		return said(unpack(formats[0], file + block));
	};
	EXPECT_EQ(with_length(2, "\x10k"), "no error");
	EXPECT_EQ(with_length(3, "\x10k"), broken("lz4", 4));
	EXPECT_EQ(with_length(0xffffffff, "\x10k"), broken("lz4", 4));
	EXPECT_EQ(with_length(0, ""), broken("lz4", 4));
	EXPECT_EQ(with_length(1, "\x10k"), broken("lz4", 4)); // the block is a byte short
	// A run that reaches before the block's first byte.
	EXPECT_EQ(with_length(5, {"\x14k\2\0\0", 5}), broken("lz4", 4));
	// A length that a block can never have, though all of the bytes are there.
	EXPECT_EQ(with_length(9 << 20, std::string(9 << 20, '\0')), broken("lz4", 4));
}

TEST(kernel_compression, lzma_cannot_ask_for_any_memory)
{
	std::string packed = lzma("kernel");
	put(&packed, 1, uint32_t{0x80000000}); // the dictionary
	EXPECT_EQ(said(unpack(formats[3], packed)),
		  "EFBIG: vmlinuz: unpacking it takes more than 256 MiB of memory");
	put(&packed, 1, uint32_t{1 << 20});
	put(&packed, 5, uint64_t{1} << 37); // the unpacked size
	EXPECT_TRUE(said(unpack(formats[3], packed)).starts_with("EBADMSG: "));
}

TEST(kernel_compression, headers_of_lzop_are_looked_at)
{
	const std::string good = lzo("kernel");
	auto with = [&](size_t offset, auto value) {
		std::string file = good;
		put(&file, offset, value);
		return said(unpack(formats[1], with_header_sum(file)));
	};
	auto unknown = [](const char *what) {
		return std::string("EBADMSG: vmlinuz: +0x9: lzop's ") + what + " are unknown";
	};
	EXPECT_EQ(with(9, uint16_t{0x3009}), unknown("version 0x930, method 3 or flags 0x300000d"));
	EXPECT_EQ(with(15, uint8_t{4}), unknown("version 0x1040, method 4 or flags 0x300000d"));
	EXPECT_EQ(with(19, uint8_t{8}), unknown("version 0x1040, method 3 or flags 0x300080d"));
	EXPECT_EQ(with(20, uint8_t{0x4d}), unknown("version 0x1040, method 3 or flags 0x300004d"));
	EXPECT_EQ(with(4, '1'), broken("lzo", 0));
	EXPECT_EQ(with(lzop_header, uint32_t{0xffffffff}), broken("lzo", lzop_header));
	EXPECT_EQ(with(lzop_header + 4, uint32_t{0xffffff00}), broken("lzo", lzop_header + 12));
	std::string file = good;
	file[12] ^= 1;
	EXPECT_EQ(said(unpack(formats[1], file)), broken("lzo", lzop_header - 4));
}
