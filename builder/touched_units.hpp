// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "fixed_source.hpp"
#include "kernel_tree.hpp"
#include "refusal.hpp"

#include <set>

namespace klp {

// The translation units of a kernel that a fix concerns: those it changes, and those that
// include what it changes.
class TouchedUnits {
public:
	// Both are to live as long as it.
	static TouchedUnits of(KernelTree &tree, const FixedSource &fixed);

	// Whether a source is compiled for this kernel as it is, not as a part of another one.
	static bool is_unit(const KernelTree &tree, const std::string &file);
	// Whether the fix changes headers, or sources that others include.
	bool reach_others() const { return !included_.empty(); }
	// Every configured unit that these concern. Some seconds.
	Result<> add_includers();
	// Kbuild makes what a unit includes and is generated, and says how it spells each unit's
	// source.
	Result<> note_sources();

	const std::vector<std::string> &names() const { return names_; } // "fs/ext4/mballoc.o"
	// Files, relative to the tree: those that include what the fix changes, and what the
	// units are compiled from.
	const std::set<std::string> &files() const { return files_; }
	// What a livepatch cannot carry, whatever it changes in there.
	const std::vector<Refusal> &refusals() const { return refusals_; }

private:
	TouchedUnits(KernelTree &tree, const FixedSource &fixed) : tree_(&tree), fixed_(&fixed) {}
	void judge(const std::string &file);
	bool is_unit(const std::string &file) const { return is_unit(*tree_, file); }
	bool adopt(const std::string &file);
	Result<std::set<std::string>> users_of(const class Includers &includers,
					       const std::string &included) const;
	Result<bool> judge_other_users(const class Includers &includers,
				       const std::string &included);
	void refuse(const RefusalKind &kind, const std::string &file, const std::string &message);

	KernelTree *tree_;
	const FixedSource *fixed_;
	std::vector<std::string> names_;
	std::vector<std::string> included_; // headers, and sources that are no unit
	std::set<std::string> files_;
	std::vector<Refusal> refusals_;
};

}
