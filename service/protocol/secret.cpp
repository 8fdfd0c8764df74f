// SPDX-License-Identifier: LGPL-2.1-or-later
#include "secret.hpp"
#include "../../libklp/module/digest.hpp"
#include "base64url.hpp"

#include <openssl/rand.h>

namespace klp::protocol {

static Checked<std::string> random_bytes(size_t size)
{
	std::string bytes(size, '\0');
	if (RAND_bytes(reinterpret_cast<unsigned char *>(bytes.data()), bytes.size()) != 1)
		return tuf::refuse(FaultKind::local, "the system has no random numbers");
	return bytes;
}

Checked<std::string> new_secret()
{
	std::string bytes = TRY(random_bytes(32));
	return base64url(bytes);
}

Checked<std::string> new_id()
{
	std::string bytes = TRY(random_bytes(16));
	return hexadecimal(std::as_bytes(std::span(bytes)));
}

bool is_secret(std::string_view text)
{
	return text.size() == secret_letters && from_base64url(text).has_value();
}

Checked<std::string> secret(const Fields &fields, const char *name)
{
	std::string text = TRY(fields.text(name));
	if (!is_secret(text))
		return fields.refuse_field(name, "a secret of 43 letters of base64url");
	return text;
}

std::string hash_of_secret(std::string_view secret)
{
	return sha256(std::as_bytes(std::span(secret)));
}

}
