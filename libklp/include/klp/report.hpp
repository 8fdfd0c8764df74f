// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <klp/kernel.hpp>
#include <klp/patch_file.hpp>
#include <string>
#include <vector>

namespace [[gnu::visibility("default")]] klp {

enum class Severity { note, warning, error };

// The kind of a finding; klp-findings(7) is made from the same table.
struct FindingKind {
	const char *id; // "release-mismatch"
	Severity severity;
	int kernel_errno; // the errno of finit_module(2); 0: the kernel lets it pass
	bool undecides; // something could not be seen
	const char *meaning;
	const char *cure; // the remedy; "" where there is none
};

struct Finding {
	const FindingKind *kind;
	std::string object; // "" where the finding affects the complete patch
	std::string function;
	std::string message; // a sentence for a person
	// The errno of the load; 0 where the kernel lets the patch pass now.
	int kernel_errno;
	const char *cure = ""; // the remedy for this kernel; "" where there is none
};

enum class Verdict { loads, refused, undecided };

// All findings of a check, the errors first, in the kernel's order.
struct Report {
	std::vector<Finding> findings;

	Verdict verdict() const;
	// The kernel's errno: that of the first finding in the kernel's order; 0 for none.
	int kernel_errno() const;
	bool has(std::string_view id) const;
	// Removes the findings of this id. A caller may pass over those errors that the kernel
	// itself lets pass. EINVAL for any other id.
	Result<> allow(const std::string &id);
};

const char *name_of(Severity severity);
const char *name_of(Verdict verdict);

// Every kind, in the order in which the kernel meets them.
std::span<const FindingKind> finding_kinds();

// Finds everything that would make this kernel refuse the patch, or accept the patch and do
// something other than its author meant. parameters are those that the patch is to be loaded with,
// as "name=value name=value".
Report check(const PatchFile &patch, Kernel &kernel, const std::string &parameters = "");

// check() with a limit: it ends at the deadline (ETIMEDOUT), or when interrupt_fd, if it is not
// -1, becomes readable (ECANCELED). A patch may name any number of functions; check_until() tests
// both conditions between any two of them.
Result<Report> check_until(std::chrono::steady_clock::time_point deadline, int interrupt_fd,
			   const PatchFile &patch, Kernel &kernel,
			   const std::string &parameters = "");

// The report for a file that PatchFile::open() refused with EBADMSG.
Report malformed_report(const Error &error);

}
