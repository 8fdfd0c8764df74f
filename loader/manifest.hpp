// SPDX-License-Identifier: LGPL-2.1-or-later
// klp-build's description of a patch inside the patch (schema/klp.manifest.1.json). Its author may
// have written anything: klp leaves out the parts that are not as they should be.
#pragma once

#include <cstdio>
#include <klp/patch_file.hpp>
#include <nlohmann/json.hpp>

// The manifest as in the file; null where there is none, or where it is no JSON object.
nlohmann::ordered_json manifest_of(const klp::PatchFile &patch);

// Prints three lines: the sources and the kernel that the patch was built from and for, how much
// it replaces, whether it may be removed. Prints nothing for a patch without a manifest.
void print_manifest(FILE *stream, const klp::PatchFile &patch);
