// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sealed_text.hpp"
#include "../../libklp/module/digest.hpp"
#include "base64url.hpp"

namespace klp::protocol {

constexpr size_t check_digits = 8;

static std::string check_of(std::string_view text)
{
	return sha256(std::as_bytes(std::span(text))).substr(0, check_digits);
}

std::string sealed(const SealedKind &kind, const nlohmann::json &document)
{
	std::string body = std::string(kind.prefix) + base64url(document.dump());
	return body + "." + check_of(body);
}

Checked<std::string> unsealed(const SealedKind &kind, std::string_view text)
{
	if (!text.starts_with(kind.prefix))
		return tuf::refuse(FaultKind::malformed, "a %s begins with '%s'", kind.name,
				   std::string(kind.prefix).c_str());
	size_t end = text.rfind('.');
	std::string_view body = text.substr(0, end);
	bool is_whole = end >= kind.prefix.size() && text.substr(end + 1) == check_of(body);
	std::optional<std::string> document;
	if (is_whole)
		document = from_base64url(body.substr(kind.prefix.size()));
	if (!document)
		return tuf::refuse(FaultKind::malformed,
				   "the %s is damaged; copy all of it, in one line", kind.name);
	return *document;
}

}
