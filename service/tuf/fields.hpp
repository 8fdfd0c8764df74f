// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "json.hpp"

#include <cstdint>
#include <optional>

namespace klp::tuf {

// The fields of a JSON object that lives longer. Each function refuses, as malformed, a field that
// is missing or of another type; where() begins its message: "2.root.json: roles: snapshot".
class Fields {
public:
	static Checked<Fields> of(const std::string &where, const nlohmann::json &value);

	bool has(const char *name) const { return value_->contains(name); }
	Checked<std::string> text(const char *name) const;
	Checked<int64_t> number(const char *name, int64_t least) const;
	Checked<bool> flag(const char *name) const;
	Checked<Fields> object(const char *name) const;
	Checked<std::vector<std::string>> texts(const char *name) const;
	// The value of a field of any type.
	Checked<const nlohmann::json *> any(const char *name) const;

	const std::string &where() const { return where_; }
	const nlohmann::json &value() const { return *value_; }

	std::unexpected<Fault> refuse_field(const char *name, const char *expected) const;

private:
	Fields(std::string where, const nlohmann::json *value)
	    : where_(std::move(where)), value_(value)
	{
	}

	std::string where_;
	const nlohmann::json *value_;
};

}
