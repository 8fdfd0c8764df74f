// SPDX-License-Identifier: LGPL-2.1-or-later
#include "compression.hpp"
#include "../try.hpp"
#include "compression_formats.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <lzma.h>
#include <memory>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

namespace klp {

Result<> Output::grow()
{
	if (bytes_.size() >= limit_)
		return fail(EFBIG, "%s: unpacks to more than %zu bytes", path_.c_str(), limit_);
	bytes_.resize(std::min(limit_, std::max<size_t>(1 << 18, bytes_.size() * 2)));
	return {};
}

Result<> Output::append(std::span<const uint8_t> bytes)
{
	while (!bytes.empty()) {
		if (room_size() == 0)
			TRY(grow());
		size_t count = std::min(room_size(), bytes.size());
		memcpy(room(), bytes.data(), count);
		filled(count);
		bytes = bytes.subspan(count);
	}
	return {};
}

Bytes Output::take()
{
	bytes_.resize(used_);
	// Thousands of small modules may be kept.
	bytes_.shrink_to_fit();
	return std::move(bytes_);
}

std::unexpected<Error> broken_stream(const std::string &path, const char *format, size_t offset)
{
	return fail(EBADMSG, "%s: +%#zx: the %s stream is corrupt or cut short", path.c_str(),
		    offset, format);
}

// A decoder keeps a window of its output, as large as the stream says: up to 64 MiB for a module
// (xz -9), 128 MiB for a kernel's image.
constexpr size_t window_memory = 256 << 20;

static std::unexpected<Error> window_too_large(const std::string &path, size_t memory)
{
	return fail(EFBIG, "%s: unpacking it takes more than %zu MiB of memory", path.c_str(),
		    memory >> 20);
}

static std::unexpected<Error> no_memory(const std::string &path, const char *format)
{
	return fail(ENOMEM, "%s: no memory for the %s decoder", path.c_str(), format);
}

// Both of liblzma's formats, from a decoder that is set up.
static Result<Bytes> run_lzma(lzma_stream *stream, std::span<const std::byte> packed,
			      const char *format, const std::string &path, size_t limit,
			      size_t memory = window_memory)
{
	Output output(path, limit);
	stream->next_in = reinterpret_cast<const uint8_t *>(packed.data());
	stream->avail_in = packed.size();
	for (;;) {
		if (output.room_size() == 0)
			TRY(output.grow());
		stream->next_out = output.room();
		stream->avail_out = output.room_size();
		lzma_ret status = lzma_code(stream, LZMA_FINISH);
		output.filled(output.room_size() - stream->avail_out);
		if (status == LZMA_STREAM_END)
			return output.take();
		if (status == LZMA_MEMLIMIT_ERROR)
			return window_too_large(path, memory);
		if (status == LZMA_MEM_ERROR)
			return no_memory(path, format);
		if (status != LZMA_OK)
			return broken_stream(path, format, stream->total_in);
	}
}

static Result<Bytes> unpack_xz_within(size_t memory, std::span<const std::byte> packed,
				      const std::string &path, size_t limit)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	std::unique_ptr<lzma_stream, void (*)(lzma_stream *)> owner(&stream, lzma_end);
	if (lzma_stream_decoder(&stream, memory, 0) != LZMA_OK)
		return no_memory(path, "xz");
	return run_lzma(&stream, packed, "xz", path, limit, memory);
}

Result<Bytes> unpack_xz(std::span<const std::byte> packed, const std::string &path, size_t limit)
{
	return unpack_xz_within(window_memory, packed, path, limit);
}

// The format has neither a checksum nor, through a pipe, a length: no byte may be left over.
Result<Bytes> unpack_lzma(std::span<const std::byte> packed, const std::string &path, size_t limit)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	std::unique_ptr<lzma_stream, void (*)(lzma_stream *)> owner(&stream, lzma_end);
	if (lzma_alone_decoder(&stream, window_memory) != LZMA_OK)
		return no_memory(path, "lzma");
	Bytes unpacked = TRY(run_lzma(&stream, packed, "lzma", path, limit));
	if (stream.avail_in != 0)
		return broken_stream(path, "lzma", stream.total_in);
	return unpacked;
}

// The library's own default limit.
constexpr size_t zstd_window = 128 << 20;

Result<Bytes> unpack_zstd(std::span<const std::byte> packed, const std::string &path, size_t limit)
{
	std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream *)> stream(ZSTD_createDStream(),
									 ZSTD_freeDStream);
	if (!stream)
		return no_memory(path, "zstd");
	Output output(path, limit);
	ZSTD_inBuffer input = {packed.data(), packed.size(), 0};
	for (;;) {
		if (output.room_size() == 0)
			TRY(output.grow());
		ZSTD_outBuffer room = {output.room(), output.room_size(), 0};
		size_t status = ZSTD_decompressStream(stream.get(), &room, &input);
		output.filled(room.pos);
		if (ZSTD_getErrorCode(status) == ZSTD_error_frameParameter_windowTooLarge)
			return window_too_large(path, zstd_window);
		if (ZSTD_getErrorCode(status) == ZSTD_error_memory_allocation)
			return no_memory(path, "zstd");
		if (ZSTD_isError(status))
			return broken_stream(path, "zstd", input.pos);
		if (status == 0 && input.pos == input.size)
			return output.take();
		if (input.pos == input.size && room.pos < room.size)
			return broken_stream(path, "zstd", input.pos);
	}
}

Result<Bytes> unpack_gzip(std::span<const std::byte> packed, const std::string &path, size_t limit)
{
	z_stream stream = {};
	if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK)
		return no_memory(path, "gzip");
	std::unique_ptr<z_stream, int (*)(z_stream *)> owner(&stream, inflateEnd);
	Output output(path, limit);
	// zlib only reads there.
	stream.next_in = reinterpret_cast<uint8_t *>(const_cast<std::byte *>(packed.data()));
	stream.avail_in = packed.size();
	for (;;) {
		if (output.room_size() == 0)
			TRY(output.grow());
		stream.next_out = output.room();
		stream.avail_out = output.room_size();
		int status = inflate(&stream, Z_NO_FLUSH);
		output.filled(output.room_size() - stream.avail_out);
		if (status == Z_STREAM_END)
			return output.take();
		if (status == Z_MEM_ERROR)
			return no_memory(path, "gzip");
		if (status != Z_OK || (stream.avail_in == 0 && stream.avail_out != 0))
			return broken_stream(path, "gzip", stream.total_in);
	}
}

static bool starts_with(const Bytes &bytes, const void *magic, size_t size)
{
	return bytes.size() >= size && memcmp(bytes.data(), magic, size) == 0;
}

Result<Bytes> decompress(Bytes packed, const std::string &path, size_t limit)
{
	// A window larger than the result is of no use, nor are many megabytes besides.
	constexpr size_t decoder = 32 << 20;
	if (starts_with(packed,
			"\xfd"
			"7zXZ",
			6))
		return unpack_xz_within(limit + decoder, packed, path, limit);
	if (starts_with(packed, "\x28\xb5\x2f\xfd", 4))
		return unpack_zstd(packed, path, limit);
	if (starts_with(packed, "\x1f\x8b", 2))
		return unpack_gzip(packed, path, limit);
	return packed;
}

}
