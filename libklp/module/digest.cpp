// SPDX-License-Identifier: LGPL-2.1-or-later
#include "digest.hpp"

#include <cstdio>
#include <openssl/sha.h>

namespace klp {

std::string hexadecimal(std::span<const std::byte> bytes)
{
	std::string text;
	char digits[3];
	for (std::byte byte : bytes) {
		snprintf(digits, sizeof(digits), "%02x", static_cast<unsigned>(byte));
		text += digits;
	}
	return text;
}

static const unsigned char *unsigned_bytes(std::span<const std::byte> bytes)
{
	return reinterpret_cast<const unsigned char *>(bytes.data());
}

std::string sha256(std::span<const std::byte> bytes)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	SHA256(unsigned_bytes(bytes), bytes.size(), digest);
	return hexadecimal(std::as_bytes(std::span(digest)));
}

std::string sha512(std::span<const std::byte> bytes)
{
	unsigned char digest[SHA512_DIGEST_LENGTH];
	SHA512(unsigned_bytes(bytes), bytes.size(), digest);
	return hexadecimal(std::as_bytes(std::span(digest)));
}

}
