// SPDX-License-Identifier: LGPL-2.1-or-later
// The output of klp-build: for people, and as JSON (schema/klp.build.1.json, klp.diff.1.json).
#pragma once

#include "build.hpp"
#include "selection.hpp"

#include <nlohmann/json.hpp>

namespace klp {

void print_refusals(FILE *stream, const std::vector<Refusal> &refusals);
// explain: each function with its reason.
void print_build(const BuildOutcome &outcome, bool explain);
nlohmann::ordered_json to_json(const BuildOutcome &outcome);

void print_diff(const Object &before, const Object &after, const Difference &difference);
nlohmann::ordered_json to_json(const Object &before, const Object &after,
			       const Difference &difference, const std::vector<Refusal> &refusals);

}
