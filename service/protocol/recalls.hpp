// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "strict.hpp"

namespace klp::protocol {

enum class RecallAction {
	replace_by, // roll forward to another version
	remove,
	stop_new, // no machine applies it from now on; where it is applied it stays
};
inline constexpr std::array recall_words = {"replace-by", "remove", "stop-new"};

struct Recall {
	int64_t version;
	RecallAction action;
	std::optional<int64_t> replacement; // above version; of replace-by, and of no other
	std::string reason; // one line

	bool operator==(const Recall &) const = default;
};

Checked<Recall> recall_of(const Fields &fields);
nlohmann::json to_json(const std::vector<Recall> &recalls);

// The target recalls/RELEASE/BUILDID.json; the role recalls signs it.
struct Recalls {
	static constexpr const char *schema = "klp.recalls/1";
	static constexpr size_t largest = largest_published;

	KernelId kernel; // that of the path
	std::vector<Recall> recalls; // at most one a version

	static Checked<Recalls> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const Recalls &) const = default;
};

// Whether one of the documents replaces a recalled version of the kernel by this one.
bool replaces_recalled(const std::vector<Recalls> &documents, const KernelId &kernel,
		       int64_t version);

}
