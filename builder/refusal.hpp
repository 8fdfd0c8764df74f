// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <set>
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

// A unit's refusals. add() adds each once.
class Refusals {
public:
	explicit Refusals(std::vector<Refusal> first = {}) : all_(std::move(first)) {}
	void add(const RefusalKind &kind, const std::string &subject, std::string message);
	std::vector<Refusal> &all() { return all_; }

private:
	std::vector<Refusal> all_;
	std::set<std::string> added_;
};

// The kinds, in the order of refusals.def.
std::span<const RefusalKind> refusal_kinds();

namespace refusal {
#define REFUSAL(identifier, id, severity, meaning, cure) extern const RefusalKind &identifier;
#include "refusals.def"
#undef REFUSAL
}

}
