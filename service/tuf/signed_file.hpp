// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "fields.hpp"
#include "keys.hpp"

#include <span>

namespace klp::tuf {

class SigningKey;

// The keys that sign a role, as the role's delegator has them.
struct Role {
	std::vector<std::string> keyids; // one may stand there twice, or name no key
	int64_t threshold; // at least 1; may exceed the number of keys
};

// A delegator's word on a role. Both live as long as the delegator's metadata.
struct Authority {
	const Keys *keys;
	const Role *role;
};

// A file of metadata: what is signed, and the signatures. No signature was verified yet.
class SignedFile {
public:
	// Malformed, too, if two signatures have one keyid. name is the file's, for messages.
	static Checked<SignedFile> parse(const std::string &name, std::string_view bytes);

	// Refuses the file unless threshold keys of the role signed it. Each key counts once, by
	// whatever keyids it is listed. Signatures that are wrong or of other keys count nothing.
	Checked<> verify(const Authority &authority) const;

	const std::string &name() const { return name_; }
	Fields content() const { return *Fields::of(name_, content_); }

private:
	struct Signature {
		std::string keyid, hexadecimal;
	};

	SignedFile() = default;

	std::string name_;
	nlohmann::json content_;
	std::string canonical_; // of the content
	std::vector<Signature> signatures_;
};

// The bytes of a file of metadata that has content, signed with each of the keys.
Checked<std::string> sign(const nlohmann::json &content, std::span<const SigningKey *const> keys);

// The same file with one more signature, in place of the key's former one. The signatures that the
// file has are not verified.
Checked<std::string> add_signature(const std::string &name, std::string_view bytes,
				   const SigningKey &key);

}
