// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "includers.hpp"

#include <functional>

namespace klp {

// A header before and after a fix; "" where the header does not exist.
struct ChangedHeader {
	std::string path, before, after;
};

// Returns the files that include a header, directly or not, and that its change may affect, with
// all headers between. A change affects a .c file that names a changed item, or that names a macro,
// an inline function or a type that names one, and so on. A change of more than names affects every
// file. If any unit names a struct whose members change, one such unit is among the files, so that
// klp-build finds the change of layout.
Result<std::set<std::string>>
affected_files(const Includers &includers, const std::string &tree, const ChangedHeader &header,
	       const std::function<bool(const std::string &file)> &is_unit);

}
