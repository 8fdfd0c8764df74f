// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "refusal.hpp"
#include "types.hpp"
#include "unit.hpp"

#include <map>

namespace klp {

// Refuses types that a fix changes, unit by unit.
class TypeChecks {
public:
	// sources: folders of the source before and after the fix; files: the files in them that
	// may name a changed type.
	TypeChecks(std::vector<std::string> sources, std::set<std::string> files)
	    : sources_(std::move(sources)), files_(std::move(files))
	{
	}
	Result<std::vector<Refusal>> check(const Unit &unit);

private:
	Result<bool> is_unnamed(const std::set<std::string> &enumerators);
	Result<std::vector<LayoutChange>> layout_changes(const Unit &unit);

	std::vector<std::string> sources_;
	std::set<std::string> files_;
	std::map<std::set<std::string>, bool> unnamed_; // see is_unnamed()
};

}
