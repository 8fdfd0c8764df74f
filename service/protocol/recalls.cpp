// SPDX-License-Identifier: LGPL-2.1-or-later
#include "recalls.hpp"

namespace klp::protocol {

using nlohmann::json;

constexpr size_t most_recalls = 500;

Checked<Recall> recall_of(const Fields &fields)
{
	TRY(check_known(fields, {"version", "action", "replacement", "reason"}));
	Recall recall;
	recall.version = TRY(version_of(fields, "version"));
	recall.action = TRY(word<RecallAction>(fields, "action", recall_words));
	if (fields.has("replacement") != (recall.action == RecallAction::replace_by))
		return tuf::refuse(FaultKind::malformed,
				   "%s: replace-by, and no other action, has a 'replacement'",
				   fields.where().c_str());
	if (fields.has("replacement"))
		recall.replacement =
			TRY(number(fields, "replacement", recall.version + 1, highest_version));
	recall.reason = TRY(line(fields, "reason"));
	return recall;
}

Checked<Recalls> Recalls::parse(const json &document)
{
	Fields fields = TRY(fields_of(document, schema, {"kernel", "recalls"}));
	Recalls recalls;
	recalls.kernel = TRY(kernel_id(fields, "kernel"));
	recalls.recalls = TRY(objects(fields, "recalls", most_recalls, recall_of));
	if (!all_differ(recalls.recalls, &Recall::version))
		return fields.refuse_field("recalls", "a list with one member a version");
	return recalls;
}

json to_json(const std::vector<Recall> &recalls)
{
	json list = json::array();
	for (const Recall &recall : recalls) {
		json value = {{"version", recall.version},
			      {"action", recall_words[static_cast<size_t>(recall.action)]},
			      {"reason", recall.reason}};
		if (recall.replacement)
			value["replacement"] = *recall.replacement;
		list.push_back(std::move(value));
	}
	return list;
}

json Recalls::to_json() const
{
	return {{"schema", schema},
		{"kernel", protocol::to_json(kernel)},
		{"recalls", protocol::to_json(recalls)}};
}

bool replaces_recalled(const std::vector<Recalls> &documents, const KernelId &kernel,
		       int64_t version)
{
	for (const Recalls &document : documents)
		for (const Recall &recall : document.recalls)
			if (document.kernel == kernel && recall.replacement == version)
				return true;
	return false;
}

}
