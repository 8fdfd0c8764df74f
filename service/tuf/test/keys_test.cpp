// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../../libklp/module/digest.hpp"
#include "../signing_key.hpp"
#include "test_said.hpp"

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

using namespace klp::tuf;
using namespace klp::tuf::test;
using nlohmann::json;

namespace {

std::string pem_of(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	PEM_write_bio_PUBKEY(bio, key);
	char *start = nullptr;
	long size = BIO_get_mem_data(bio, &start);
	std::string text(start, size);
	BIO_free(bio);
	return text;
}

json stated(const char *type, const char *scheme, const std::string &text)
{
	return {{"keytype", type}, {"scheme", scheme}, {"keyval", {{"public", text}}}};
}

std::string unusable(const char *type, const char *scheme, const std::string &text)
{
	return PublicKey::parse(stated(type, scheme, text)).unusable();
}

std::string pss_signature(EVP_PKEY *key, const std::string &message, int salt)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *padding = nullptr;
	EVP_DigestSignInit(context, &padding, EVP_sha256(), nullptr, key);
	EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING);
	EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, salt);
	std::string signature(1024, '\0');
	size_t size = signature.size();
	EVP_DigestSign(context, reinterpret_cast<unsigned char *>(signature.data()), &size,
		       reinterpret_cast<const unsigned char *>(message.data()), message.size());
	EVP_MD_CTX_free(context);
	signature.resize(size);
	return klp::hexadecimal(std::as_bytes(std::span(signature)));
}

EvpKey made(EVP_PKEY *key)
{
	return EvpKey(key, EVP_PKEY_free);
}

}

TEST(tuf_keys, both_kinds_sign_and_verify)
{
	for (auto kind : {SigningKey::Kind::ed25519, SigningKey::Kind::ecdsa_p256}) {
		SigningKey key = *SigningKey::make(kind);
		PublicKey read = PublicKey::parse(key.public_key());
		EXPECT_EQ(read.unusable(), "");
		std::string signature = *key.sign("message");
		EXPECT_TRUE(read.verifies("message", signature));
		EXPECT_FALSE(read.verifies("messagE", signature));
		EXPECT_FALSE(read.verifies("message", ""));
		EXPECT_FALSE(read.verifies("message", signature + "00"));
		EXPECT_FALSE(read.verifies("message", signature.substr(1)));
		EXPECT_FALSE(read.verifies("message", "zz" + signature.substr(2)));
	}
}

TEST(tuf_keys, a_private_key_survives_its_file)
{
	for (auto kind : {SigningKey::Kind::ed25519, SigningKey::Kind::ecdsa_p256}) {
		SigningKey key = *SigningKey::make(kind);
		SigningKey read = *SigningKey::from_pem("f", *key.pem());
		EXPECT_EQ(read.keyid(), key.keyid());
		EXPECT_EQ(read.public_key(), key.public_key());
	}
	EXPECT_EQ(said(SigningKey::from_pem("f", "")), "local: f: no private key in PEM");
	EvpKey p384 = made(EVP_EC_gen("P-384"));
	BIO *bio = BIO_new(BIO_s_mem());
	PEM_write_bio_PKCS8PrivateKey(bio, p384.get(), nullptr, nullptr, 0, nullptr, nullptr);
	char *start = nullptr;
	long size = BIO_get_mem_data(bio, &start);
	EXPECT_EQ(said(SigningKey::from_pem("f", std::string(start, size))),
		  "local: f: neither a key of ed25519 nor of P-256: not an uncompressed point of "
		  "P-256, by name");
	BIO_free(bio);
}

// The vector of RFC 8032, section 7.1, test 2.
TEST(tuf_keys, a_published_ed25519_signature_is_verified)
{
	PublicKey key = PublicKey::parse(
		stated("ed25519", "ed25519",
		       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"));
	EXPECT_TRUE(key.verifies("\x72", "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223"
					 "ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
					 "b00d291612bb0c00"));
}

TEST(tuf_keys, rsa_pss_is_verified_with_any_salt)
{
	EvpKey rsa = made(EVP_RSA_gen(2048));
	PublicKey key = PublicKey::parse(stated("rsa", "rsassa-pss-sha256", pem_of(rsa.get())));
	EXPECT_EQ(key.unusable(), "");
	for (int salt : {RSA_PSS_SALTLEN_DIGEST, RSA_PSS_SALTLEN_MAX}) {
		std::string signature = pss_signature(rsa.get(), "message", salt);
		EXPECT_TRUE(key.verifies("message", signature));
		EXPECT_FALSE(key.verifies("other", signature));
	}
	EvpKey small = made(EVP_RSA_gen(1024));
	EXPECT_EQ(unusable("rsa", "rsassa-pss-sha256", pem_of(small.get())),
		  "1024 bits are not from 2048 to 8192");
	EvpKey ec = made(EVP_EC_gen("P-256"));
	EXPECT_EQ(unusable("rsa", "rsassa-pss-sha256", pem_of(ec.get())), "no RSA key");
}

TEST(tuf_keys, points_of_small_order_are_no_keys)
{
	const std::string zeros(64, '0'), high(60, 'f');
	for (const std::string &point :
	     {zeros, zeros.substr(2) + "80", "01" + zeros.substr(2), "ec" + high + "7f",
	      "ed" + high + "ff", "ee" + high + "7f",
	      std::string("26E8958FC2B227B045C3F489F2EF98F0D5DFAC05D3C63339B13802886D53FC05"),
	      std::string("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa")})
		EXPECT_EQ(unusable("ed25519", "ed25519", point), "a point of small order") << point;
	EXPECT_FALSE(PublicKey::parse(stated("ed25519", "ed25519", zeros))
			     .verifies("message", std::string(128, '0')));
	EXPECT_EQ(unusable("ed25519", "ed25519", zeros + "00"), "no 64 hexadecimal digits");
}

TEST(tuf_keys, a_key_is_one_pem_block_in_its_one_form)
{
	EvpKey key = made(EVP_EC_gen("P-256")), other = made(EVP_EC_gen("P-256"));
	auto p256 = [](const std::string &text) {
		return unusable("ecdsa", "ecdsa-sha2-nistp256", text);
	};
	const std::string pem = pem_of(key.get()), one = "not exactly one PEM block 'PUBLIC KEY'";
	EXPECT_EQ(p256(pem), "");
	EXPECT_EQ(p256(pem.substr(0, pem.size() - 1)), "");
	EXPECT_EQ(unusable("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", pem), "");
	EXPECT_EQ(p256(pem + pem_of(other.get())), one);
	EXPECT_EQ(p256("text\n" + pem), one);
	EXPECT_EQ(p256(pem + "text"), one);
	EXPECT_EQ(p256("\n" + pem), one);
	EXPECT_EQ(p256(""), one);
	std::string longer = pem;
	longer.replace(longer.find("==\n"), 2, "AA");
	EXPECT_NE(p256(longer), "");
	EXPECT_EQ(p256("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"),
		  "no public key in the PEM block");
}

TEST(tuf_keys, only_p256_by_name_and_uncompressed_is_ecdsa)
{
	const std::string refusal = "not an uncompressed point of P-256, by name";
	for (const char *curve : {"P-384", "secp256k1"}) {
		EvpKey key = made(EVP_EC_gen(curve));
		EXPECT_EQ(unusable("ecdsa", "ecdsa-sha2-nistp256", pem_of(key.get())), refusal);
	}
	EvpKey key = made(EVP_EC_gen("P-256"));
	EVP_PKEY_set_utf8_string_param(key.get(), "point-format", "compressed");
	EXPECT_EQ(unusable("ecdsa", "ecdsa-sha2-nistp256", pem_of(key.get())), refusal);
	key = made(EVP_EC_gen("P-256"));
	EVP_PKEY_set_utf8_string_param(key.get(), "encoding", "explicit");
	EXPECT_EQ(unusable("ecdsa", "ecdsa-sha2-nistp256", pem_of(key.get())), refusal);
	EvpKey rsa = made(EVP_RSA_gen(2048));
	EXPECT_EQ(unusable("ecdsa", "ecdsa-sha2-nistp256", pem_of(rsa.get())), refusal);
}

TEST(tuf_keys, a_key_of_another_kind_verifies_nothing)
{
	EXPECT_EQ(unusable("rsa", "rsa-pkcs1v15-sha256", "x"),
		  "the kind 'rsa', 'rsa-pkcs1v15-sha256' is not known");
	EXPECT_EQ(unusable("ed25519", "ecdsa-sha2-nistp256", "x"),
		  "the kind 'ed25519', 'ecdsa-sha2-nistp256' is not known");
	EXPECT_EQ(PublicKey::parse({{"keytype", 1}}).unusable(),
		  "no keytype, scheme and public key");
	json without_text = stated("ed25519", "ed25519", "");
	without_text["keyval"] = "x";
	EXPECT_EQ(PublicKey::parse(without_text).unusable(), "no keytype, scheme and public key");
}
