// SPDX-License-Identifier: LGPL-2.1-or-later
// A decoder for each packing format of modules and kernels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <klp/error.hpp>
#include <span>
#include <vector>

namespace klp {

using Bytes = std::vector<std::byte>;

// An output buffer that grows in steps up to a limit: a few bytes of a hostile file can ask for
// any amount of memory.
class Output {
public:
	Output(const std::string &path, size_t limit) : path_(path), limit_(limit) {}

	uint8_t *room() { return reinterpret_cast<uint8_t *>(bytes_.data() + used_); }
	size_t room_size() const { return bytes_.size() - used_; }
	void filled(size_t count) { used_ += count; }

	// EFBIG at the limit.
	Result<> grow();
	Result<> append(std::span<const uint8_t> bytes);

	Bytes take();

private:
	const std::string &path_;
	size_t limit_;
	Bytes bytes_;
	size_t used_ = 0;
};

// EBADMSG: the format's stream is damaged at this offset of the packed bytes.
std::unexpected<Error> broken_stream(const std::string &path, const char *format, size_t offset);

// Unpacks all of a stream that begins where the bytes begin; the path is for messages. EBADMSG
// with the offset of the damage, EFBIG for more than limit bytes.
using Unpack = Result<Bytes>(std::span<const std::byte> packed, const std::string &path,
			     size_t limit);
Unpack unpack_xz, unpack_lzma, unpack_zstd, unpack_gzip;

// Only kernels use these formats.
Unpack unpack_bzip2, unpack_lz4, unpack_lzo;

}
