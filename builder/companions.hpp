// SPDX-License-Identifier: LGPL-2.1-or-later
// The module loader finds some entries only by their section, and nothing refers to the entries.
// The patch includes such an entry with the variable or the call that needs it.
#pragma once

#include "object.hpp"

#include <map>

namespace klp {

class Companions {
public:
	explicit Companions(const Object &object);
	// The entries that a piece needs.
	std::vector<PieceId> of(PieceId id) const;

private:
	const Object &object_;
	std::vector<PieceId> formats_; // of trace_printk()
	std::map<PieceId, std::vector<PieceId>> entries_;
};

}
