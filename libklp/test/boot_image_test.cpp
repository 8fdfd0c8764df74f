// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../image/boot_image.hpp"
#include "test_compress.hpp"
#include "test_image.hpp"
#include "test_said.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

Result<std::vector<std::byte>> unpack(const std::string &file)
{
	return unpack_boot_image("vmlinuz", to_bytes(file));
}

// The bytes differ, and include the calls that the filter for x86 code changes.
std::string sample()
{
	std::string text = "\177ELF";
	for (int i = 0; i < 200'000; i++)
		text += "\xe8" + std::to_string(i);
	return text;
}

// As scripts/xz_wrap.sh packs it.
std::string xz_of_a_kernel(const std::string &bytes)
{
	lzma_options_lzma options;
	lzma_lzma_preset(&options, 6);
	options.dict_size = 32 << 20;
	lzma_filter filters[] = {{LZMA_FILTER_X86, nullptr},
				 {LZMA_FILTER_LZMA2, &options},
				 {LZMA_VLI_UNKNOWN, nullptr}};
	std::string packed(lzma_stream_buffer_bound(bytes.size()), '\0');
	size_t used = 0;
	EXPECT_EQ(lzma_stream_buffer_encode(
			  filters, LZMA_CHECK_CRC32, nullptr,
			  reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size(),
			  reinterpret_cast<uint8_t *>(packed.data()), &used, packed.size()),
		  LZMA_OK);
	packed.resize(used);
	return packed;
}

// As zstd -22 --ultra packs what comes through a pipe: without its size.
std::string zstd_of_a_kernel(const std::string &bytes)
{
	std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx *)> context(ZSTD_createCCtx(),
								    ZSTD_freeCCtx);
	ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, 27);
	ZSTD_CCtx_setParameter(context.get(), ZSTD_c_contentSizeFlag, 0);
	ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
	std::string packed(ZSTD_compressBound(bytes.size()), '\0');
	ZSTD_inBuffer input = {bytes.data(), bytes.size(), 0};
	ZSTD_outBuffer output = {packed.data(), packed.size(), 0};
	// In one step zstd would know the size.
	ZSTD_compressStream2(context.get(), &output, &input, ZSTD_e_continue);
	EXPECT_EQ(ZSTD_compressStream2(context.get(), &output, &input, ZSTD_e_end), 0u);
	packed.resize(output.pos);
	return packed;
}

}

TEST(boot_image, it_is_told_by_its_magic)
{
	EXPECT_TRUE(is_boot_image(to_bytes(boot_image(""))));
	EXPECT_FALSE(is_boot_image(to_bytes(boot_image("").substr(0, 0x205))));
	EXPECT_FALSE(is_boot_image(to_bytes(KernelWriter().file())));
	EXPECT_FALSE(is_boot_image({}));
}

TEST(boot_image, each_packing_is_unpacked)
{
	const std::string kernel = sample();
	const std::vector<std::byte> bytes = to_bytes(kernel);
	std::string packed[] = {xz_of_a_kernel(kernel),
				zstd_of_a_kernel(kernel),
				xz(kernel),
				zstd(kernel),
				lz4(kernel),
				lzo(kernel),
				bzip2(kernel),
				lzma(kernel)};
	for (const std::string &payload : packed) {
		Result<std::vector<std::byte>> unpacked =
			unpack(boot_image(with_size(payload, kernel.size())));
		ASSERT_EQ(said(unpacked), "no error");
		EXPECT_TRUE(*unpacked == bytes);
	}
	// Its stream ends in the size itself.
	EXPECT_TRUE(unpack(boot_image(gzip(kernel))) == bytes);
	EXPECT_TRUE(unpack(boot_image(kernel)) == bytes);
}

TEST(boot_image, four_sectors_of_setup_are_the_default)
{
	std::string packed = gzip("kernel");
	std::string file = boot_image(std::string(0x400, '\0') + packed);
	file[0x1f1] = 0;
	put(&file, 0x248, uint32_t{0});
	put(&file, 0x24c, static_cast<uint32_t>(packed.size()));
	EXPECT_TRUE(unpack(file) == to_bytes("kernel"));
}

TEST(boot_image, another_size_than_it_announces_is_EBADMSG)
{
	EXPECT_EQ(said(unpack(boot_image(with_size(xz("kernel"), 7)))),
		  "EBADMSG: vmlinuz: +0x63c: the kernel unpacks to 6 bytes and not to 7");
	EXPECT_EQ(said(unpack(boot_image(with_size(xz("kernel"), 5)))),
		  "EBADMSG: vmlinuz: +0x63c: the kernel unpacks to 6 bytes and not to 5");
	EXPECT_EQ(said(unpack(boot_image(with_size(zstd("kernel"), 2)))),
		  "EBADMSG: vmlinuz: packed kernel at 0x600: unpacks to more than 3 bytes");
	EXPECT_EQ(
		said(unpack(boot_image(with_size(zstd("kernel"), size_t{512 << 20} + 1)))),
		"EFBIG: vmlinuz: +0x613: the kernel would unpack to 536870913 bytes, more than 536870912");
}

TEST(boot_image, a_stream_cut_short_is_EBADMSG)
{
	std::string packed = xz("kernel of some bytes");
	EXPECT_EQ(
		said(unpack(boot_image(with_size(packed.substr(0, 40), 20)))),
		"EBADMSG: vmlinuz: packed kernel at 0x600: +0x28: the xz stream is corrupt or cut short");
	EXPECT_EQ(
		said(unpack(boot_image(with_size("\x28\xb5\x2f\xfd", 6)))),
		"EBADMSG: vmlinuz: packed kernel at 0x600: +0x4: the zstd stream is corrupt or cut short");
	EXPECT_EQ(said(unpack(boot_image("\x1f\x8b"))),
		  "EBADMSG: vmlinuz: +0x600: 2 bytes are too few for a packed kernel");
	EXPECT_EQ(
		said(unpack(boot_image("\x1f\x8b\1\1"))),
		"EBADMSG: vmlinuz: packed kernel at 0x600: +0x4: the gzip stream is corrupt or cut short");
}

TEST(boot_image, what_only_kernels_are_packed_in_is_EBADMSG_where_it_is_broken)
{
	const char *broken = " stream is corrupt or cut short";
	EXPECT_EQ(said(unpack(boot_image(with_size("\x02\x21\x4c\x18 packed", 6)))),
		  std::string("EBADMSG: vmlinuz: packed kernel at 0x600: +0x4: the lz4") + broken);
	EXPECT_EQ(said(unpack(boot_image(with_size("BZh91AY", 6)))),
		  std::string("EBADMSG: vmlinuz: packed kernel at 0x600: +0x7: the bzip2") +
			  broken);
	EXPECT_EQ(said(unpack(boot_image(with_size(std::string("\x5d\0\0\0\x80", 5), 6)))),
		  std::string("EBADMSG: vmlinuz: packed kernel at 0x600: +0x5: the lzma") + broken);
	EXPECT_EQ(said(unpack(boot_image(with_size("\x89LZO", 6)))),
		  std::string("EBADMSG: vmlinuz: packed kernel at 0x600: +0: the lzo") + broken);
}

TEST(boot_image, no_packing_goes_past_the_size_that_it_announces)
{
	const std::string zeroes(4 << 20, '\0');
	for (auto pack : {xz, zstd, lz4, lzo, bzip2, lzma}) {
		const std::string packed = pack(zeroes);
		EXPECT_EQ(
			said(unpack(boot_image(with_size(packed, 1 << 20)))),
			"EBADMSG: vmlinuz: packed kernel at 0x600: unpacks to more than 1048577 bytes");
		EXPECT_EQ(said(unpack(boot_image(with_size(packed, size_t{1} << 31)))).substr(0, 6),
			  "EFBIG:");
	}
}

TEST(boot_image, an_unknown_packing_is_EBADMSG)
{
	EXPECT_EQ(said(unpack(boot_image("plain text"))),
		  "EBADMSG: vmlinuz: +0x600: no kernel here that is packed in a known way");
	EXPECT_EQ(said(unpack(boot_image(""))),
		  "EBADMSG: vmlinuz: +0x600: no kernel here that is packed in a known way");
}

TEST(boot_image, a_header_that_leads_nowhere_is_EBADMSG)
{
	const std::string good = boot_image("payload");
	auto with = [&](size_t offset, auto value) {
		std::string file = good;
		put(&file, offset, value);
		return said(unpack(file));
	};
	EXPECT_EQ(
		with(0x206, uint16_t{0x207}),
		"EBADMSG: vmlinuz: +0x206: boot protocol 2.07 does not tell where the kernel is, 2.08 does");
	EXPECT_EQ(
		with(0x248, uint32_t{0x201 + 9}),
		"EBADMSG: vmlinuz: +0x248: a packed kernel of 0x7 bytes at 0x60a does not fit a file of 0x610");
	EXPECT_EQ(
		with(0x248, uint32_t{0xffffffff}),
		"EBADMSG: vmlinuz: +0x248: a packed kernel of 0x7 bytes at 0x1000003ff does not fit a file of 0x610");
	EXPECT_EQ(
		with(0x24c, uint32_t{0xffffffff}),
		"EBADMSG: vmlinuz: +0x248: a packed kernel of 0xffffffff bytes at 0x600 does not fit a file of 0x610");
	EXPECT_EQ(said(unpack(good.substr(0, 0x207))),
		  "EBADMSG: vmlinuz: +0x207: the boot header is cut short");
	EXPECT_EQ(said(unpack(good.substr(0, 0x24f))),
		  "EBADMSG: vmlinuz: +0x24f: the boot header is cut short");
}
