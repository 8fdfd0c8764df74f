// SPDX-License-Identifier: LGPL-2.1-or-later
// A decoder for each format that modules and kernels are packed in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <klp/error.hpp>
#include <span>
#include <vector>

namespace klp {

using Bytes = std::vector<std::byte>;

// Output grows in steps up to a limit: a few bytes of a hostile file can ask for
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

// EBADMSG: the format's stream broke at this offset of the packed bytes.
std::unexpected<Error> broken_stream(const std::string &path, const char *format, size_t offset);

// All of a stream that begins where the bytes do; the path is for words. EBADMSG with
// the offset at which it broke, EFBIG for more than limit bytes.
using Unpack = Result<Bytes>(std::span<const std::byte> packed, const std::string &path,
			     size_t limit);
Unpack unpack_xz, unpack_lzma, unpack_zstd, unpack_gzip;

// Kernels alone are packed in these.
Unpack unpack_bzip2, unpack_lz4, unpack_lzo;

}
