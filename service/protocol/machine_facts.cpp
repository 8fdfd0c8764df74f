// SPDX-License-Identifier: LGPL-2.1-or-later
#include "machine_facts.hpp"

namespace klp::protocol {

using nlohmann::json;

static Checked<std::map<std::string, std::string>> tags_of(const Fields &fields)
{
	Fields values = TRY(fields.object("tags"));
	if (values.value().size() > most_tags)
		return fields.refuse_field("tags", "at most 16 tags");
	std::map<std::string, std::string> tags;
	for (const auto &[name, value] : values.value().items()) {
		if (!is_component(name))
			return fields.refuse_field(
				"tags", "an object whose names have letters, digits and ._+-");
		std::string text = TRY(component(values, name.c_str()));
		tags.emplace(name, std::move(text));
	}
	return tags;
}

Checked<MachineFacts> MachineFacts::of(const Fields &fields)
{
	MachineFacts facts;
	facts.kernel = TRY(running_kernel(fields, "kernel"));
	if (fields.has("host"))
		facts.host = TRY(component(fields, "host"));
	if (fields.has("tags"))
		facts.tags = TRY(tags_of(fields));
	return facts;
}

void MachineFacts::add_to(json *document) const
{
	(*document)["kernel"] = protocol::to_json(kernel);
	if (host)
		(*document)["host"] = *host;
	if (!tags.empty())
		(*document)["tags"] = tags;
}

}
