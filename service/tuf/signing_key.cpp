// SPDX-License-Identifier: LGPL-2.1-or-later
#include "signing_key.hpp"
#include "../../libklp/module/digest.hpp"
#include "pem.hpp"

#include <array>
#include <openssl/ec.h>
#include <openssl/pem.h>

namespace klp::tuf {

SigningKey::SigningKey(Kind kind, EvpKey key, nlohmann::json public_key)
    : kind_(kind),
      key_(std::move(key)),
      public_key_(std::move(public_key)),
      keyid_(keyid_of(public_key_))
{
}

Checked<SigningKey> SigningKey::of(const std::string &name, EvpKey key)
{
	if (EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_ED25519) {
		std::array<std::byte, 32> bytes = {};
		size_t size = bytes.size();
		EVP_PKEY_get_raw_public_key(key.get(),
					    reinterpret_cast<unsigned char *>(bytes.data()), &size);
		return SigningKey(Kind::ed25519, std::move(key),
				  {{"keytype", "ed25519"},
				   {"scheme", "ed25519"},
				   {"keyval", {{"public", hexadecimal(bytes)}}}});
	}
	Bio bio(BIO_new(BIO_s_mem()), BIO_free);
	PEM_write_bio_PUBKEY(bio.get(), key.get());
	nlohmann::json public_key = {{"keytype", "ecdsa"},
				     {"scheme", "ecdsa-sha2-nistp256"},
				     {"keyval", {{"public", text_of(bio.get())}}}};
	PublicKey read = PublicKey::parse(public_key);
	if (!read.unusable().empty())
		return refuse(FaultKind::local, "%s: neither a key of ed25519 nor of P-256: %s",
			      name.c_str(), read.unusable().c_str());
	return SigningKey(Kind::ecdsa_p256, std::move(key), std::move(public_key));
}

Checked<SigningKey> SigningKey::make(Kind kind)
{
	EvpKey key(kind == Kind::ed25519 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
					 : EVP_EC_gen("P-256"),
		   EVP_PKEY_free);
	if (!key)
		return refuse(FaultKind::local, "cannot make a key: no random numbers");
	return of("the new key", std::move(key));
}

// OpenSSL asks for it. No question on the terminal where there is none.
static int give_passphrase(char *place, int size, int, void *argument)
{
	const std::string &passphrase = *static_cast<const std::string *>(argument);
	if (passphrase.empty() || passphrase.size() > static_cast<size_t>(size))
		return -1;
	passphrase.copy(place, passphrase.size());
	return static_cast<int>(passphrase.size());
}

bool SigningKey::is_encrypted(const std::string &pem)
{
	return pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----");
}

Checked<SigningKey> SigningKey::from_pem(const std::string &name, const std::string &pem,
					 const std::string &passphrase)
{
	Bio bio(BIO_new_mem_buf(pem.data(), pem.size()), BIO_free);
	std::string copy = passphrase;
	EvpKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, give_passphrase, &copy),
		   EVP_PKEY_free);
	if (!key && is_encrypted(pem))
		return refuse(FaultKind::local, "%s: the passphrase is another, or is missing",
			      name.c_str());
	if (!key)
		return refuse(FaultKind::local, "%s: no private key in PEM", name.c_str());
	return of(name, std::move(key));
}

Checked<std::string> SigningKey::pem(const std::string &passphrase) const
{
	std::optional<std::string> pem = private_pem(key_.get(), passphrase);
	if (!pem)
		return refuse(FaultKind::local, "cannot write the key '%s'", keyid_.c_str());
	return std::move(*pem);
}

Checked<std::string> SigningKey::sign(const std::string &message) const
{
	std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
									EVP_MD_CTX_free);
	const EVP_MD *digest = kind_ == Kind::ed25519 ? nullptr : EVP_sha256();
	auto bytes = reinterpret_cast<const unsigned char *>(message.data());
	std::array<std::byte, 256> signature;
	size_t size = signature.size();
	if (!context ||
	    EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key_.get()) != 1 ||
	    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char *>(signature.data()),
			   &size, bytes, message.size()) != 1)
		return refuse(FaultKind::local, "the key '%s' cannot sign", keyid_.c_str());
	return hexadecimal(std::span(signature).first(size));
}

}
