// SPDX-License-Identifier: LGPL-2.1-or-later
#include "signature.hpp"
#include "../try.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <endian.h>
#include <memory>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509.h>

namespace klp {

namespace {

constexpr std::string_view marker = "~Module signature appended~\n";

// include/linux/module_signature.h
struct Trailer {
	uint8_t algo, hash, id_type, signer_len, key_id_len, pad[3];
	uint32_t message_size; // big-endian
};
constexpr uint8_t id_type_pkcs7 = 2;

using Message = std::unique_ptr<CMS_ContentInfo, decltype(&CMS_ContentInfo_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

struct Parts {
	std::span<const std::byte> content, message;
};

std::string hexadecimal(std::span<const unsigned char> bytes)
{
	static constexpr char digits[] = "0123456789abcdef";
	std::string text;
	for (unsigned char byte : bytes) {
		text += digits[byte >> 4];
		text += digits[byte & 15];
	}
	return text;
}

// The contents of an OpenSSL encoding, without tag and length: the kernel compares these.
template <class T>
std::span<const unsigned char> contents_of(const T *value, int (*encode)(const T *, uint8_t **),
					   std::unique_ptr<uint8_t, void (*)(uint8_t *)> *buffer)
{
	uint8_t *der = nullptr;
	int size = encode(value, &der);
	if (size <= 0)
		return {};
	buffer->reset(der);
	const uint8_t *at = der;
	long length;
	int tag, tag_class;
	if (ASN1_get_object(&at, &length, &tag, &tag_class, size) & 0x80)
		return {};
	return {at, static_cast<size_t>(length)};
}

std::string text_of(const X509_NAME *name)
{
	Bio out(BIO_new(BIO_s_mem()), BIO_free_all);
	X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
	char *text;
	long size = BIO_get_mem_data(out.get(), &text);
	return std::string(text, size);
}

Signer signer_of(CMS_SignerInfo *info)
{
	ASN1_OCTET_STRING *key_id = nullptr;
	X509_NAME *issuer = nullptr;
	ASN1_INTEGER *serial = nullptr;
	CMS_SignerInfo_get0_signer_id(info, &key_id, &issuer, &serial);
	if (key_id) {
		std::string id = hexadecimal({ASN1_STRING_get0_data(key_id),
					      static_cast<size_t>(ASN1_STRING_length(key_id))});
		return {id, true, "the key " + id};
	}
	auto release = [](uint8_t *der) { OPENSSL_free(der); };
	std::unique_ptr<uint8_t, void (*)(uint8_t *)> number(nullptr, release),
		name(nullptr, release);
	std::string digits =
		hexadecimal(contents_of<ASN1_INTEGER>(serial, i2d_ASN1_INTEGER, &number));
	std::string id = digits + hexadecimal(contents_of<X509_NAME>(issuer, i2d_X509_NAME, &name));
	return {id, false,
		"the key with the certificate " + digits + " of '" + text_of(issuer) + "'"};
}

Result<Parts> take_apart(const std::string &path, std::span<const std::byte> file)
{
	std::span<const std::byte> rest = file.first(file.size() - marker.size());
	Trailer trailer;
	if (rest.size() <= sizeof(trailer))
		return fail(EBADMSG, "%s: it ends as a signed module does, and has no signature",
			    path.c_str());
	rest = rest.first(rest.size() - sizeof(trailer));
	memcpy(&trailer, rest.data() + rest.size(), sizeof(trailer));
	size_t size = be32toh(trailer.message_size);
	if (size >= rest.size())
		return fail(EBADMSG, "%s: a signature of %zu bytes in a file of %zu", path.c_str(),
			    size, file.size());
	if (trailer.id_type != id_type_pkcs7)
		return fail(ENOPKG, "%s: a signature of type %u, not PKCS#7 (%u)", path.c_str(),
			    trailer.id_type, id_type_pkcs7);
	if (trailer.algo || trailer.hash || trailer.signer_len || trailer.key_id_len ||
	    trailer.pad[0] || trailer.pad[1] || trailer.pad[2])
		return fail(EBADMSG, "%s: the signature's end has values that are to be 0",
			    path.c_str());
	return Parts{rest.first(rest.size() - size), rest.last(size)};
}

// pkcs7_sig_note_pkey_algo() of 6.1; an algorithm that a later kernel adds may come with other
// rules.
bool is_rsa_or_ecdsa(CMS_SignerInfo *info)
{
	X509_ALGOR *algorithm = nullptr;
	CMS_SignerInfo_get0_algs(info, nullptr, nullptr, nullptr, &algorithm);
	int id = OBJ_obj2nid(algorithm->algorithm), key = NID_undef;
	OBJ_find_sigid_algs(id, nullptr, &key);
	return id == NID_rsaEncryption || key == NID_X9_62_id_ecPublicKey;
}

// Checks with the certificates in the message: the kernel tries those first, for signers that are
// named by issuer and serial number (pkcs7_verify_one()).
bool contradicts_itself(CMS_ContentInfo *message, std::span<const std::byte> content)
{
	// CMS_verify() makes another BIO from a memory BIO, and leaks it where it fails.
	Bio data(BIO_push(BIO_new(BIO_f_null()), BIO_new_mem_buf(content.data(), content.size())),
		 BIO_free_all);
	ERR_clear_error();
	if (CMS_verify(message, nullptr, nullptr, data.get(), nullptr,
		       CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) == 1)
		return false;
	bool differs = ERR_GET_REASON(ERR_peek_last_error()) == CMS_R_CONTENT_VERIFY_ERROR;
	ERR_clear_error();
	return differs;
}

bool has_certificates(CMS_ContentInfo *message)
{
	STACK_OF(X509) *certificates = CMS_get1_certs(message);
	bool some = sk_X509_num(certificates) > 0;
	sk_X509_pop_free(certificates, X509_free);
	return some;
}

}

bool has_signature(std::span<const std::byte> file)
{
	return file.size() > marker.size() &&
	       memcmp(file.data() + file.size() - marker.size(), marker.data(), marker.size()) == 0;
}

Result<Signature> read_signature(const std::string &path, std::span<const std::byte> file)
{
	Parts parts = TRY(take_apart(path, file));
	auto at = reinterpret_cast<const unsigned char *>(parts.message.data());
	Message message(d2i_CMS_ContentInfo(nullptr, &at, parts.message.size()),
			CMS_ContentInfo_free);
	ERR_clear_error();
	if (!message)
		return fail(EBADMSG, "%s: the signature is not a PKCS#7 message", path.c_str());
	if (OBJ_obj2nid(CMS_get0_type(message.get())) != NID_pkcs7_signed ||
	    OBJ_obj2nid(CMS_get0_eContentType(message.get())) != NID_pkcs7_data)
		return fail(EINVAL, "%s: the PKCS#7 message is not a signature of data",
			    path.c_str());
	if (*CMS_get0_content(message.get()))
		return fail(EBADMSG, "%s: the signature has the data that it signs in itself",
			    path.c_str());

	Signature signature;
	signature.has_certificates = has_certificates(message.get());
	STACK_OF(CMS_SignerInfo) *infos = CMS_get0_SignerInfos(message.get());
	for (int i = 0; i < sk_CMS_SignerInfo_num(infos); i++) {
		CMS_SignerInfo *info = sk_CMS_SignerInfo_value(infos, i);
		if (is_rsa_or_ecdsa(info) && CMS_signed_get_attr_count(info) >= 0)
			return fail(
				EKEYREJECTED,
				"%s: the signature covers signed attributes, which the kernel refuses; sign with sign-file",
				path.c_str());
		X509_ALGOR *digest = nullptr;
		CMS_SignerInfo_get0_algs(info, nullptr, nullptr, &digest, nullptr);
		signature.digest = OBJ_nid2ln(OBJ_obj2nid(digest->algorithm));
		signature.signers.push_back(signer_of(info));
	}
	if (signature.signers.empty())
		return fail(EINVAL, "%s: the signature names no signer", path.c_str());
	if (signature.has_certificates && !signature.signers[0].by_key_id &&
	    contradicts_itself(message.get(), parts.content))
		return fail(
			EKEYREJECTED,
			"%s: the signature does not match the module, which was changed after signing",
			path.c_str());
	return signature;
}

}
