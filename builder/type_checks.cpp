// SPDX-License-Identifier: LGPL-2.1-or-later
#include "type_checks.hpp"
#include "../libklp/try.hpp"
#include "changed_names.hpp"
#include "source_places.hpp"
#include "source_view.hpp"

namespace klp {

// "struct ext4_sb_info" without its first word.
static std::string base_of(const std::string &type)
{
	return type.substr(type.find(' ') + 1);
}

// A value that no code names has no effect: often it is the number of an enum's constants. A file
// that names a constant of a changed enum is among the users of the enum's header.
Result<bool> TypeChecks::is_unnamed(const std::set<std::string> &enumerators)
{
	if (enumerators.empty())
		return false;
	auto [known, is_new] = unnamed_.emplace(enumerators, false);
	if (!is_new)
		return known->second;
	for (const std::string &source : sources_) {
		std::vector<std::string> texts;
		for (const std::string &file : files_) {
			std::string text = TRY(text_if_there(source + "/" + file));
			texts.push_back(std::move(text));
		}
		for (const std::string &name : enumerators) {
			if (!is_only_defined(name, texts))
				return false;
		}
	}
	known->second = true;
	return true;
}

Result<std::vector<LayoutChange>> TypeChecks::layout_changes(const Unit &unit)
{
	std::vector<LayoutChange> all = TRY(compare_layouts(unit.before_path, unit.after_path));
	std::vector<LayoutChange> harmful;
	for (LayoutChange &change : all) {
		bool harmless = TRY(is_unnamed(change.enumerators));
		if (!harmless)
			harmful.push_back(std::move(change));
	}
	return harmful;
}

// A checksum covers the compiler's knowledge of every type that it reaches: an #include may change
// the checksum and leave the types unchanged. klp-build compares layouts anyway, so only the type
// of the function itself remains.
static Result<std::vector<Refusal>> check_exports(const Unit &unit)
{
	std::vector<Refusal> refusals;
	if (unit.export_changes.empty())
		return refusals;
	std::set<std::string> same = TRY(functions_of_one_type(unit.before_path, unit.after_path));
	for (const ExportChange &change : unit.export_changes)
		refusals.push_back(
			{same.contains(change.symbol) ? &refusal::export_checksum
						      : &refusal::export_changed,
			 change.symbol, unit.name,
			 "the checksum of '" + change.symbol + "' becomes " + change.after});
	return refusals;
}

Result<std::vector<Refusal>> TypeChecks::check(const Unit &unit)
{
	std::vector<Refusal> refusals;
	std::vector<LayoutChange> changes = TRY(layout_changes(unit));
	std::set<std::string> names;
	for (const LayoutChange &change : changes)
		names.insert(base_of(change.type));
	std::map<std::string, std::string> places;
	if (!names.empty())
		places = source_places(unit.after_path, names);
	for (const LayoutChange &change : changes) {
		const std::string &place = places[base_of(change.type)];
		refusals.push_back({&refusal::layout_changed, change.type,
				    place.empty() ? unit.name : place,
				    change.type + ": " + change.what});
	}
	std::vector<Refusal> exports = TRY(check_exports(unit));
	refusals.insert(refusals.end(), exports.begin(), exports.end());
	return refusals;
}

}
