// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "strict.hpp"

namespace klp::protocol {

enum class SupportState { supported, kernel_upgrade_required, end_of_life };
inline constexpr std::array support_words = {"supported", "kernel-upgrade-required", "end-of-life"};

inline constexpr size_t most_notices = 50; // of one kernel

// A version that may be applied.
struct Approved {
	int64_t version;
	std::string sha256; // of the module
	// That it fixes; all of those of the versions before, too, unless it replaces a recalled
	// one.
	std::vector<std::string> cves;
	// Only machines of these tiers may apply it; nothing for all.
	std::optional<std::vector<std::string>> tiers;

	bool operator==(const Approved &) const = default;
};

// The target kernels/RELEASE/BUILDID.json; the role releases signs it.
struct KernelSupport {
	static constexpr const char *schema = "klp.kernel/1";
	static constexpr size_t largest = largest_published;

	KernelId kernel; // that of the path
	SupportState state;
	std::optional<int64_t> since; // of the state; kernel-upgrade-required has one
	std::optional<std::string> fixed_in; // version of a package; likewise
	int64_t covered_until; // seconds since 1970, UTC
	int64_t minimum_version; // 0 before the first patch
	std::vector<Approved> approved; // by version, ascending
	// Ids of the notices that no livepatch answers on this kernel; kernel-upgrade-required
	// then.
	std::vector<std::string> notices = {};

	static Checked<KernelSupport> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const KernelSupport &) const = default;
};

// "CVE-2026-72350".
bool is_cve(std::string_view text);
Checked<std::vector<std::string>> cves(const Fields &fields, const char *name);

}
