// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "strict.hpp"

namespace klp::protocol {

// A document as one word for people to copy: a prefix that says its kind, the document in
// base64url, ".", and 8 hexadecimal digits of the SHA-256 of all before. A text that was copied in
// part is seen to be damaged, not to be wrong.
struct SealedKind {
	std::string_view prefix; // "klp1."
	const char *name; // "token", for messages
};

std::string sealed(const SealedKind &kind, const nlohmann::json &document);

// The document's text. The messages have no part of the text: it has a secret.
Checked<std::string> unsealed(const SealedKind &kind, std::string_view text);

}
