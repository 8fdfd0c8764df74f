// SPDX-License-Identifier: LGPL-2.1-or-later
// Keys made by the test, and signatures by them, as the kernel's sign-file makes them.
#pragma once

#include <endian.h>
#include <memory>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string>

namespace klp::test {

inline constexpr const char *signature_marker = "~Module signature appended~\n";

// A key with a certificate that it signed itself.
class SigningKey {
public:
	explicit SigningKey(const std::string &name, bool with_key_id = true)
	    : key_(EVP_EC_gen("P-256"), EVP_PKEY_free), certificate_(X509_new(), X509_free)
	{
		X509 *certificate = certificate_.get();
		X509_set_version(certificate, 2);
		// The top bit is set, so that DER has a byte 0 before the number.
		ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), 0xcafe);
		X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
		X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
		X509_set_pubkey(certificate, key_.get());
		X509_NAME *subject = X509_get_subject_name(certificate);
		X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
					   reinterpret_cast<const unsigned char *>(name.c_str()),
					   -1, -1, 0);
		X509_set_issuer_name(certificate, subject);
		if (with_key_id) {
			X509V3_CTX context;
			X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
			X509_EXTENSION *extension = X509V3_EXT_conf_nid(
				nullptr, &context, NID_subject_key_identifier, "hash");
			X509_add_ext(certificate, extension, -1);
			X509_EXTENSION_free(extension);
		}
		X509_sign(certificate, key_.get(), EVP_sha256());
	}

	EVP_PKEY *key() const { return key_.get(); }
	X509 *certificate() const { return certificate_.get(); }
	// The subject key id, in hexadecimal.
	std::string id() const
	{
		const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(certificate());
		char *text = i2s_ASN1_OCTET_STRING(nullptr, id);
		std::string digits;
		for (const char *at = text; *at; at++) {
			if (*at != ':')
				digits += tolower(*at);
		}
		OPENSSL_free(text);
		return digits;
	}

private:
	std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY *)> key_;
	std::unique_ptr<X509, void (*)(X509 *)> certificate_;
};

// A PKCS#7 message, DER.
inline std::string signed_message(const std::string &content, const SigningKey &key,
				  unsigned flags = CMS_NOATTR | CMS_NOCERTS | CMS_DETACHED)
{
	flags |= CMS_BINARY | CMS_NOSMIMECAP;
	BIO *data = BIO_new_mem_buf(content.data(), content.size());
	CMS_ContentInfo *message =
		CMS_sign(nullptr, nullptr, nullptr, nullptr, flags | CMS_PARTIAL);
	CMS_add1_signer(message, key.certificate(), key.key(), EVP_sha256(), flags);
	CMS_final(message, data, nullptr, flags);
	unsigned char *der = nullptr;
	int size = i2d_CMS_ContentInfo(message, &der);
	std::string bytes(reinterpret_cast<char *>(der), size);
	OPENSSL_free(der);
	CMS_ContentInfo_free(message);
	BIO_free(data);
	return bytes;
}

// The bytes behind a module: the message, struct module_signature and the marker.
inline std::string appended(const std::string &message, char id_type = 2)
{
	std::string trailer(8, '\0');
	trailer[2] = id_type;
	uint32_t size = htobe32(message.size());
	return message + trailer + std::string(reinterpret_cast<char *>(&size), sizeof(size)) +
	       signature_marker;
}

inline std::string signature_of(const std::string &content, const SigningKey &key,
				unsigned flags = CMS_NOATTR | CMS_NOCERTS | CMS_DETACHED)
{
	return appended(signed_message(content, key, flags));
}

}
