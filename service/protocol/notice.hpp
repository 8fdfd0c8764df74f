// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "strict.hpp"

namespace klp::protocol {

enum class Severity { unrated, low, medium, high, critical };
inline constexpr std::array severity_words = {"unrated", "low", "medium", "high", "critical"};

struct RatedCve {
	std::string cve;
	Severity severity;

	bool operator==(const RatedCve &) const = default;
};

// Either a livepatch repairs the kernel, or its owner has to upgrade a package and to reboot.
struct Affected {
	KernelId kernel;
	std::optional<int64_t> fixed_by; // the version of the livepatch
	std::optional<std::string> package, package_version; // both, or fixed_by

	bool operator==(const Affected &) const = default;
};

// The target notices/ID.json; the role releases signs it.
struct Notice {
	static constexpr const char *schema = "klp.notice/1";
	static constexpr size_t largest = largest_published;

	std::string id; // that of the path, with the site's own prefix: "ACME-0012-1"
	std::string title; // one line
	int64_t published; // seconds since 1970, UTC
	std::vector<RatedCve> cves; // each CVE once
	std::vector<Affected> kernels; // each kernel once

	static Checked<Notice> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const Notice &) const = default;
};

}
