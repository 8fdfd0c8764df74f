// SPDX-License-Identifier: LGPL-2.1-or-later
#include "notice.hpp"
#include "kernel_support.hpp"

namespace klp::protocol {

using nlohmann::json;

constexpr size_t most_cves = 200, most_kernels = 500;

static Checked<RatedCve> rated_cve(const Fields &fields)
{
	TRY(check_known(fields, {"cve", "severity"}));
	std::string cve = TRY(fields.text("cve"));
	if (!is_cve(cve))
		return fields.refuse_field("cve", "a name such as CVE-2026-1234");
	Severity severity = TRY(word<Severity>(fields, "severity", severity_words));
	return RatedCve{std::move(cve), severity};
}

static Checked<Affected> affected_of(const Fields &fields)
{
	TRY(check_known(fields, {"kernel", "fixed_by", "package", "package_version"}));
	Affected affected;
	affected.kernel = TRY(kernel_id(fields, "kernel"));
	bool is_fixed = fields.has("fixed_by");
	if (is_fixed == fields.has("package") || is_fixed == fields.has("package_version"))
		return tuf::refuse(FaultKind::malformed,
				   "%s: has either 'fixed_by', or 'package' and 'package_version'",
				   fields.where().c_str());
	if (is_fixed) {
		affected.fixed_by = TRY(version_of(fields, "fixed_by"));
	} else {
		affected.package = TRY(component(fields, "package"));
		affected.package_version = TRY(line(fields, "package_version"));
	}
	return affected;
}

Checked<Notice> Notice::parse(const json &document)
{
	Fields fields =
		TRY(fields_of(document, schema, {"id", "title", "published", "cves", "kernels"}));
	Notice notice;
	notice.id = TRY(component(fields, "id"));
	notice.title = TRY(line(fields, "title"));
	notice.published = TRY(time_of(fields, "published"));
	notice.cves = TRY(objects(fields, "cves", most_cves, rated_cve));
	notice.kernels = TRY(objects(fields, "kernels", most_kernels, affected_of));
	if (!all_differ(notice.cves, &RatedCve::cve))
		return fields.refuse_field("cves", "a list with one member a CVE");
	if (!all_differ(notice.kernels, &Affected::kernel))
		return fields.refuse_field("kernels", "a list with one member a kernel");
	return notice;
}

json Notice::to_json() const
{
	json rated = json::array(), affected = json::array();
	for (const RatedCve &cve : cves)
		rated.push_back({{"cve", cve.cve},
				 {"severity", severity_words[static_cast<size_t>(cve.severity)]}});
	for (const Affected &one : kernels) {
		json value = {{"kernel", protocol::to_json(one.kernel)}};
		if (one.fixed_by)
			value["fixed_by"] = *one.fixed_by;
		if (one.package)
			value["package"] = *one.package;
		if (one.package_version)
			value["package_version"] = *one.package_version;
		affected.push_back(std::move(value));
	}
	return {{"schema", schema},	    {"id", id},
		{"title", title},	    {"published", published},
		{"cves", std::move(rated)}, {"kernels", std::move(affected)}};
}

}
