// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "includers.hpp"

#include <functional>

namespace klp {

// A header before and after a fix; "" where it isn't there.
struct ChangedHeader {
	std::string path, before, after;
};

// Of the files that include a header, however far, those that its change may concern, and
// all headers on the way. A .c file is concerned that names what changed, or a macro, an
// inline function or a type that does, and so on; where the change has to do with more than
// names, each is. Of a struct whose members change a unit is among them, if any names it:
// that its layout changes is to be found.
Result<std::set<std::string>>
concerned_files(const Includers &includers, const std::string &tree, const ChangedHeader &header,
		const std::function<bool(const std::string &file)> &is_unit);

}
