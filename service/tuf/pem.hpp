// SPDX-License-Identifier: LGPL-2.1-or-later
// PEM in memory.
#pragma once

#include <memory>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <optional>
#include <string>

namespace klp::tuf {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

// All that was written to a BIO in memory.
std::string text_of(BIO *bio);

// The private key in PKCS #8, encrypted by the passphrase unless that is empty. Nothing where
// OpenSSL fails.
std::optional<std::string> private_pem(EVP_PKEY *key, const std::string &passphrase = "");

}
