// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

namespace klp {

struct RefusalKind {
	const char *id; // "data-changed"
	bool error; // else a warning
	const char *meaning;
	const char *cure; // "" where there is nothing to do
};

// A reason for which klp-build refuses a fix, or a warning.
struct Refusal {
	const RefusalKind *kind;
	std::string subject; // the affected function, variable or type
	std::string place; // "fs/ext4/mballoc.c:1549", or ""
	std::string message; // one sentence
};

// The kinds, in the order of refusals.def.
std::span<const RefusalKind> refusal_kinds();

namespace refusal {
#define REFUSAL(identifier, id, severity, meaning, cure) extern const RefusalKind &identifier;
#include "refusals.def"
#undef REFUSAL
}

}
