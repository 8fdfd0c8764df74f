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

// The terms on which a kernel or a module gives an exported symbol to a module.
struct ExportTerms {
	bool gpl_only = false; // EXPORT_SYMBOL_GPL()
	std::string name_space; // EXPORT_SYMBOL_NS(), "" for none

	bool operator==(const ExportTerms &) const = default;
};

// The signer of a module, as the signature names it.
struct Signer {
	// The id by which the kernel looks for the key, in hexadecimal: the subject key id, or the
	// certificate's serial number followed by the issuer.
	std::string id;
	bool by_key_id;
	std::string name; // for people: "the key 8963f707…"
};

// The signature behind a module, and its claims. Only the kernel can tell whether it is valid.
struct Signature {
	std::string digest; // "sha256"
	std::vector<Signer> signers; // at least one
	bool has_certificates; // these may lead to another key that the kernel has
};

}
