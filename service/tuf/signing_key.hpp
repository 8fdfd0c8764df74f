// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "keys.hpp"

namespace klp::tuf {

// A private key, ed25519 or of P-256, with the public half as metadata states it. Safe for several
// threads.
class SigningKey {
public:
	enum class Kind { ed25519, ecdsa_p256 };

	static Checked<SigningKey> make(Kind kind);

	// PKCS #8 in PEM, encrypted by the passphrase unless that is empty. Another passphrase, or
	// a key of another kind: local. name is the file's, for messages.
	static Checked<SigningKey> from_pem(const std::string &name, const std::string &pem,
					    const std::string &passphrase = "");
	Checked<std::string> pem(const std::string &passphrase = "") const;
	static bool is_encrypted(const std::string &pem);

	const nlohmann::json &public_key() const { return public_key_; }
	const std::string &keyid() const { return keyid_; } // SHA-256 of canonical public_key()

	// The signature in hexadecimal.
	Checked<std::string> sign(const std::string &message) const;

private:
	SigningKey(Kind kind, EvpKey key, nlohmann::json public_key);
	static Checked<SigningKey> of(const std::string &name, EvpKey key);

	Kind kind_;
	EvpKey key_;
	nlohmann::json public_key_;
	std::string keyid_;
};

}
