// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "fail.hpp"

// The value of a Result; returns its Error from the calling function. Use TRY as a statement or a
// complete initialiser only: g++ 12 does not destroy the temporaries of an expression that a
// return leaves.
#define TRY(expression)                                                                            \
	__extension__({                                                                            \
		auto result_ = (expression);                                                       \
		if (!result_)                                                                      \
			return std::unexpected(std::move(result_).error());                        \
		std::move(result_).value();                                                        \
	})
