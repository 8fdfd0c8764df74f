// SPDX-License-Identifier: LGPL-2.1-or-later
#include "role_names.hpp"
#include "../../libklp/module/digest.hpp"

#include <cstdio>

namespace klp::tuf {

constexpr std::string_view unreserved =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~";
constexpr size_t longest_name = 200; // of 255 bytes

static void append_escape(std::string *text, char letter)
{
	char escape[4];
	snprintf(escape, sizeof(escape), "%%%02X", static_cast<unsigned char>(letter));
	*text += escape;
}

static std::string escaped(std::string_view name, std::string_view kept)
{
	std::string text;
	for (char letter : name) {
		if (unreserved.find(letter) != std::string_view::npos ||
		    kept.find(letter) != std::string_view::npos)
			text += letter;
		else
			append_escape(&text, letter);
	}
	return text;
}

std::string url_escaped(std::string_view name)
{
	return escaped(name, "");
}

std::string url_escaped_path(std::string_view path)
{
	return escaped(path, "/!$&'()*+,;=:@");
}

std::string flat_file_name(std::string_view name)
{
	std::string text = url_escaped(name);
	if (text.starts_with('.')) {
		std::string rest = text.substr(1);
		text.clear();
		append_escape(&text, '.');
		text += rest;
	}
	if (text.size() > longest_name)
		return "%sha256-" + sha256(std::as_bytes(std::span(name)));
	return text;
}

std::string metadata_path(const std::string &role, long long version)
{
	return (version ? std::to_string(version) + "." : "") + url_escaped(role) + ".json";
}

std::string target_path(const std::string &path, const std::string &hash)
{
	if (hash.empty())
		return url_escaped_path(path);
	size_t name = path.rfind('/') + 1; // 0 where there is no '/'
	return url_escaped_path(path.substr(0, name) + hash + "." + path.substr(name));
}

std::string below(const std::string &base, const std::string &path)
{
	return base + (base.ends_with('/') ? "" : "/") + path;
}

}
