// SPDX-License-Identifier: LGPL-2.1-or-later
#include "certificate.hpp"
#include "../../libklp/module/digest.hpp"
#include "../tuf/keys.hpp"
#include "../tuf/pem.hpp"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace klp::hub {

using tuf::Checked;
using tuf::FaultKind;

namespace {

using X509Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

// Ten years: agents hold the key against their pin, and nobody renews a certificate that works.
constexpr int64_t lifetime = 10 * 365 * 24 * 3600LL; // seconds
constexpr int64_t slack = 24 * 3600; // for clocks that are behind

bool add_extension(X509 *certificate, int kind, const std::string &value)
{
	X509V3_CTX context;
	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
	std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
		X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), X509_EXTENSION_free);
	return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool is_address(const std::string &host)
{
	in6_addr parsed;
	return inet_pton(AF_INET, host.c_str(), &parsed) == 1 ||
	       inet_pton(AF_INET6, host.c_str(), &parsed) == 1;
}

// The serial number: 8 random bytes, positive.
bool set_serial(X509 *certificate)
{
	uint64_t serial = 0;
	return RAND_bytes(reinterpret_cast<unsigned char *>(&serial), sizeof(serial)) == 1 &&
	       ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1 | 1) == 1;
}

bool set_names(X509 *certificate)
{
	X509_NAME *name = X509_get_subject_name(certificate);
	auto text = reinterpret_cast<const unsigned char *>("klp-hub");
	return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1 &&
	       X509_set_issuer_name(certificate, name) == 1;
}

bool fill(X509 *certificate, EVP_PKEY *key, const std::string &host, int64_t now)
{
	std::string name = (is_address(host) ? "IP:" : "DNS:") + host;
	return X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
	       set_names(certificate) && X509_set_pubkey(certificate, key) == 1 &&
	       ASN1_TIME_set(X509_getm_notBefore(certificate), now - slack) &&
	       ASN1_TIME_set(X509_getm_notAfter(certificate), now + lifetime) &&
	       add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
	       add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
	       add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
	       add_extension(certificate, NID_subject_alt_name, name) &&
	       X509_sign(certificate, key, EVP_sha256()) > 0;
}

std::string pin_of(EVP_PKEY *key)
{
	unsigned char *bytes = nullptr;
	int size = i2d_PUBKEY(key, &bytes);
	std::string pin;
	if (size > 0)
		pin = sha256(std::as_bytes(std::span(bytes, size)));
	OPENSSL_free(bytes);
	return pin;
}

}

Checked<Certificate> make_certificate(const std::string &host, int64_t now)
{
	tuf::EvpKey key(EVP_EC_gen("P-256"), EVP_PKEY_free);
	X509Certificate certificate(X509_new(), X509_free);
	tuf::Bio text(BIO_new(BIO_s_mem()), BIO_free);
	std::optional<std::string> key_text;
	if (key && certificate && fill(certificate.get(), key.get(), host, now))
		key_text = tuf::private_pem(key.get());
	if (!key_text || PEM_write_bio_X509(text.get(), certificate.get()) != 1)
		return tuf::refuse(FaultKind::local, "cannot make a certificate for '%s'",
				   host.c_str());
	return Certificate{tuf::text_of(text.get()), *key_text, pin_of(key.get())};
}

}
