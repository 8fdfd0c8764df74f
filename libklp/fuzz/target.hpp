// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/error.hpp>
#include <span>

// What a fuzz target does with its input, which is whatever any user does: parse it, ask it
// everything. Aborts where an error breaks its contract, or a result does.
klp::Result<> read_input(const std::string &path, std::span<const std::byte> bytes);
