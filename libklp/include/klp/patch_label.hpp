// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/error.hpp>
#include <string>
#include <vector>

namespace [[gnu::visibility("default")]] klp {

// The label of a livepatch: the defects that it fixes, its version, and where more is said. The
// patch's author may have written anything.
struct PatchLabel {
	// Where the fixes are named.
	enum class Source {
		none, // nowhere
		patch, // in the module's label
		name, // in the module's name alone: "livepatch_cve_2026_1234"
	};

	Source source = Source::none;
	std::vector<std::string> fixes; // "CVE-2026-1234"
	std::string version; // "" for none
	std::string url; // "" for none
};

const char *name_of(PatchLabel::Source source);

}
