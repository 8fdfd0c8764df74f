// SPDX-License-Identifier: LGPL-2.1-or-later
#include "patch_facts.hpp"

namespace klp::protocol {

using nlohmann::json;

constexpr size_t most_modules = 200, most_functions = 2000;

static Checked<std::map<std::string, std::string>> modules_of(const Fields &fields)
{
	Fields values = TRY(fields.object("modules"));
	if (values.value().size() > most_modules)
		return fields.refuse_field("modules", "at most 200 modules");
	std::map<std::string, std::string> modules;
	for (const auto &[name, value] : values.value().items()) {
		if (!is_component(name))
			return fields.refuse_field("modules",
						   "an object whose names are those of modules");
		std::string id = TRY(build_id(values, name.c_str()));
		modules.emplace(name, std::move(id));
	}
	return modules;
}

Checked<PatchFacts> PatchFacts::parse(const json &document)
{
	Fields fields = TRY(fields_of(document, schema,
				      {"version", "build_id", "modules", "replaces", "removable"}));
	PatchFacts facts;
	facts.version = TRY(version_of(fields, "version"));
	facts.build_id = TRY(protocol::build_id(fields, "build_id"));
	facts.modules = TRY(modules_of(fields));
	facts.replaces = TRY(components(fields, "replaces", most_functions));
	facts.removable = TRY(fields.flag("removable"));
	return facts;
}

json PatchFacts::to_json() const
{
	return {{"schema", schema},   {"version", version},   {"build_id", build_id},
		{"modules", modules}, {"replaces", replaces}, {"removable", removable}};
}

}
