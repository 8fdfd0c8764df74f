// SPDX-License-Identifier: LGPL-2.1-or-later
// The label of a patch, for people and for programs. Its author may have written anything that
// PatchLabel allows.
#pragma once

#include <cstdio>
#include <klp/load.hpp>
#include <klp/loaded_label.hpp>
#include <nlohmann/json.hpp>

// A loaded patch, with its label.
struct LabelledPatch {
	const klp::Verification *verification;
	const klp::Result<klp::PatchLabel> *label;
};

// Prints one line behind start, "fixes CVE-2026-1234; version 3; https://..."; none for an empty
// label.
void print_label(FILE *stream, const std::string &start, const klp::Result<klp::PatchLabel> &label);

// Prints a line for each fix, "CVE-2026-1234: active (klp_ext4)", in the order of their names; and
// to stderr one for each patch that names none.
void print_fixes(const std::vector<LabelledPatch> &patches);

nlohmann::ordered_json to_json(const klp::Result<klp::PatchLabel> &label);
