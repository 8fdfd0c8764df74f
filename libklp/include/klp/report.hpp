// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <klp/kernel.hpp>
#include <klp/patch_file.hpp>
#include <string>
#include <vector>

namespace [[gnu::visibility("default")]] klp {

enum class Severity { note, warning, error };

// What a finding's id stands for; klp-findings(7) is made from the same table.
struct FindingKind {
	const char *id; // "release-mismatch"
	Severity severity;
	int kernel_errno; // what finit_module(2) answers for it; 0: the kernel lets it pass
	bool undecides; // something could not be seen
	const char *meaning;
	const char *cure; // "" where there is nothing to do
};

struct Finding {
	const FindingKind *kind;
	std::string object; // "" where it concerns the whole patch
	std::string function;
	std::string message; // a sentence for a person
	// The errno of the load; 0 where the kernel lets it pass, now.
	int kernel_errno;
};

enum class Verdict { loads, refused, undecided };

// All that a check found, the errors first, in the kernel's order.
struct Report {
	std::vector<Finding> findings;

	Verdict verdict() const;
	// What the kernel would answer: the errno that it meets first, 0 for none.
	int kernel_errno() const;
	bool has(std::string_view id) const;
	// Errors that a caller may decide to pass over: those the kernel itself lets
	// pass. EINVAL for an id that is none or not such a one.
	Result<> allow(const std::string &id);
};

const char *name_of(Severity severity);
const char *name_of(Verdict verdict);

// Every kind, in the order in which the kernel meets them.
std::span<const FindingKind> finding_kinds();

// Everything that would make this kernel refuse the patch, or accept it and do
// something else than its author meant, at once. parameters are those that it is to
// be loaded with, as "name=value name=value".
Report check(const PatchFile &patch, Kernel &kernel, const std::string &parameters = "");

// The same, given up at a deadline (ETIMEDOUT) or when interrupt_fd, if it is not -1,
// becomes readable (ECANCELED): a patch may name any number of functions. Both are asked
// between any two of them.
Result<Report> check_until(std::chrono::steady_clock::time_point deadline, int interrupt_fd,
			   const PatchFile &patch, Kernel &kernel,
			   const std::string &parameters = "");

// The report on a file that PatchFile::open() refused with EBADMSG.
Report malformed_report(const Error &error);

}
