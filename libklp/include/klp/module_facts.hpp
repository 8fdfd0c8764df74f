// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace [[gnu::visibility("default")]] klp {

// The checksum of an exported symbol's type, as genksyms made it.
struct SymbolVersion {
	std::string name;
	uint32_t crc;
};

// Who signed a module, as its signature has it.
struct Signer {
	// As the kernel looks for the key, in hexadecimal: the subject key id, or the
	// certificate's serial number and behind it the issuer.
	std::string id;
	bool by_key_id;
	std::string name; // for people: "the key 8963f707…"
};

// The signature behind a module: what it claims. Whether it holds, only the kernel knows.
struct Signature {
	std::string digest; // "sha256"
	std::vector<Signer> signers; // one at least
	bool has_certificates; // which may lead to another key that the kernel has
};

}
