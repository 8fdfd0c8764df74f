// SPDX-License-Identifier: LGPL-2.1-or-later
#include "announced.hpp"

#include <algorithm>
#include <set>

namespace klp {

// "OBJECT" for each object, "OBJECT:FUNCTION,POSITION" for each function.
static std::set<std::string> announced(const PatchFile &file)
{
	std::set<std::string> names;
	for (const PatchedObject &object : file.objects()) {
		names.insert(object.name);
		for (const PatchedFunction &function : object.functions)
			names.insert(object.name + ":" + function.name + "," +
				     std::to_string(std::max(function.sympos, 1ul)));
	}
	return names;
}

static std::set<std::string> present(const LoadedPatch &patch)
{
	std::set<std::string> names;
	for (const LoadedPatch::Object &object : patch.objects) {
		names.insert(object.name);
		for (const LoadedPatch::Function &function : object.functions)
			names.insert(object.name + ":" + function.name + "," +
				     std::to_string(function.sympos));
	}
	return names;
}

// The first entry that is in one set and not in the other, and the number of such entries.
static std::string missing_in(const std::set<std::string> &those, const std::set<std::string> &all)
{
	std::vector<std::string> missing;
	std::ranges::set_difference(those, all, std::back_inserter(missing));
	if (missing.empty())
		return "";
	std::string more =
		missing.size() > 1 ? " and " + std::to_string(missing.size() - 1) + " more" : "";
	return "'" + missing[0] + "'" + more;
}

std::string difference_from_announced(const PatchFile &file, const LoadedPatch &loaded)
{
	if (file.encoding() == PatchFile::Encoding::none)
		return "";
	std::set<std::string> wanted = announced(file), found = present(loaded);
	std::string lacks = missing_in(wanted, found), has = missing_in(found, wanted);
	if (lacks.empty() && has.empty())
		return "";
	std::string text = "the patch is not the one that its file announced: the kernel ";
	if (!lacks.empty())
		text += "lacks " + lacks;
	if (!has.empty())
		text += std::string(lacks.empty() ? "" : ", and ") + "has " + has;
	return text;
}

}
