// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/error.hpp>
#include <map>
#include <string>
#include <vector>

namespace klp {

// A kernel's own source, prepared for compiling single units as the distribution did
// (builder/tree), with the image that the units must match.
class KernelTree {
public:
	// A kernel that is not one of Debian's: all four are given.
	struct Own {
		std::string source, config, image, modules;
	};

	// Fetches and prepares the tree where that is not done yet. The Error is the script's.
	static Result<KernelTree> prepare(const std::string &release);
	static Result<KernelTree> prepare(const Own &own);

	const std::string &release() const { return release_; }
	std::string source() const { return folder_ + "/source"; }
	// The file that stores the tree's #include lines after the first pass.
	std::string includes() const { return folder_ + "/includes-chS"; }
	std::string symvers() const { return source() + "/Module.symvers"; }
	std::string vmlinuz() const { return image_ + "/vmlinuz"; }
	std::string modules() const { return image_ + "/lib/modules/" + release_; }

	// The objects that a unit becomes part of: "vmlinux", or modules by their paths
	// ("kernel/fs/ext4/ext4"). Empty if this kernel does not build the unit.
	std::vector<std::string> objects_of(const std::string &unit) const;
	// Every configured unit: "fs/ext4/mballoc.o".
	std::vector<std::string> units() const;
	// Makes a source that a fix adds a unit of the object that its sibling is part of.
	void adopt(const std::string &unit, const std::string &sibling);
	bool is_adopted(const std::string &unit) const { return adopted_.contains(unit); }
	// The shell command with which Kbuild compiles each unit, to be run in source().
	Result<std::vector<std::string>> commands(const std::vector<std::string> &units) const;
	// Kbuild's objtool command for a unit, without the file; "" if Kbuild runs no objtool.
	Result<std::string> objtool(bool module) const;
	// The folder with klprt_patch.o and klprt_patch.mod.o for this kernel.
	Result<std::string> init_part() const;
	// The header that klp-build adds to a fix that declares callbacks or states.
	static Result<std::string> declarations_header();
	// The first line of gcc --version.
	Result<std::string> compiler() const;

private:
	KernelTree() = default;
	static Result<KernelTree> open(const std::string &arguments);
	Result<> read_units();

	std::string folder_, release_, image_;
	std::vector<std::pair<std::string, std::string>> units_; // unit, object
	std::map<std::string, std::string> adopted_; // to their siblings
};

}
