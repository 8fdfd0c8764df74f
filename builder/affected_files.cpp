// SPDX-License-Identifier: LGPL-2.1-or-later
#include "affected_files.hpp"
#include "../libklp/file.hpp"
#include "../libklp/try.hpp"
#include "changed_names.hpp"

#include <algorithm>

namespace klp {

namespace {

class AffectedFiles {
public:
	AffectedFiles(const Includers &includers, const std::string &tree,
		      const ChangedHeader &header,
		      const std::function<bool(const std::string &)> &is_unit)
	    : includers_(includers),
	      tree_(tree),
	      header_(header),
	      is_unit_(is_unit),
	      users_(includers.of({header.path}))
	{
	}
	Result<std::set<std::string>> files();

private:
	Result<> read_headers();
	void follow_headers();
	Result<> choose(const std::set<std::string> &names, bool one_is_enough);

	const Includers &includers_;
	const std::string &tree_;
	const ChangedHeader &header_;
	const std::function<bool(const std::string &)> &is_unit_;
	const std::set<std::string> users_;
	std::map<std::string, std::string> headers_; // their texts
	Pastes pastes_; // in these
	std::set<std::string> names_, chosen_;
};

// klp-build searches each header several times, and each source once.
Result<> AffectedFiles::read_headers()
{
	for (const std::string &file : users_) {
		if (!file.ends_with(".h"))
			continue;
		std::string text = header_.before + "\n" + header_.after;
		if (file != header_.path)
			text = TRY(read_text(tree_ + "/" + file));
		pastes_.add(text);
		headers_[file] = std::move(text);
	}
	return {};
}

// Repeats until no header has more names.
void AffectedFiles::follow_headers()
{
	for (size_t count = 0; count != names_.size();) {
		count = names_.size();
		std::set<std::string> words = pastes_.arguments_for(names_);
		words.insert(names_.begin(), names_.end());
		for (const auto &[file, text] : headers_)
			names_.merge(dependent_names(text, words));
	}
}

// An included file that is no unit is a part of the unit.
Result<> AffectedFiles::choose(const std::set<std::string> &names, bool one_is_enough)
{
	std::set<std::string> words = pastes_.arguments_for(names);
	words.insert(names.begin(), names.end());
	for (const std::string &file : users_) {
		if (!file.ends_with(".c"))
			continue;
		std::string text = TRY(read_text(tree_ + "/" + file));
		Pastes own;
		own.add(text);
		std::set<std::string> made = own.arguments_for(names);
		if (!mentions(text, words) && !mentions(text, made))
			continue;
		chosen_.insert(file);
		if (!is_unit_(file))
			chosen_.merge(includers_.of({file}));
		else if (one_is_enough)
			break;
	}
	return {};
}

Result<std::set<std::string>> AffectedFiles::files()
{
	std::optional<ChangedNames> changed = names_changed(header_.before, header_.after);
	if (!changed)
		return users_;
	names_ = changed->names;
	TRY(read_headers());
	follow_headers();
	TRY(choose(names_, false));
	bool has_unit = std::ranges::any_of(chosen_, is_unit_);
	if (!changed->types.empty() && !has_unit)
		TRY(choose(changed->types, true));
	for (const std::string &file : users_) {
		if (file.ends_with(".h"))
			chosen_.insert(file);
	}
	return std::move(chosen_);
}

}

Result<std::set<std::string>>
affected_files(const Includers &includers, const std::string &tree, const ChangedHeader &header,
	       const std::function<bool(const std::string &file)> &is_unit)
{
	return AffectedFiles(includers, tree, header, is_unit).files();
}

}
