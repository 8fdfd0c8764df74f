// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "json.hpp"

#include <map>
#include <memory>
#include <openssl/evp.h>
#include <optional>

namespace klp::tuf {

using EvpKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// The id that writers of metadata here give a key: the SHA-256 of the key as metadata states it.
// The specification permits any other.
std::string keyid_of(const nlohmann::json &key);

// A public key as metadata states it: ed25519, ecdsa-sha2-nistp256 or rsassa-pss-sha256. Metadata
// may state keys of kinds that are not known here, and keys that are broken; such a key verifies
// nothing, and the metadata stays acceptable.
class PublicKey {
public:
	// value has "keytype", "scheme" and "keyval". keyid_hash_algorithms means nothing.
	static PublicKey parse(const nlohmann::json &value);

	// signature is in hexadecimal. Safe for several threads.
	bool verifies(const std::string &message, const std::string &signature) const;

	// One for each key, however it is written; empty for a key that verifies nothing.
	const std::string &identity() const { return identity_; }

	// Why the key verifies nothing; empty for a usable key.
	const std::string &unusable() const { return unusable_; }

private:
	enum class Scheme { ed25519, ecdsa_p256, rsa_pss };

	PublicKey(Scheme scheme, EvpKey key, std::string identity)
	    : scheme_(scheme), key_(std::move(key)), identity_(std::move(identity))
	{
	}
	explicit PublicKey(std::string unusable)
	    : key_(nullptr, EVP_PKEY_free), unusable_(std::move(unusable))
	{
	}

	Scheme scheme_ = Scheme::ed25519;
	EvpKey key_;
	std::string identity_, unusable_;
};

using Keys = std::map<std::string, PublicKey>; // by keyid

// The bytes of an even number of hexadecimal digits of either case, else nothing.
std::optional<std::string> from_hexadecimal(std::string_view text);

}
