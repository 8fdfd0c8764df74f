// SPDX-License-Identifier: LGPL-2.1-or-later
#include "json.hpp"

using nlohmann::ordered_json;

ordered_json document(const char *schema, const std::string &patch, const std::string &kernel)
{
	return {{"schema", schema}, {"patch", patch}, {"kernel", kernel}};
}

ordered_json failure(const char *schema, const std::string &patch, const std::string &kernel,
		     const klp::Error &error)
{
	ordered_json json = document(schema, patch, kernel);
	json["message"] = error.message;
	json["errno"] = error.code;
	json["findings"] = ordered_json::array();
	return json;
}

ordered_json to_json(const klp::Report &report)
{
	ordered_json findings = ordered_json::array();
	for (const klp::Finding &finding : report.findings)
		findings.push_back({{"id", finding.kind->id},
				    {"severity", name_of(finding.kind->severity)},
				    {"object", finding.object},
				    {"function", finding.function},
				    {"message", finding.message},
				    {"cure", finding.cure},
				    {"errno", finding.kernel_errno},
				    {"undecides", finding.kind->undecides}});
	return findings;
}

static ordered_json blocker(const klp::Task &task)
{
	return {{"tid", task.tid},
		{"tgid", task.tgid},
		{"comm", task.comm},
		{"kernel_thread", task.kernel_thread},
		{"state", std::string(1, task.state)},
		{"function", task.function},
		{"waits_in", task.waits_in}};
}

ordered_json to_json(const std::vector<klp::Task> &tasks)
{
	ordered_json list = ordered_json::array();
	for (const klp::Task &task : tasks)
		list.push_back(blocker(task));
	return list;
}

ordered_json to_json(const klp::Task &task)
{
	ordered_json json = blocker(task);
	json["patch_state"] = task.patch_state;
	json["in_cold_part"] = task.in_cold_part;
	json["depth"] = task.depth;
	json["since_ms"] = nullptr;
	if (task.since)
		json["since_ms"] = task.since->count();
	return json;
}

ordered_json to_json(const klp::VerifiedFunction &function)
{
	return {{"object", function.object},
		{"function", function.name},
		{"sympos", function.sympos},
		{"state", name_of(function.state)},
		{"why", function.why}};
}

ordered_json to_json(const std::vector<klp::Tracer> &tracers)
{
	ordered_json list = ordered_json::array();
	for (const klp::Tracer &tracer : tracers)
		list.push_back({{"object", tracer.object},
				{"function", tracer.function},
				{"kind", name_of(tracer.kind)},
				{"name", tracer.name},
				{"id", tracer.id},
				{"may_suppress", tracer.may_suppress}});
	return list;
}
