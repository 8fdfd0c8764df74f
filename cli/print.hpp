// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <nlohmann/json.hpp>

// The document of --json: one line on stdout.
void print(const nlohmann::ordered_json &document);
