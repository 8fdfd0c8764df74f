// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../libklp/test/test_root.hpp"
#include "../libklp/test/test_said.hpp"
#include "../libklp/test/test_signature.hpp"
#include "signing.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

struct signing : testing::Test {
	signing() { unsetenv("KBUILD_SIGN_PIN"); }
	~signing() override { unsetenv("KBUILD_SIGN_PIN"); }

	// The path of a file that OpenSSL writes.
	template <class Write> std::string file(const char *name, Write write)
	{
		std::string path = folder.path() + "/" + name;
		FILE *stream = fopen(path.c_str(), "w");
		write(stream);
		fclose(stream);
		return path;
	}
	std::string key_file(const SigningKey &key, const char *passphrase = nullptr)
	{
		return file("key.pem", [&](FILE *stream) {
			PEM_write_PKCS8PrivateKey(
				stream, key.key(), passphrase ? EVP_aes_128_cbc() : nullptr,
				passphrase, passphrase ? strlen(passphrase) : 0, nullptr, nullptr);
		});
	}
	std::string certificate_file(const SigningKey &key, bool der = false)
	{
		return file("cert.pem", [&](FILE *stream) {
			if (der)
				i2d_X509_fp(stream, key.certificate());
			else
				PEM_write_X509(stream, key.certificate());
		});
	}
	std::string checked(const SigningFiles &files)
	{
		return said(check_signing_files(files), folder.path() + "/");
	}
	std::string checked(const std::string &key, const std::string &certificate)
	{
		return checked({key, certificate});
	}

	Root folder;
	SigningKey mine{"mine"};
};

}

TEST_F(signing, a_key_and_its_certificate_can_sign)
{
	EXPECT_EQ(checked(key_file(mine), certificate_file(mine)), "no error");
	EXPECT_EQ(checked(key_file(mine), certificate_file(mine, true)), "no error");
}

TEST_F(signing, a_key_of_another_certificate_cannot)
{
	EXPECT_EQ(checked(key_file(SigningKey("other")), certificate_file(mine)),
		  "EINVAL: 'key.pem' is not the key of the certificate 'cert.pem'");
}

TEST_F(signing, what_is_no_key_or_no_certificate_is_named)
{
	std::string certificate = certificate_file(mine), key = key_file(mine);
	EXPECT_EQ(checked(certificate, certificate),
		  "EINVAL: 'cert.pem' is not a private key in PEM");
	EXPECT_EQ(checked(key, key), "EINVAL: 'key.pem' is not a certificate, in PEM or DER");
}

TEST_F(signing, a_passphrase_opens_the_key)
{
	SigningFiles files = {key_file(mine, "secret"), certificate_file(mine)};
	EXPECT_EQ(checked(files), "EINVAL: 'key.pem' has a passphrase: set KBUILD_SIGN_PIN to it");
	files.passphrase = "guess";
	EXPECT_EQ(checked(files),
		  "EINVAL: wrong passphrase for 'key.pem' (read from KBUILD_SIGN_PIN)");
	files.passphrase = "secret";
	EXPECT_EQ(checked(files), "no error");
}

TEST_F(signing, a_passphrase_is_taken_out_of_the_environment)
{
	EXPECT_FALSE(take_passphrase());
	// The memory of an environment as execve(2) makes it, which /proc/PID/environ shows.
	char variable[] = "KBUILD_SIGN_PIN=secret";
	putenv(variable);
	EXPECT_EQ(take_passphrase(), "secret");
	EXPECT_EQ(getenv("KBUILD_SIGN_PIN"), nullptr);
	EXPECT_STREQ(variable, "KBUILD_SIGN_PIN=");
	EXPECT_EQ(variable[sizeof(variable) - 2], 0);
}
