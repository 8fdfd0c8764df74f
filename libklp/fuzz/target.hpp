// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/error.hpp>
#include <span>

// A fuzz target does with its input whatever any user does: it parses it and asks it everything.
// It aborts where an error breaks its contract, or a result does.
klp::Result<> read_input(const std::string &path, std::span<const std::byte> bytes);
