// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token.hpp"
#include "sealed_text.hpp"

#include <charconv>

namespace klp::protocol {

using nlohmann::json;

constexpr SealedKind kind = {"klp1.", "token"};

static bool is_host(std::string_view host)
{
	constexpr std::string_view name = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					  "0123456789.-";
	if (host.starts_with('['))
		return host.ends_with(']') && host.size() > 4 &&
		       host.substr(1, host.size() - 2)
				       .find_first_not_of("0123456789abcdefABCDEF:.") ==
			       std::string_view::npos;
	return !host.empty() && host.size() <= 253 && host[0] != '.' && host[0] != '-' &&
	       host.find_first_not_of(name) == std::string_view::npos;
}

static bool is_port(std::string_view text)
{
	int port = 0;
	auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
	return error == std::errc() && end == text.data() + text.size() && text[0] != '0' &&
	       port >= 1 && port <= 65535;
}

bool is_hub_address(std::string_view text)
{
	constexpr std::string_view scheme = "https://";
	if (!text.starts_with(scheme))
		return false;
	text.remove_prefix(scheme.size());
	size_t end = text.starts_with('[') ? text.find(']') + 1 : text.find(':');
	if (end == std::string_view::npos || end == text.size())
		return is_host(text);
	return text[end] == ':' && is_host(text.substr(0, end)) && is_port(text.substr(end + 1));
}

Checked<std::string> hub_address(const Fields &fields, const char *name)
{
	std::string address = TRY(fields.text(name));
	if (!is_hub_address(address))
		return fields.refuse_field(name, "https://HOST or https://HOST:PORT");
	return address;
}

Checked<Token> Token::parse(const json &document)
{
	Fields fields =
		TRY(fields_of(document, schema,
			      {"hub", "pin", "root_version", "root_sha256", "expires", "secret"}));
	Token token;
	token.hub = TRY(hub_address(fields, "hub"));
	if (fields.has("pin"))
		token.pin = TRY(sha256_digits(fields, "pin"));
	token.root_version = TRY(version_of(fields, "root_version"));
	token.root_sha256 = TRY(sha256_digits(fields, "root_sha256"));
	token.expires = TRY(time_of(fields, "expires"));
	token.secret = TRY(protocol::secret(fields, "secret"));
	return token;
}

json Token::to_json() const
{
	json document = {
		{"schema", schema},	      {"hub", hub},	    {"root_version", root_version},
		{"root_sha256", root_sha256}, {"expires", expires}, {"secret", secret}};
	if (pin)
		document["pin"] = *pin;
	return document;
}

std::string Token::text() const
{
	return sealed(kind, to_json());
}

Checked<Token> Token::from_text(std::string_view text)
{
	std::string document = TRY(unsealed(kind, text));
	return read<Token>(document);
}

}
