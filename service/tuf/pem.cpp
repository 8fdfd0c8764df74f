// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pem.hpp"

#include <openssl/pem.h>

namespace klp::tuf {

std::string text_of(BIO *bio)
{
	char *start = nullptr;
	long size = BIO_get_mem_data(bio, &start);
	return std::string(start, size);
}

std::optional<std::string> private_pem(EVP_PKEY *key)
{
	Bio bio(BIO_new(BIO_s_secmem()), BIO_free);
	if (!bio || PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr,
						  nullptr) != 1)
		return std::nullopt;
	return text_of(bio.get());
}

}
