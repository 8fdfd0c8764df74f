// SPDX-License-Identifier: LGPL-2.1-or-later
// What klp-build wrote into a patch about the patch (schema/klp.manifest.1.json). Its
// author may have written anything: what is not as it should be is left out.
#pragma once

#include <cstdio>
#include <klp/patch_file.hpp>
#include <nlohmann/json.hpp>

// As it stands in the file; null where there is none, or it is no JSON object.
nlohmann::ordered_json manifest_of(const klp::PatchFile &patch);

// In three lines: what the patch was built from and for which kernel, how much it
// replaces, whether it may be taken out. Nothing for a patch without a manifest.
void print_manifest(FILE *stream, const klp::PatchFile &patch);
