// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "fail.hpp"

// The value of a Result, or return its Error from this function. A statement or
// the whole of an initialiser, nothing else: g++ 12 does not destroy the
// temporaries of an expression that is left in the middle.
#define TRY(expression)                                                                            \
	__extension__({                                                                            \
		auto result_ = (expression);                                                       \
		if (!result_)                                                                      \
			return std::unexpected(std::move(result_).error());                        \
		std::move(result_).value();                                                        \
	})
