// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "check_in.hpp"

namespace klp::protocol {

// The steps of the agent's journal.
enum class Step {
	fetched,
	verified,
	checked,
	applying,
	probation,
	committed,
	refused,
	failed,
	reverted,
	held,
};
inline constexpr std::array step_words = {"fetched",   "verified",  "checked", "applying",
					  "probation", "committed", "refused", "failed",
					  "reverted",  "held"};

// POST /v1/report, with the machine's secret as the bearer: one step of one version. The answer is
// empty. A report that was sent twice counts once. For another report of the same number the answer
// is a conflict: two machines have one identity.
struct Report {
	static constexpr const char *schema = "klp.report/1";

	int64_t number; // of the report: this machine's first is 1, the next 2
	KernelId kernel;
	std::string boot_id;
	int64_t version;
	Step step;
	int64_t time; // of the step by the machine's clock, seconds since 1970, UTC
	int64_t minutes; // since "applying", where it watches the patch; else 0
	std::optional<std::string> reason; // one line

	static Checked<Report> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const Report &) const = default;
};

}
