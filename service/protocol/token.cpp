// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token.hpp"
#include "sealed_text.hpp"

#include <arpa/inet.h>
#include <charconv>

namespace klp::protocol {

using nlohmann::json;

constexpr SealedKind kind = {"klp1.", "token"};

static bool is_label(std::string_view label)
{
	constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					     "0123456789-";
	return !label.empty() && label.size() <= 63 && !label.starts_with('-') &&
	       !label.ends_with('-') && label.find_first_not_of(letters) == std::string_view::npos;
}

static bool parses(int family, std::string_view address)
{
	in6_addr parsed;
	return inet_pton(family, std::string(address).c_str(), &parsed) == 1;
}

// A name whose last label is a number is read as an address of IPv4, by curl too.
static bool is_host(std::string_view host)
{
	if (host.starts_with('['))
		return host.ends_with(']') && parses(AF_INET6, host.substr(1, host.size() - 2));
	if (host.size() > 253)
		return false;
	std::string_view label;
	for (size_t start = 0; start <= host.size(); start += label.size() + 1) {
		label = host.substr(start, host.find('.', start) - start);
		if (!is_label(label))
			return false;
	}
	bool is_number = label.find_first_not_of("0123456789") == std::string_view::npos;
	return !is_number || parses(AF_INET, host);
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
