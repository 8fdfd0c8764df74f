// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/error.hpp>
#include <span>

// A fuzz target uses its input as any user does: it parses the input and calls every function. It
// aborts where an error or a result breaks its contract.
klp::Result<> read_input(const std::string &path, std::span<const std::byte> bytes);
