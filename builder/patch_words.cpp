// SPDX-License-Identifier: LGPL-2.1-or-later
#include "patch_words.hpp"
#include "sample.hpp"

#include <cctype>
#include <filesystem>
#include <klp/klp.h>
#include <klp/module_name.hpp>
#include <nlohmann/json.hpp>

namespace klp {

namespace fs = std::filesystem;

std::string module_name(const BuildOptions &options)
{
	fs::path path = options.output;
	if (options.output.empty())
		path = options.sample ? sample_name : options.patches[0];
	std::string name = path.filename();
	name = name.substr(0, name.find('.'));
	if (options.output.empty())
		name = "klp_" + name;
	for (char &letter : name) {
		if (!isalnum(static_cast<unsigned char>(letter)))
			letter = '_';
	}
	// struct module has room for 55 letters.
	return name.substr(0, 55);
}

std::string manifest(const Fix &fix, const PatchLabel &label, const BuildOutcome &outcome,
		     const std::vector<const Image *> &bases)
{
	nlohmann::ordered_json json = {{"schema", "klp.manifest/1"},
				       {"tool", "klp-build " LIBKLP_VERSION},
				       {"kernel", outcome.kernel},
				       {"base", nlohmann::ordered_json::object()},
				       {"patches", nlohmann::ordered_json::array()},
				       {"compiler", outcome.compiler},
				       {"fixes", label.fixes},
				       {"version", label.version},
				       {"url", label.url},
				       {"functions", nlohmann::ordered_json::array()},
				       {"removable", outcome.removable},
				       {"not_removable_because", nlohmann::ordered_json::array()}};
	for (const Image *image : bases)
		json["base"][image->name()] = image->build_id();
	for (const FixPatch &patch : fix.patches())
		json["patches"].push_back({{"file", fs::path(patch.name).filename().string()},
					   {"sha256", patch.sha256}});
	for (const BuiltFunction &function : outcome.functions)
		json["functions"].push_back({{"object", function.object},
					     {"function", function.name},
					     {"sympos", function.sympos},
					     {"why", function.why}});
	for (const Refusal &refusal : outcome.refusals) {
		if (refusal.kind == &refusal::not_removable)
			json["not_removable_because"].push_back(refusal.message);
	}
	return json.dump();
}

}
