// SPDX-License-Identifier: LGPL-2.1-or-later
#include "signing.hpp"
#include "../libklp/file.hpp"
#include "../libklp/module/signature.hpp"
#include "../libklp/try.hpp"
#include "jobs.hpp"

#include <cerrno>
#include <cstring>
#include <memory>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace klp {

namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// sign-file reads the passphrase from this variable, too.
constexpr const char *passphrase_variable = "KBUILD_SIGN_PIN";

Result<Bio> open_bytes(const std::string &path, std::vector<std::byte> *bytes)
{
	*bytes = TRY(read_bytes(path, 1 << 20));
	return Bio(BIO_new_mem_buf(bytes->data(), bytes->size()), BIO_free);
}

Result<Certificate> read_certificate(const std::string &path)
{
	std::vector<std::byte> bytes;
	Bio file = TRY(open_bytes(path, &bytes));
	Certificate certificate(PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr),
				X509_free);
	if (!certificate) {
		BIO_reset(file.get());
		certificate.reset(d2i_X509_bio(file.get(), nullptr));
	}
	if (!certificate)
		return fail(EINVAL, "'%s' is not a certificate, in PEM or DER", path.c_str());
	return certificate;
}

struct Asked {
	const std::optional<std::string> &passphrase;
	bool done;
};

int give_passphrase(char *buffer, int size, int, void *argument)
{
	Asked *asked = static_cast<Asked *>(argument);
	asked->done = true;
	if (!asked->passphrase || asked->passphrase->size() >= static_cast<size_t>(size))
		return -1;
	memcpy(buffer, asked->passphrase->data(), asked->passphrase->size());
	return asked->passphrase->size();
}

Result<Key> read_key(const SigningFiles &files)
{
	const std::string &path = files.key;
	std::vector<std::byte> bytes;
	Bio file = TRY(open_bytes(path, &bytes));
	Asked asked = {files.passphrase, false};
	Key key(PEM_read_bio_PrivateKey(file.get(), nullptr, give_passphrase, &asked),
		EVP_PKEY_free);
	if (!key && asked.done && files.passphrase)
		return fail(EINVAL, "wrong passphrase for '%s' (read from %s)", path.c_str(),
			    passphrase_variable);
	if (!key && asked.done)
		return fail(EINVAL, "'%s' has a passphrase: set %s to it", path.c_str(),
			    passphrase_variable);
	if (!key)
		return fail(EINVAL, "'%s' is not a private key in PEM", path.c_str());
	return key;
}

}

std::optional<std::string> take_passphrase()
{
	char *value = getenv(passphrase_variable);
	if (!value)
		return std::nullopt;
	std::string passphrase = value;
	explicit_bzero(value, passphrase.size());
	unsetenv(passphrase_variable);
	return passphrase;
}

Result<> check_signing_files(const SigningFiles &files)
{
	Certificate certificate = TRY(read_certificate(files.certificate));
	Key key = TRY(read_key(files));
	if (X509_check_private_key(certificate.get(), key.get()) != 1)
		return fail(EINVAL, "'%s' is not the key of the certificate '%s'",
			    files.key.c_str(), files.certificate.c_str());
	return {};
}

Result<std::string> sign_module(const std::string &module, const SigningFiles &files,
				const KernelTree &tree)
{
	std::string program = tree.source() + "/scripts/sign-file";
	if (!exists(program))
		return fail(ENOTSUP,
			    "cannot sign '%s': the kernel was configured without CONFIG_MODULE_SIG",
			    module.c_str());
	// Uses the subject key id (-k), which /proc/keys and mokutil show; the kernel finds the key
	// either way.
	Certificate certificate = TRY(read_certificate(files.certificate));
	bool has_key_id = X509_get0_subject_key_id(certificate.get()) != nullptr;
	Job job = {.command = "exec " + shell_word(program) + (has_key_id ? " -k" : "") +
			      " sha256 " + shell_word(files.key) + " " +
			      shell_word(files.certificate) + " " + shell_word(module),
		   .folder = "",
		   .what = "sign '" + module + "'",
		   .outside = true};
	if (files.passphrase)
		job.environment = {passphrase_variable + ("=" + *files.passphrase)};
	TRY(output_of(job));
	std::vector<std::byte> bytes = TRY(read_bytes(module, 1 << 30));
	Signature signature = TRY(read_signature(module, bytes));
	return signature.signers[0].name;
}

}
