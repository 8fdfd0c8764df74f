// SPDX-License-Identifier: LGPL-2.1-or-later
#include "boot_image.hpp"
#include "../module/compression_formats.hpp"
#include "../module/elf.hpp"
#include "../try.hpp"

#include <cerrno>
#include <cstring>

namespace klp {

// Offsets in the file.
constexpr size_t setup_sects_at = 0x1f1;
constexpr size_t magic_at = 0x202;
constexpr size_t version_at = 0x206;
constexpr size_t payload_offset_at = 0x248;
constexpr size_t payload_length_at = 0x24c;

constexpr size_t sector = 512;

struct Packing {
	std::string_view magic;
	Unpack *unpack;
	// The kernel's makefiles append the unpacked size for the unpacker; a gzip stream ends
	// with this size anyway.
	size_t appended;
};

// All packings that the kernel's scripts/extract-vmlinux knows.
static constexpr Packing packings[] = {
	{{"\xfd"
	  "7zXZ\0",
	  6},
	 unpack_xz,
	 4},
	{"\x28\xb5\x2f\xfd", unpack_zstd, 4},
	{"\x1f\x8b", unpack_gzip, 0},
	{"\x02\x21\x4c\x18", unpack_lz4, 4},
	{"BZh", unpack_bzip2, 4},
	{{"\x5d\0\0", 3}, unpack_lzma, 4},
	{"\x89LZO", unpack_lzo, 4},
};

static bool has_at(std::span<const std::byte> bytes, size_t offset, std::string_view magic)
{
	return offset <= bytes.size() && bytes.size() - offset >= magic.size() &&
	       memcmp(bytes.data() + offset, magic.data(), magic.size()) == 0;
}

bool is_boot_image(std::span<const std::byte> bytes)
{
	return has_at(bytes, magic_at, "HdrS");
}

struct Payload {
	size_t offset; // in the file
	std::span<const std::byte> bytes;
};

static Result<Payload> find_payload(const std::string &path, std::span<const std::byte> bytes)
{
	uint8_t setup_sects;
	uint16_t version;
	uint32_t offset, length;
	if (!read_at(bytes, setup_sects_at, &setup_sects) || !read_at(bytes, version_at, &version))
		return fail(EBADMSG, "%s: +%#zx: the boot header is cut short", path.c_str(),
			    bytes.size());
	if (version < 0x208)
		return fail(
			EBADMSG,
			"%s: +%#zx: boot protocol %u.%02u does not tell where the kernel is, 2.08 does",
			path.c_str(), version_at, version >> 8, version & 0xff);
	if (!read_at(bytes, payload_offset_at, &offset) ||
	    !read_at(bytes, payload_length_at, &length))
		return fail(EBADMSG, "%s: +%#zx: the boot header is cut short", path.c_str(),
			    bytes.size());
	// 0 stands for 4, as in Linux 1.3.
	size_t start = ((setup_sects ? setup_sects : 4) + 1) * sector + offset;
	if (start > bytes.size() || length > bytes.size() - start)
		return fail(
			EBADMSG,
			"%s: +%#zx: a packed kernel of %#x bytes at %#zx does not fit a file of %#zx",
			path.c_str(), payload_offset_at, length, start, bytes.size());
	return Payload{start, bytes.subspan(start, length)};
}

static Result<std::vector<std::byte>> unpack(const std::string &path, const Payload &payload,
					     const Packing &packing)
{
	std::span<const std::byte> bytes = payload.bytes;
	uint32_t size;
	if (!read_at(bytes, bytes.size() - sizeof(size), &size))
		return fail(EBADMSG, "%s: +%#zx: %zu bytes are too few for a packed kernel",
			    path.c_str(), payload.offset, bytes.size());
	size_t size_at = payload.offset + bytes.size() - sizeof(size);
	if (size > unpacked_kernel_limit)
		return fail(EFBIG, "%s: +%#zx: the kernel would unpack to %u bytes, more than %zu",
			    path.c_str(), size_at, size, unpacked_kernel_limit);
	bytes = bytes.first(bytes.size() - packing.appended);
	char where[64];
	snprintf(where, sizeof(where), ": packed kernel at %#zx", payload.offset);
	// One byte more lets the decoder see the end of its stream.
	Result<std::vector<std::byte>> unpacked = packing.unpack(bytes, path + where, size + 1);
	if (!unpacked && unpacked.error().code == EFBIG)
		return fail(EBADMSG, "%s", unpacked.error().message.c_str());
	if (unpacked && unpacked->size() != size)
		return fail(EBADMSG, "%s: +%#zx: the kernel unpacks to %zu bytes and not to %u",
			    path.c_str(), size_at, unpacked->size(), size);
	return unpacked;
}

Result<std::vector<std::byte>> unpack_boot_image(const std::string &path,
						 std::span<const std::byte> bytes)
{
	Payload payload = TRY(find_payload(path, bytes));
	for (const Packing &packing : packings) {
		if (has_at(payload.bytes, 0, packing.magic))
			return unpack(path, payload, packing);
	}
	if (has_at(payload.bytes, 0, ELFMAG))
		return std::vector<std::byte>(payload.bytes.begin(), payload.bytes.end());
	return fail(EBADMSG, "%s: +%#zx: no kernel here that is packed in a known way",
		    path.c_str(), payload.offset);
}

}
