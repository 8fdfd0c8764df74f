// SPDX-License-Identifier: LGPL-2.1-or-later
// The formats that only a kernel comes packed in.
#include "../module/compression_formats.hpp"
#include "../try.hpp"

#include <bzlib.h>
#include <cerrno>
#include <cstring>
#include <lz4.h>
#include <lzo/lzo1x.h>
#include <memory>
#include <string_view>
#include <zlib.h>

namespace klp {

Result<Bytes> unpack_bzip2(std::span<const std::byte> packed, const std::string &path, size_t limit)
{
	bz_stream stream = {};
	if (BZ2_bzDecompressInit(&stream, 0, 0) != BZ_OK)
		return fail(ENOMEM, "%s: no memory for the bzip2 decoder", path.c_str());
	std::unique_ptr<bz_stream, int (*)(bz_stream *)> owner(&stream, BZ2_bzDecompressEnd);
	Output output(path, limit);
	// libbz2 only reads there.
	stream.next_in = reinterpret_cast<char *>(const_cast<std::byte *>(packed.data()));
	stream.avail_in = packed.size();
	for (;;) {
		if (output.room_size() == 0)
			TRY(output.grow());
		stream.next_out = reinterpret_cast<char *>(output.room());
		stream.avail_out = output.room_size();
		int status = BZ2_bzDecompress(&stream);
		output.filled(output.room_size() - stream.avail_out);
		if (status == BZ_STREAM_END && stream.avail_in == 0)
			return output.take();
		if (status == BZ_MEM_ERROR)
			return fail(ENOMEM, "%s: no memory for the bzip2 decoder", path.c_str());
		if (status != BZ_OK || (stream.avail_in == 0 && stream.avail_out != 0))
			return broken_stream(path, "bzip2", packed.size() - stream.avail_in);
	}
}

// Reads the rest of the packed bytes. A number that reaches past the end is 0, and the cursor has
// then failed. A caller therefore checks once for a run of fields.
class Cursor {
public:
	explicit Cursor(std::span<const std::byte> bytes) : bytes_(bytes) {}

	bool failed() const { return failed_; }
	size_t offset() const { return offset_; }
	bool at_end() const { return offset_ == bytes_.size(); }

	std::span<const uint8_t> take(size_t size)
	{
		if (failed_ || size > bytes_.size() - offset_) {
			failed_ = true;
			return {};
		}
		auto taken = reinterpret_cast<const uint8_t *>(bytes_.data() + offset_);
		offset_ += size;
		return {taken, size};
	}

	uint32_t big_endian(size_t size)
	{
		uint32_t value = 0;
		for (uint8_t byte : take(size))
			value = value << 8 | byte;
		return value;
	}

	uint32_t little_endian() { return __builtin_bswap32(big_endian(4)); }

private:
	std::span<const std::byte> bytes_;
	size_t offset_ = 0;
	bool failed_ = false;
};

// lz4's "legacy" frames, from lz4 -l: each block follows its packed length, up to the end of the
// file.
constexpr size_t lz4_block = 8 << 20;

Result<Bytes> unpack_lz4(std::span<const std::byte> packed, const std::string &path, size_t limit)
{
	Cursor input(packed);
	input.take(4);
	auto block = std::make_unique_for_overwrite<uint8_t[]>(lz4_block);
	Output output(path, limit);
	while (!input.failed() && !input.at_end()) {
		size_t start = input.offset();
		uint32_t length = input.little_endian();
		std::span<const uint8_t> bytes = input.take(length);
		int size = -1;
		if (!bytes.empty() && length <= LZ4_COMPRESSBOUND(lz4_block))
			size = LZ4_decompress_safe(reinterpret_cast<const char *>(bytes.data()),
						   reinterpret_cast<char *>(block.get()), length,
						   lz4_block);
		if (size < 0)
			return broken_stream(path, "lz4", start);
		TRY(output.append({block.get(), static_cast<size_t>(size)}));
	}
	if (input.failed())
		return broken_stream(path, "lz4", input.offset());
	return output.take();
}

// lzop's own constants, except lzo_block: that is the kernel's limit for a block.
constexpr std::string_view lzop_magic{"\x89LZO\0\r\n\x1a\n", 9};
constexpr uint32_t lzop_oldest = 0x940;
constexpr size_t lzo_block = 256 << 10;

enum LzopFlags : uint32_t {
	lzop_adler32_unpacked = 0x1,
	lzop_adler32_packed = 0x2,
	lzop_extra_field = 0x40,
	lzop_crc32_unpacked = 0x100,
	lzop_crc32_packed = 0x200,
	lzop_filter = 0x800,
	lzop_crc32_header = 0x1000,
};

static uint32_t checksum(bool is_crc32, std::span<const uint8_t> bytes)
{
	return is_crc32 ? crc32(crc32(0, nullptr, 0), bytes.data(), bytes.size())
			: adler32(adler32(0, nullptr, 0), bytes.data(), bytes.size());
}

// The flags of a complete header.
static Result<uint32_t> read_lzop_header(Cursor *input, std::span<const std::byte> packed,
					 const std::string &path)
{
	std::span<const uint8_t> magic = input->take(lzop_magic.size());
	if (magic.empty() || memcmp(magic.data(), lzop_magic.data(), lzop_magic.size()) != 0)
		return broken_stream(path, "lzo", 0);
	size_t start = input->offset();
	uint32_t version = input->big_endian(2);
	input->take(2 + 2); // the library's version, and the version needed to unpack
	uint32_t method = input->big_endian(1);
	input->take(1); // the level
	uint32_t flags = input->big_endian(4);
	input->take(4 + 4 + 4); // mode, and time of change
	input->take(input->big_endian(1)); // name
	size_t end = input->offset();
	uint32_t sum = input->big_endian(4);
	if (input->failed())
		return broken_stream(path, "lzo", input->offset());
	// 1 to 3 are the variants of LZO1X; one decoder unpacks all of them.
	if (version < lzop_oldest || method < 1 || method > 3 ||
	    flags & (lzop_filter | lzop_extra_field))
		return fail(EBADMSG,
			    "%s: +%#zx: lzop's version %#x, method %u or flags %#x are unknown",
			    path.c_str(), start, version, method, flags);
	auto bytes = reinterpret_cast<const uint8_t *>(packed.data());
	if (checksum(flags & lzop_crc32_header, {bytes + start, end - start}) != sum)
		return broken_stream(path, "lzo", end);
	return flags;
}

struct LzoBlock {
	uint32_t size = 0; // unpacked; the last one's is 0
	uint32_t adler32 = 0, crc32 = 0;
	std::span<const uint8_t> packed;
};

static LzoBlock next_lzo_block(Cursor *input, uint32_t flags)
{
	LzoBlock block;
	block.size = input->big_endian(4);
	if (block.size == 0)
		return block;
	uint32_t length = input->big_endian(4);
	if (flags & lzop_adler32_unpacked)
		block.adler32 = input->big_endian(4);
	if (flags & lzop_crc32_unpacked)
		block.crc32 = input->big_endian(4);
	// A block of the same length is not packed: the checksum of the unpacked data serves for
	// it.
	if (length < block.size)
		input->take((flags & lzop_adler32_packed ? 4 : 0) +
			    (flags & lzop_crc32_packed ? 4 : 0));
	block.packed = input->take(length);
	return block;
}

// Unpacks into room for lzo_block bytes.
static bool unpack_lzo_block(const LzoBlock &block, uint32_t flags, uint8_t *room)
{
	if (block.size > lzo_block || block.packed.empty() || block.packed.size() > block.size)
		return false;
	lzo_uint size = block.size;
	if (block.packed.size() == block.size)
		memcpy(room, block.packed.data(), size);
	else if (lzo1x_decompress_safe(block.packed.data(), block.packed.size(), room, &size,
				       nullptr) != LZO_E_OK ||
		 size != block.size)
		return false;
	if (flags & lzop_adler32_unpacked && checksum(false, {room, size}) != block.adler32)
		return false;
	return !(flags & lzop_crc32_unpacked) || checksum(true, {room, size}) == block.crc32;
}

Result<Bytes> unpack_lzo(std::span<const std::byte> packed, const std::string &path, size_t limit)
{
	if (lzo_init() != LZO_E_OK)
		return fail(ENOTSUP,
			    "%s: the lzo library here is not the one that klp was built for",
			    path.c_str());
	Cursor input(packed);
	uint32_t flags = TRY(read_lzop_header(&input, packed, path));
	auto room = std::make_unique_for_overwrite<uint8_t[]>(lzo_block);
	Output output(path, limit);
	for (;;) {
		size_t start = input.offset();
		LzoBlock block = next_lzo_block(&input, flags);
		if (input.failed())
			return broken_stream(path, "lzo", input.offset());
		if (block.size == 0 && input.at_end())
			return output.take();
		if (!unpack_lzo_block(block, flags, room.get()))
			return broken_stream(path, "lzo", start);
		TRY(output.append({room.get(), block.size}));
	}
}

}
