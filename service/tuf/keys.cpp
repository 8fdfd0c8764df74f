// SPDX-License-Identifier: LGPL-2.1-or-later
#include "keys.hpp"
#include "../../libklp/module/digest.hpp"

#include <algorithm>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <optional>

namespace klp::tuf {

using nlohmann::json;

namespace {

constexpr int least_rsa_bits = 2048;
constexpr int most_rsa_bits = 8192; // a verification of 16384 bits takes milliseconds

int digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

const unsigned char *unsigned_bytes(const std::string &bytes)
{
	return reinterpret_cast<const unsigned char *>(bytes.data());
}

// The points of Curve25519 whose order divides 8, as RFC 8032 writes y, without the bit of x, and
// those among them that write y plus the prime. With such a key anybody can make a signature that
// many messages share: the all-zero key took the all-zero signature for 15 of 64 messages.
constexpr const char *small_order_points[] = {
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

bool is_of_small_order(std::string point)
{
	point.back() &= 0x7f;
	std::string text = hexadecimal(std::as_bytes(std::span(point)));
	return std::ranges::find(small_order_points, text) != std::end(small_order_points);
}

// A key, or why there is none.
using Parsed = std::expected<EvpKey, std::string>;

Parsed parse_ed25519(const std::string &text)
{
	std::optional<std::string> bytes = from_hexadecimal(text);
	if (!bytes || bytes->size() != 32)
		return std::unexpected("no 64 hexadecimal digits");
	if (is_of_small_order(*bytes))
		return std::unexpected("a point of small order");
	EvpKey key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, unsigned_bytes(*bytes),
					       bytes->size()),
		   EVP_PKEY_free);
	if (!key)
		return std::unexpected("no point of the curve");
	return key;
}

// The DER form of a key; "" when OpenSSL cannot write it.
std::string der_of(EVP_PKEY *key)
{
	unsigned char *start = nullptr;
	int size = i2d_PUBKEY(key, &start);
	std::string der(reinterpret_cast<char *>(start), std::max(size, 0));
	OPENSSL_free(start);
	return der;
}

// OpenSSL reads past text before a block, and ignores what follows it: a second key, or bytes
// within the block behind the key. Then two readers could take one text for two keys.
Parsed parse_pem(std::string text)
{
	constexpr std::string_view begin = "-----BEGIN PUBLIC KEY-----\n";
	constexpr std::string_view end = "-----END PUBLIC KEY-----";
	while (text.ends_with('\n'))
		text.pop_back();
	if (!text.starts_with(begin) || !text.ends_with(end) ||
	    text.find("-----", begin.size()) != text.size() - end.size())
		return std::unexpected("not exactly one PEM block 'PUBLIC KEY'");
	std::unique_ptr<BIO, decltype(&BIO_free)> file(BIO_new_mem_buf(text.data(), text.size()),
						       BIO_free);
	EvpKey key(PEM_read_bio_PUBKEY(file.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
	if (!key)
		return std::unexpected("no public key in the PEM block");
	std::string der = der_of(key.get());
	std::string encoded((der.size() + 2) / 3 * 4 + 1, '\0');
	EVP_EncodeBlock(reinterpret_cast<unsigned char *>(encoded.data()), unsigned_bytes(der),
			der.size());
	encoded.pop_back();
	std::string given = text.substr(begin.size(), text.size() - begin.size() - end.size());
	std::erase(given, '\n');
	if (given != encoded)
		return std::unexpected(
			"the PEM block has more than the key, or another form of it");
	return key;
}

// DER of each key of P-256 whose curve is named and whose point is not compressed, up to the point.
// A key in another form could count twice.
constexpr std::string_view
	p256_start("\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a"
		   "\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04",
		   27);

Parsed parse_p256(const std::string &text)
{
	Parsed key = parse_pem(text);
	if (key && !der_of(key->get()).starts_with(p256_start))
		return std::unexpected("not an uncompressed point of P-256, by name");
	return key;
}

Parsed parse_rsa(const std::string &text)
{
	Parsed key = parse_pem(text);
	if (!key || EVP_PKEY_get_base_id(key->get()) != EVP_PKEY_RSA)
		return key ? std::unexpected("no RSA key") : std::move(key);
	int bits = EVP_PKEY_get_bits(key->get());
	if (bits < least_rsa_bits || bits > most_rsa_bits)
		return std::unexpected(std::to_string(bits) + " bits are not from 2048 to 8192");
	return key;
}

const std::string *text_in(const json &value, const char *name)
{
	auto found = value.find(name);
	bool is_text = found != value.end() && found->is_string();
	return is_text ? &found->get_ref<const std::string &>() : nullptr;
}

}

std::optional<std::string> from_hexadecimal(std::string_view text)
{
	if (text.size() % 2 != 0)
		return std::nullopt;
	std::string bytes;
	for (size_t i = 0; i < text.size(); i += 2) {
		int high = digit_value(text[i]), low = digit_value(text[i + 1]);
		if (high < 0 || low < 0)
			return std::nullopt;
		bytes += static_cast<char>(high << 4 | low);
	}
	return bytes;
}

std::string keyid_of(const json &key)
{
	std::string text = canonical_json(key);
	return sha256(std::as_bytes(std::span(text)));
}

PublicKey PublicKey::parse(const json &value)
{
	struct Kind {
		std::string_view type, scheme;
		Scheme is;
		Parsed (*read)(const std::string &);
	};
	// Repositories of TUF before 1.0 have the scheme's name for the type of ecdsa keys.
	constexpr Kind kinds[] = {
		{"ed25519", "ed25519", Scheme::ed25519, parse_ed25519},
		{"ecdsa", "ecdsa-sha2-nistp256", Scheme::ecdsa_p256, parse_p256},
		{"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", Scheme::ecdsa_p256, parse_p256},
		{"rsa", "rsassa-pss-sha256", Scheme::rsa_pss, parse_rsa},
	};
	const std::string *type = text_in(value, "keytype"), *scheme = text_in(value, "scheme");
	auto keyval = value.find("keyval");
	const std::string *text = keyval == value.end() ? nullptr : text_in(*keyval, "public");
	if (!type || !scheme || !text)
		return PublicKey("no keytype, scheme and public key");
	for (const Kind &kind : kinds) {
		if (kind.type != *type || kind.scheme != *scheme)
			continue;
		Parsed key = kind.read(*text);
		if (!key)
			return PublicKey(key.error());
		std::string identity = std::string(kind.scheme) + " " + der_of(key->get());
		return PublicKey(kind.is, std::move(*key), std::move(identity));
	}
	return PublicKey("the kind '" + *type + "', '" + *scheme + "' is not known");
}

bool PublicKey::verifies(const std::string &message, const std::string &signature) const
{
	std::optional<std::string> bytes = from_hexadecimal(signature);
	if (!key_ || !bytes || bytes->empty())
		return false;
	std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
									EVP_MD_CTX_free);
	EVP_PKEY_CTX *padding = nullptr; // the context owns it
	const EVP_MD *digest = scheme_ == Scheme::ed25519 ? nullptr : EVP_sha256();
	if (!context ||
	    EVP_DigestVerifyInit(context.get(), &padding, digest, nullptr, key_.get()) != 1)
		return false;
	if (scheme_ == Scheme::rsa_pss &&
	    (EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) != 1 ||
	     EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, RSA_PSS_SALTLEN_AUTO) != 1))
		return false;
	return EVP_DigestVerify(context.get(), unsigned_bytes(*bytes), bytes->size(),
				unsigned_bytes(message), message.size()) == 1;
}

}
