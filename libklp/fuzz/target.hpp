// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/error.hpp>
#include <span>

// What any user of the library does with a file: unpack it, parse it, ask it
// everything. Aborts where an error breaks the contract of PatchFile::open().
klp::Result<> read_patch(const std::string &path, std::span<const std::byte> bytes);
