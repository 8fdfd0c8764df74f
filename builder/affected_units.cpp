// SPDX-License-Identifier: LGPL-2.1-or-later
#include "affected_units.hpp"
#include "../libklp/file.hpp"
#include "../libklp/try.hpp"
#include "affected_files.hpp"
#include "changed_names.hpp"
#include "includers.hpp"

#include <algorithm>
#include <array>

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

bool AffectedUnits::is_unit(const KernelTree &tree, const std::string &file)
{
	return file.ends_with(".c") && !tree.objects_of(unit_of(file)).empty();
}

void AffectedUnits::refuse(const RefusalKind &kind, const std::string &file,
			   const std::string &message)
{
	refusals_.push_back({&kind, file, file, "'" + file + "' " + message});
}

// Whether the file is written for people, or tells Kbuild which sources there are. Other files may
// be included in code, or made into it.
static bool is_no_source(const std::string &file)
{
	static constexpr std::array names = {"Makefile", "Kbuild",     "Kconfig", "MAINTAINERS",
					     "CREDITS",	 ".gitignore", ".mailmap"};
	static constexpr std::array suffixes = {".rst", ".yaml", ".dts", ".dtsi"};
	std::string name = file.substr(file.rfind('/') + 1);
	// Scripts read other files of this kind: arch/x86/lib/x86-opcode-map.txt becomes a table.
	if (name.ends_with(".txt"))
		return has_prefix(file, {"Documentation/"}) || name == "CMakeLists.txt";
	return has_prefix(file, {"Documentation/", "tools/testing/", "samples/"}) ||
	       std::ranges::find(names, name) != names.end() || name.starts_with("Kconfig.") ||
	       std::ranges::any_of(suffixes,
				   [&](const char *suffix) { return name.ends_with(suffix); });
}

// Whether the file's code runs in user space, or before the kernel runs.
static bool is_elsewhere(const std::string &file)
{
	return has_prefix(file, {"arch/x86/entry/vdso/", "arch/x86/boot/", "arch/x86/realmode/",
				 "arch/x86/purgatory/", "drivers/firmware/efi/libstub/"});
}

void AffectedUnits::check(const std::string &file)
{
	if (is_elsewhere(file))
		return refuse(refusal::vdso_changed, file, "is not kernel code");
	bool is_new = adopt(file);
	if (is_unit(file))
		names_.push_back(unit_of(file));
	else if (is_new)
		return;
	else if (fixed_->files().contains(file))
		included_.push_back(file); // by a unit, perhaps
	else if (file.ends_with(".S"))
		refuse(refusal::assembly_changed, file, "is assembly");
	else if (is_no_source(file))
		refuse(refusal::not_carried, file, "is no source of code");
	else
		refuse(refusal::unknown_file, file,
		       "is no C source or header: what the kernel makes of it is not known");
}

// Whether a source is new in a folder of which the fix changes a unit, too: that unit may need the
// new source. New sources in other folders are of drivers that this kernel does not build.
bool AffectedUnits::adopt(const std::string &file)
{
	auto folder = [](const std::string &path) { return path.substr(0, path.rfind('/') + 1); };
	auto known = fixed_->files().find(file);
	if (!file.ends_with(".c") || known == fixed_->files().end() || known->second.was_there)
		return false;
	std::string sibling;
	std::set<std::string> objects;
	for (const auto &[other, source] : fixed_->files()) {
		if (!source.was_there || folder(other) != folder(file) || !is_unit(other))
			continue;
		sibling = unit_of(other);
		for (const std::string &object : tree_->objects_of(sibling))
			objects.insert(object);
	}
	if (objects.size() > 1)
		refuse(refusal::file_added, file,
		       "is new, and may be part of more than one object");
	else if (!objects.empty())
		tree_->adopt(unit_of(file), sibling);
	return !objects.empty();
}

AffectedUnits AffectedUnits::of(KernelTree &tree, const FixedSource &fixed)
{
	AffectedUnits affected(tree, fixed);
	for (const auto &[file, source] : fixed.files())
		affected.check(file);
	for (const std::string &file : fixed.others())
		affected.check(file);
	return affected;
}

Result<std::set<std::string>> AffectedUnits::users_of(const Includers &includers,
						      const std::string &included) const
{
	if (!included.ends_with(".h"))
		return includers.of({included});
	const FixedFile &file = fixed_->files().at(included);
	ChangedHeader header = {included, file.before, file.text()};
	return affected_files(includers, tree_->source(), header,
			      [this](const std::string &file) { return is_unit(file); });
}

// Whether a change of an included file affects its user, which is assembly or not the kernel's own
// code: the user mentions a changed name, or is assembly and may use the file's macros.
static bool is_affected(const std::string &user, const FixedFile &file,
			const std::optional<ChangedNames> &affected, bool assembly)
{
	if (affected)
		return mentions(user, affected->names) || mentions(user, affected->types);
	return assembly && (file.before.find("__ASSEMBL") != std::string::npos ||
			    file.before.find(".macro") != std::string::npos);
}

Result<bool> AffectedUnits::check_other_users(const Includers &includers,
					      const std::string &included)
{
	const FixedFile &file = fixed_->files().at(included);
	std::set<std::string> users = includers.of({included});
	bool has_unit = std::ranges::any_of(
		users, [this](const std::string &user) { return is_unit(user); });
	std::optional<ChangedNames> affected;
	if (included.ends_with(".h"))
		affected = names_changed(file.before, file.text());
	for (const std::string &user : users) {
		bool elsewhere = is_elsewhere(user) && !user.ends_with(".h");
		bool assembly = !elsewhere && user.ends_with(".S") &&
				!tree_->objects_of(unit_of(user)).empty();
		if (!elsewhere && !assembly)
			continue;
		std::string text = TRY(read_text(tree_->source() + "/" + user));
		if (has_unit && !is_affected(text, file, affected, assembly))
			continue;
		refuse(assembly ? refusal::assembly_changed : refusal::vdso_changed, included,
		       "is included in '" + user + "'");
		return true;
	}
	return false;
}

// kernel/sched/rt.c is an included file, too: build_policy.c includes it.
Result<> AffectedUnits::add_includers()
{
	Includers includers = TRY(Includers::read(tree_->source(), tree_->includes()));
	std::set<std::string> names(names_.begin(), names_.end());
	for (const std::string &included : included_) {
		// No file in the tree includes a new header: only files of the fix do.
		const FixedFile &file = fixed_->files().at(included);
		bool is_new = included.ends_with(".h") && !file.was_there;
		bool refused = TRY(check_other_users(includers, included));
		if (refused)
			continue;
		if (!is_new &&
		    std::ranges::none_of(includers.of({included}),
					 [this](const std::string &file) { return is_unit(file); }))
			refuse(refusal::source_not_built, included,
			       "is not in this kernel's build");
		std::set<std::string> users = TRY(users_of(includers, included));
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

// Kbuild may spell a source "arch/x86/kvm/../../../virt/kvm/eventfd.c": the path goes through a
// link that would leave a view of the source.
Result<> AffectedUnits::note_sources()
{
	std::vector<std::string> commands = TRY(tree_->commands(names_));
	for (const std::string &command : commands)
		files_.insert(command.substr(command.rfind(' ') + 1));
	return {};
}

}
