// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pem.hpp"

#include <openssl/pem.h>
#include <openssl/pkcs12.h>

namespace klp::tuf {

std::string text_of(BIO *bio)
{
	char *start = nullptr;
	long size = BIO_get_mem_data(bio, &start);
	return std::string(start, size);
}

namespace {

using KeyInfo = std::unique_ptr<PKCS8_PRIV_KEY_INFO, decltype(&PKCS8_PRIV_KEY_INFO_free)>;
using EncryptedKey = std::unique_ptr<X509_SIG, decltype(&X509_SIG_free)>;

// scrypt makes each guess of a passphrase cost 16 MiB.
EncryptedKey encrypted(EVP_PKEY *key, const std::string &passphrase)
{
	constexpr uint64_t cost = 1 << 14, block_size = 8, parallel = 1;
	KeyInfo info(EVP_PKEY2PKCS8(key), PKCS8_PRIV_KEY_INFO_free);
	X509_ALGOR *method = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), nullptr, 0, nullptr, cost,
						   block_size, parallel);
	EncryptedKey result(nullptr, X509_SIG_free);
	if (info && method)
		result.reset(
			PKCS8_set0_pbe(passphrase.data(), passphrase.size(), info.get(), method));
	if (!result)
		X509_ALGOR_free(method);
	return result;
}

}

std::optional<std::string> private_pem(EVP_PKEY *key, const std::string &passphrase)
{
	Bio bio(BIO_new(BIO_s_secmem()), BIO_free);
	bool is_written = false;
	if (bio && passphrase.empty()) {
		is_written = PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0,
							   nullptr, nullptr) == 1;
	} else if (bio) {
		EncryptedKey made = encrypted(key, passphrase);
		is_written = made && PEM_write_bio_PKCS8(bio.get(), made.get()) == 1;
	}
	if (!is_written)
		return std::nullopt;
	return text_of(bio.get());
}

}
