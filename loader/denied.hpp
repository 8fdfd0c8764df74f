// SPDX-License-Identifier: LGPL-2.1-or-later
// Files that only root may read, in one line instead of one line for each unknown fact.
#pragma once

#include <cstdio>
#include <klp/report.hpp>
#include <klp/verification.hpp>
#include <set>
#include <string>

struct Denied {
	std::set<std::string> files, ids; // ids of findings

	// Takes the findings about denied files out of the report, unless the user is root: there
	// a denial has another reason, and the finding stays.
	void take(klp::Report *report);
	void take(klp::Verification *verification);
	// Names the command that shows the facts, such as "klp status".
	void print(FILE *stream, const std::string &command) const;

private:
	bool has(const std::string &message);
};
