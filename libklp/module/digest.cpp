// SPDX-License-Identifier: LGPL-2.1-or-later
#include "digest.hpp"

#include <cstdio>
#include <openssl/sha.h>

namespace klp {

std::string sha256(std::span<const std::byte> bytes)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	SHA256(reinterpret_cast<const unsigned char *>(bytes.data()), bytes.size(), digest);
	std::string text;
	char digits[3];
	for (unsigned char byte : digest) {
		snprintf(digits, sizeof(digits), "%02x", byte);
		text += digits;
	}
	return text;
}

}
