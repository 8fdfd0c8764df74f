// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fail.hpp"
#include "findings.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

namespace klp {

namespace {

// The severities of findings.def.
struct Weight {
	Severity severity;
	bool undecides;
};
constexpr Weight error = {Severity::error, false};
constexpr Weight warning = {Severity::warning, false};
constexpr Weight note = {Severity::note, false};
constexpr Weight unseen = {Severity::note, true};

constexpr std::array kinds = {
#define FINDING(identifier, id, weight, number, meaning, cure)                                     \
	FindingKind{id, weight.severity, number, weight.undecides, meaning, cure},
#include "findings.def"
#undef FINDING
};

}

const FindingKind &kind_of(FindingId id)
{
	return kinds[static_cast<size_t>(id)];
}

std::span<const FindingKind> finding_kinds()
{
	return kinds;
}

Verdict Report::verdict() const
{
	bool undecided = false;
	for (const Finding &finding : findings) {
		if (finding.kind->severity == Severity::error)
			return Verdict::refused;
		undecided |= finding.kind->undecides;
	}
	return undecided ? Verdict::undecided : Verdict::loads;
}

int Report::kernel_errno() const
{
	const Finding *first = nullptr;
	for (const Finding &finding : findings) {
		if (finding.kernel_errno != 0 && (!first || finding.kind < first->kind))
			first = &finding;
	}
	return first ? first->kernel_errno : 0;
}

bool Report::has(std::string_view id) const
{
	return std::ranges::any_of(findings,
				   [&](const Finding &finding) { return finding.kind->id == id; });
}

Result<> Report::allow(const std::string &id)
{
	auto kind = std::ranges::find_if(kinds, [&](const FindingKind &k) { return k.id == id; });
	if (kind == kinds.end())
		return fail(EINVAL, "there is no finding '%s'; see klp-findings(7)", id.c_str());
	if (kind->severity != Severity::error || kind->kernel_errno != 0)
		return fail(
			EINVAL,
			"'%s' cannot be allowed: only an error without an errno in klp-findings(7) can",
			id.c_str());
	std::erase_if(findings, [&](const Finding &finding) { return finding.kind == &*kind; });
	return {};
}

Report malformed_report(const Error &error)
{
	const FindingKind &kind = kind_of(FindingId::malformed);
	return {{{&kind, "", "", error.message, kind.kernel_errno, kind.cure}}};
}

}
