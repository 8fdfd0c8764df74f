// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "difference.hpp"
#include "image.hpp"
#include "proof.hpp"

namespace klp {

// A unit that a fix changes. All pointers stay the caller's.
struct UnitOfFix {
	const Object *before, *after;
	Difference *difference; // of these two
	const Proof *proof; // about before
	const Image *image; // of the object that the unit is part of
};

}
