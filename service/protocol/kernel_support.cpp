// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel_support.hpp"

#include <algorithm>

namespace klp::protocol {

using nlohmann::json;

constexpr size_t most_versions = 200, most_tiers = 16, most_cves = 500;

bool is_cve(std::string_view text)
{
	constexpr std::string_view numerals = "0123456789";
	if (!text.starts_with("CVE-") || text.size() < 13 || text.size() > 20 || text[8] != '-')
		return false;
	return text.substr(4, 4).find_first_not_of(numerals) == std::string_view::npos &&
	       text.substr(9).find_first_not_of(numerals) == std::string_view::npos;
}

Checked<std::vector<std::string>> cves(const Fields &fields, const char *name)
{
	std::vector<std::string> texts = TRY(components(fields, name, most_cves));
	if (!std::ranges::all_of(texts, is_cve))
		return fields.refuse_field(name, "a list of names such as CVE-2026-1234");
	return texts;
}

static Checked<Approved> approved_of(const Fields &fields)
{
	TRY(check_known(fields, {"version", "sha256", "cves", "tiers"}));
	Approved approved;
	approved.version = TRY(version_of(fields, "version"));
	approved.sha256 = TRY(sha256_digits(fields, "sha256"));
	approved.cves = TRY(cves(fields, "cves"));
	if (fields.has("tiers"))
		approved.tiers = TRY(components(fields, "tiers", most_tiers));
	return approved;
}

static Checked<> check_state(const Fields &fields, const KernelSupport &support)
{
	bool must = support.state == SupportState::kernel_upgrade_required;
	if (must && !(support.since && support.fixed_in))
		return tuf::refuse(FaultKind::malformed,
				   "%s: kernel-upgrade-required needs 'since' and 'fixed_in'",
				   fields.where().c_str());
	if (!must && !support.notices.empty())
		return fields.refuse_field("notices", "only there with kernel-upgrade-required");
	auto follows = [](const Approved &one, const Approved &next) {
		return next.version <= one.version;
	};
	if (std::ranges::adjacent_find(support.approved, follows) != support.approved.end())
		return fields.refuse_field("approved", "in the order of its versions");
	return {};
}

Checked<KernelSupport> KernelSupport::parse(const json &document)
{
	Fields fields = TRY(fields_of(document, schema,
				      {"kernel", "state", "since", "fixed_in", "covered_until",
				       "minimum_version", "approved", "notices"}));
	KernelSupport support;
	support.kernel = TRY(kernel_id(fields, "kernel"));
	support.state = TRY(word<SupportState>(fields, "state", support_words));
	if (fields.has("since"))
		support.since = TRY(time_of(fields, "since"));
	if (fields.has("fixed_in"))
		support.fixed_in = TRY(line(fields, "fixed_in"));
	support.covered_until = TRY(time_of(fields, "covered_until"));
	support.minimum_version = TRY(number(fields, "minimum_version", 0, highest_version));
	support.approved = TRY(objects(fields, "approved", most_versions, approved_of));
	if (fields.has("notices"))
		support.notices = TRY(components(fields, "notices", most_notices));
	TRY(check_state(fields, support));
	return support;
}

json KernelSupport::to_json() const
{
	json document = {{"schema", schema},
			 {"kernel", protocol::to_json(kernel)},
			 {"state", support_words[static_cast<size_t>(state)]},
			 {"covered_until", covered_until},
			 {"minimum_version", minimum_version},
			 {"approved", json::array()}};
	if (since)
		document["since"] = *since;
	if (fixed_in)
		document["fixed_in"] = *fixed_in;
	if (!notices.empty())
		document["notices"] = notices;
	for (const Approved &version : approved) {
		json value = {{"version", version.version},
			      {"sha256", version.sha256},
			      {"cves", version.cves}};
		if (version.tiers)
			value["tiers"] = *version.tiers;
		document["approved"].push_back(std::move(value));
	}
	return document;
}

}
