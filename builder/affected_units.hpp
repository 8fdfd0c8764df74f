// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "fixed_source.hpp"
#include "kernel_tree.hpp"
#include "refusal.hpp"

#include <set>

namespace klp {

// The translation units of a kernel that a fix affects: those that it changes, and those that
// include a file that it changes.
class AffectedUnits {
public:
	// tree and fixed must outlive the object.
	static AffectedUnits of(KernelTree &tree, const FixedSource &fixed);

	// Whether this kernel compiles the source by itself, not as a part of another source.
	static bool is_unit(const KernelTree &tree, const std::string &file);
	// Whether the fix changes headers, or sources that others include.
	bool reach_others() const { return !included_.empty(); }
	// Adds every configured unit that these files affect. Takes some seconds.
	Result<> add_includers();
	// Has Kbuild make the generated files that units include, and adds each unit's source as
	// Kbuild spells it.
	Result<> note_sources();

	const std::vector<std::string> &names() const { return names_; } // "fs/ext4/mballoc.o"
	// Relative to the tree: the files that include one that the fix changes, and the units'
	// sources.
	const std::set<std::string> &files() const { return files_; }
	// Refuses files whose change a livepatch cannot contain.
	const std::vector<Refusal> &refusals() const { return refusals_; }

private:
	AffectedUnits(KernelTree &tree, const FixedSource &fixed) : tree_(&tree), fixed_(&fixed) {}
	void check(const std::string &file);
	bool is_unit(const std::string &file) const { return is_unit(*tree_, file); }
	bool adopt(const std::string &file);
	Result<std::set<std::string>> users_of(const class Includers &includers,
					       const std::string &included) const;
	Result<bool> check_other_users(const class Includers &includers,
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
