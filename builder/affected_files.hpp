// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "includers.hpp"

#include <functional>

namespace klp {

// A header before and after a fix; "" where it isn't there.
struct ChangedHeader {
	std::string path, before, after;
};

// The files that include a header, directly or not, and that its change may affect, with all
// headers between. A change affects a .c file that names what changed, or a macro, an inline
// function or a type that does, and so on. A change of more than names affects every file. If
// any unit names a struct whose members change, one such unit is among the files, so that the
// change of layout is found.
Result<std::set<std::string>>
affected_files(const Includers &includers, const std::string &tree, const ChangedHeader &header,
	       const std::function<bool(const std::string &file)> &is_unit);

}
