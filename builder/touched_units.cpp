// SPDX-License-Identifier: LGPL-2.1-or-later
#include "touched_units.hpp"
#include "../libklp/try.hpp"
#include "concerned.hpp"
#include "includers.hpp"
#include "source_view.hpp"

#include <algorithm>

namespace klp {

// How many units are compiled for one patch, which takes some three seconds each.
static constexpr size_t most_units = 100;

static bool has_prefix(const std::string &file, std::initializer_list<const char *> prefixes)
{
	return std::ranges::any_of(prefixes,
				   [&](const char *prefix) { return file.starts_with(prefix); });
}

static std::string unit_of(const std::string &file)
{
	return file.substr(0, file.size() - 1) + "o";
}

bool TouchedUnits::is_unit(const std::string &file) const
{
	return file.ends_with(".c") && !tree_->objects_of(unit_of(file)).empty();
}

void TouchedUnits::refuse(const RefusalKind &kind, const std::string &file,
			  const std::string &message)
{
	refusals_.push_back({&kind, file, file, "'" + file + "' " + message});
}

void TouchedUnits::judge(const std::string &file)
{
	if (has_prefix(file, {"arch/x86/entry/vdso/", "arch/x86/boot/", "arch/x86/realmode/",
			      "arch/x86/purgatory/", "drivers/firmware/efi/libstub/"}))
		return refuse(refusal::vdso_changed, file, "is not kernel code");
	if (is_unit(file))
		names_.push_back(unit_of(file));
	else if (file.ends_with(".c") || file.ends_with(".h"))
		included_.push_back(file); // by a unit, perhaps
	else if (file.ends_with(".S"))
		refuse(refusal::assembly_changed, file, "is assembly");
	else
		refuse(refusal::not_carried, file, "is no source of code");
}

Result<TouchedUnits> TouchedUnits::of(KernelTree &tree, const std::vector<std::string> &patches)
{
	TouchedUnits touched(tree, patches);
	std::vector<std::string> files = TRY(files_of_patches(patches));
	for (const std::string &file : files)
		touched.judge(file);
	return touched;
}

// changed: the folder of the source as it is with the fix.
Result<std::set<std::string>> TouchedUnits::users_of(const Includers &includers,
						     const std::string &included,
						     const std::string &changed) const
{
	if (!included.ends_with(".h"))
		return includers.of({included});
	ChangedHeader header = {included, "", ""};
	header.before = TRY(text_if_there(tree_->source() + "/" + included));
	header.after = TRY(text_if_there(changed + "/" + included));
	return concerned_files(includers, tree_->source(), header,
			       [this](const std::string &file) { return is_unit(file); });
}

// kernel/sched/rt.c is among what is included, too: build_policy.c does it.
Result<> TouchedUnits::add_includers(const std::string &folder)
{
	Includers includers = TRY(Includers::read(tree_->source(), tree_->includes()));
	std::set<std::string> names(names_.begin(), names_.end());
	SourceView changed = TRY(SourceView::make(tree_->source(), folder, patches_, {},
						  SourceView::Lines::as_they_are));
	for (const std::string &included : included_) {
		if (std::ranges::none_of(includers.of({included}),
					 [this](const std::string &file) { return is_unit(file); }))
			refuse(refusal::source_not_built, included,
			       "is not in this kernel's build");
		std::set<std::string> users = TRY(users_of(includers, included, changed.folder()));
		for (const std::string &file : users) {
			if (is_unit(file))
				names.insert(unit_of(file));
		}
		files_.merge(users);
	}
	if (names.size() > most_units)
		refuse(refusal::too_many_units, included_[0],
		       "reaches " + std::to_string(names.size()) + " units, more than " +
			       std::to_string(most_units));
	names_.assign(names.begin(), names.end());
	return {};
}

// "arch/x86/kvm/../../../virt/kvm/eventfd.c" is how Kbuild may spell one: through a link that
// would leave a view of the source.
Result<> TouchedUnits::note_sources()
{
	std::vector<std::string> commands = TRY(tree_->commands(names_));
	for (const std::string &command : commands)
		files_.insert(command.substr(command.rfind(' ') + 1));
	return {};
}

}
