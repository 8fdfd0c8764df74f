// SPDX-License-Identifier: LGPL-2.1-or-later
// Files that only root may read, in one line instead of one for each thing that is not known
// for them.
#pragma once

#include <cstdio>
#include <klp/report.hpp>
#include <klp/verification.hpp>
#include <set>
#include <string>

struct Denied {
	std::set<std::string> files, ids; // ids of findings

	// Takes what this user was denied out of what is to be printed. Nothing of root's:
	// there it has another reason, and stays where it is.
	void take(klp::Report *report);
	void take(klp::Verification *verification);
	// With the command that sees it, such as "klp status".
	void print(FILE *stream, const std::string &command) const;

private:
	bool has(const std::string &message);
};
