// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fields.hpp"

#include <limits>

namespace klp::tuf {

using nlohmann::json;

Checked<Fields> Fields::of(const std::string &where, const json &value)
{
	if (!value.is_object())
		return refuse(FaultKind::malformed, "%s: is no object", where.c_str());
	return Fields(where, &value);
}

std::unexpected<Fault> Fields::refuse_field(const char *name, const char *expected) const
{
	return refuse(FaultKind::malformed, "%s: '%s' is not %s", where_.c_str(), name, expected);
}

Checked<const json *> Fields::any(const char *name) const
{
	auto found = value_->find(name);
	if (found == value_->end())
		return refuse(FaultKind::malformed, "%s: no '%s'", where_.c_str(), name);
	return &*found;
}

Checked<std::string> Fields::text(const char *name) const
{
	const json *value = TRY(any(name));
	if (!value->is_string())
		return refuse_field(name, "a string");
	return value->get<std::string>();
}

Checked<int64_t> Fields::number(const char *name, int64_t least) const
{
	const json *value = TRY(any(name));
	constexpr uint64_t most = std::numeric_limits<int64_t>::max();
	bool fits = value->is_number_integer() &&
		    (!value->is_number_unsigned() || value->get<uint64_t>() <= most);
	if (!fits || value->get<int64_t>() < least)
		return refuse_field(
			name,
			("a whole number from " + std::to_string(least) + " to 2^63-1").c_str());
	return value->get<int64_t>();
}

Checked<bool> Fields::flag(const char *name) const
{
	const json *value = TRY(any(name));
	if (!value->is_boolean())
		return refuse_field(name, "true or false");
	return value->get<bool>();
}

Checked<Fields> Fields::object(const char *name) const
{
	const json *value = TRY(any(name));
	return of(where_ + ": " + name, *value);
}

Checked<std::vector<std::string>> Fields::texts(const char *name) const
{
	const json *value = TRY(any(name));
	if (!value->is_array())
		return refuse_field(name, "a list");
	std::vector<std::string> texts;
	for (const json &member : *value) {
		if (!member.is_string())
			return refuse_field(name, "a list of strings");
		texts.push_back(member.get<std::string>());
	}
	return texts;
}

}
