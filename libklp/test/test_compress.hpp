// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdio>
#include <cstdlib>
#include <lzma.h>
#include <memory>
#include <string>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

namespace klp::test {

inline std::string xz(const std::string &bytes)
{
	std::string packed(lzma_stream_buffer_bound(bytes.size()), '\0');
	size_t used = 0;
	if (lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, nullptr,
				    reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size(),
				    reinterpret_cast<uint8_t *>(packed.data()), &used,
				    packed.size()) != LZMA_OK)
		abort();
	packed.resize(used);
	return packed;
}

// With a checksum, as zstd(1) makes it.
inline std::string zstd(const std::string &bytes)
{
	std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx *)> context(ZSTD_createCCtx(),
								    ZSTD_freeCCtx);
	ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
	std::string packed(ZSTD_compressBound(bytes.size()), '\0');
	size_t used = ZSTD_compress2(context.get(), packed.data(), packed.size(), bytes.data(),
				     bytes.size());
	if (ZSTD_isError(used))
		abort();
	packed.resize(used);
	return packed;
}

inline std::string gzip(const std::string &bytes)
{
	z_stream stream = {};
	if (deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, 0) != Z_OK)
		abort();
	std::string packed(deflateBound(&stream, bytes.size()), '\0');
	stream.next_in = reinterpret_cast<uint8_t *>(const_cast<char *>(bytes.data()));
	stream.avail_in = bytes.size();
	stream.next_out = reinterpret_cast<uint8_t *>(packed.data());
	stream.avail_out = packed.size();
	if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
		abort();
	packed.resize(stream.total_out);
	deflateEnd(&stream);
	return packed;
}

// Packs with the tools that the kernel's scripts/Makefile.lib runs, through pipes as there.
inline std::string by_tool(const std::string &command, const std::string &bytes)
{
	std::unique_ptr<FILE, int (*)(FILE *)> source(tmpfile(), fclose);
	if (fwrite(bytes.data(), 1, bytes.size(), source.get()) != bytes.size() ||
	    fflush(source.get()) != 0)
		abort();
	std::string from = "cat /proc/" + std::to_string(getpid()) + "/fd/" +
			   std::to_string(fileno(source.get())) + " | ";
	std::unique_ptr<FILE, int (*)(FILE *)> pipe(popen((from + command).c_str(), "r"), pclose);
	std::string packed;
	char room[1 << 16];
	for (size_t count; (count = fread(room, 1, sizeof(room), pipe.get())) > 0;)
		packed.append(room, count);
	if (pclose(pipe.release()) != 0)
		abort();
	return packed;
}

inline std::string lzma(const std::string &bytes)
{
	return by_tool("xz --format=lzma", bytes);
}

inline std::string bzip2(const std::string &bytes)
{
	return by_tool("bzip2 -9", bytes);
}

inline std::string lz4(const std::string &bytes)
{
	return by_tool("lz4 -l -9 - -", bytes);
}

inline std::string lzo(const std::string &bytes)
{
	return by_tool("lzop -9", bytes);
}

}
