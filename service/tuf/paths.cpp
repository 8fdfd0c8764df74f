// SPDX-License-Identifier: LGPL-2.1-or-later
// Which delegated role may list a path.
#include "../../libklp/module/digest.hpp"
#include "metadata.hpp"

#include <algorithm>

namespace klp::tuf {

static std::string hash_of_path(const std::string &path)
{
	return sha256(std::as_bytes(std::span(path)));
}

// Goes back only to the last '*' of the pattern: a '*' before it can take nothing that this one
// cannot take. A '*' takes no '/', so nothing goes back past one.
bool matches(std::string_view pattern, std::string_view path)
{
	size_t at = 0, place = 0;
	size_t star = std::string_view::npos, star_place = 0;
	while (place < path.size()) {
		bool fits =
			at < pattern.size() && pattern[at] != '*' &&
			(pattern[at] == path[place] || (pattern[at] == '?' && path[place] != '/'));
		if (fits) {
			at++;
			place++;
		} else if (at < pattern.size() && pattern[at] == '*') {
			star = at++;
			star_place = place;
		} else if (star != std::string_view::npos && path[star_place] != '/') {
			at = star + 1;
			place = ++star_place;
		} else {
			return false;
		}
	}
	while (at < pattern.size() && pattern[at] == '*')
		at++;
	return at == pattern.size();
}

bool DelegatedRole::covers(const std::string &path) const
{
	for (const std::string &pattern : paths)
		if (matches(pattern, path))
			return true;
	if (hash_prefixes.empty())
		return false;
	std::string hash = hash_of_path(path);
	return std::ranges::any_of(
		hash_prefixes, [&](const std::string &prefix) { return hash.starts_with(prefix); });
}

// The number has as many hexadecimal digits as the highest one.
std::string SuccinctRoles::name_of_role_for(const std::string &path) const
{
	uint32_t first_bits = std::stoul(hash_of_path(path).substr(0, 8), nullptr, 16);
	char digits[16];
	snprintf(digits, sizeof(digits), "%0*x", (bit_length + 3) / 4,
		 first_bits >> (32 - bit_length));
	return name_prefix + "-" + digits;
}

}
