// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../findings.hpp"
#include "test_said.hpp"

#include <algorithm>
#include <cerrno>
#include <gtest/gtest.h>
#include <set>

using namespace klp;
using namespace klp::test;

static Report report_of(std::initializer_list<FindingId> ids)
{
	Report report;
	for (FindingId id : ids)
		report.findings.push_back({&kind_of(id), "", "", "", kind_of(id).kernel_errno});
	return report;
}

TEST(report, no_two_findings_have_one_id)
{
	std::set<std::string> ids;
	for (const FindingKind &kind : finding_kinds())
		EXPECT_TRUE(ids.insert(kind.id).second) << kind.id;
}

TEST(report, every_finding_has_an_id_of_small_letters_and_a_meaning)
{
	for (const FindingKind &kind : finding_kinds()) {
		EXPECT_TRUE(std::ranges::all_of(std::string(kind.id), [](char letter) {
			return (letter >= 'a' && letter <= 'z') || letter == '-';
		})) << kind.id;
		EXPECT_STRNE(kind.meaning, "") << kind.id;
	}
}

TEST(report, every_error_has_a_cure_and_only_errors_have_an_errno)
{
	for (const FindingKind &kind : finding_kinds()) {
		if (kind.severity == Severity::error)
			EXPECT_STRNE(kind.cure, "") << kind.id;
		else
			EXPECT_EQ(kind.kernel_errno, 0) << kind.id;
	}
}

TEST(report, an_error_refuses_and_something_unseen_leaves_it_undecided)
{
	EXPECT_EQ(report_of({}).verdict(), Verdict::loads);
	EXPECT_EQ(report_of({FindingId::build_id, FindingId::target_unknown}).verdict(),
		  Verdict::loads);
	EXPECT_EQ(report_of({FindingId::symbols_unseen}).verdict(), Verdict::undecided);
	EXPECT_EQ(report_of({FindingId::symbols_unseen, FindingId::release_mismatch}).verdict(),
		  Verdict::refused);
}

TEST(report, the_errno_is_that_of_the_cause_the_kernel_meets_first)
{
	EXPECT_EQ(report_of({}).kernel_errno(), 0);
	EXPECT_EQ(report_of({FindingId::release_mismatch}).kernel_errno(), 0);
	EXPECT_EQ(report_of({FindingId::ftrace_disabled, FindingId::name_loaded,
			     FindingId::release_mismatch})
			  .kernel_errno(),
		  EEXIST);
}

TEST(report, an_errno_that_does_not_come_now_does_not_count)
{
	Report report = report_of({FindingId::function_missing, FindingId::transition_running});
	report.findings[0].kernel_errno = 0;
	EXPECT_EQ(report.kernel_errno(), EBUSY);
}

TEST(report, a_refusal_of_ours_alone_can_be_allowed)
{
	Report report = report_of({FindingId::release_mismatch, FindingId::replace_drops});
	EXPECT_EQ(said(report.allow("replace-drops")), "no error");
	EXPECT_TRUE(report.has("release-mismatch"));
	EXPECT_FALSE(report.has("replace-drops"));
	EXPECT_EQ(said(report.allow("release-mismatch")), "no error");
	EXPECT_EQ(report.verdict(), Verdict::loads);
}

TEST(report, what_the_kernel_refuses_cannot_be_allowed)
{
	Report report = report_of({FindingId::ftrace_disabled});
	EXPECT_EQ(
		said(report.allow("ftrace-disabled")),
		"EINVAL: 'ftrace-disabled' cannot be allowed: only an error without an errno in klp-findings(7) can");
	EXPECT_EQ(
		said(report.allow("build-id")),
		"EINVAL: 'build-id' cannot be allowed: only an error without an errno in klp-findings(7) can");
	EXPECT_EQ(said(report.allow("nonsense")),
		  "EINVAL: there is no finding 'nonsense'; see klp-findings(7)");
	EXPECT_TRUE(report.has("ftrace-disabled"));
}

TEST(report, a_malformed_file_is_one_finding)
{
	Report report = malformed_report({EBADMSG, "x.ko: +0: not an ELF file"});
	ASSERT_EQ(report.findings.size(), 1u);
	EXPECT_TRUE(report.has("malformed"));
	EXPECT_EQ(report.findings[0].message, "x.ko: +0: not an ELF file");
	EXPECT_EQ(report.kernel_errno(), ENOEXEC);
	EXPECT_EQ(report.verdict(), Verdict::refused);
}
