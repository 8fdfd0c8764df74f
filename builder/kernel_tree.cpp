// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel_tree.hpp"
#include "../libklp/file.hpp"
#include "../libklp/try.hpp"
#include "adopted_unit.hpp"
#include "jobs.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace klp {

// The folder ../libexec/klp beside the program, both installed and built.
static Result<std::string> installed(const char *file)
{
	std::error_code error;
	std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
	std::filesystem::path path = program.parent_path().parent_path() / "libexec/klp" / file;
	if (error || !std::filesystem::exists(path))
		return fail(ENOENT, "'%s' is not there: klp-build is not installed whole",
			    path.c_str());
	return path.string();
}

// These variables are for the script and for apt, which fetches: no compiler sees a proxy's
// password.
static std::vector<std::string> environment()
{
	std::vector<std::string> variables;
	for (const char *name : {"XDG_CACHE_HOME", "APT_CONFIG", "KLP_PATCH_INIT", "http_proxy",
				 "https_proxy", "ftp_proxy", "all_proxy", "no_proxy"}) {
		if (const char *value = getenv(name))
			variables.push_back(std::string(name) + "=" + value);
	}
	variables.push_back("KLP_JOBS=" + std::to_string(jobs_at_once()));
	return variables;
}

static Result<std::string> ask(const std::string &arguments)
{
	std::string path = TRY(installed("builder/tree"));
	return output_of({.command = shell_word(path) + " " + arguments,
			  .folder = "",
			  .what = "prepare the kernel's source",
			  .talks = true,
			  .environment = environment(),
			  .outside = true});
}

Result<KernelTree> KernelTree::prepare(const std::string &release)
{
	return open(shell_word(release));
}

Result<KernelTree> KernelTree::prepare(const Own &own)
{
	return open("--source " + shell_word(own.source) + " --config " + shell_word(own.config) +
		    " --image " + shell_word(own.image) + " --modules " + shell_word(own.modules));
}

Result<KernelTree> KernelTree::open(const std::string &arguments)
{
	KernelTree tree;
	tree.folder_ = TRY(ask("prepare " + arguments));
	tree.release_ = TRY(read_line(tree.folder_ + "/release"));
	tree.image_ = TRY(read_line(tree.folder_ + "/image"));
	TRY(tree.read_units());
	return tree;
}

Result<> KernelTree::read_units()
{
	std::string text = TRY(read_text(folder_ + "/units"));
	std::istringstream lines(text);
	std::string line;
	while (std::getline(lines, line)) {
		std::istringstream fields(line);
		std::string unit, object;
		if (!(fields >> unit >> object))
			return fail(EBADMSG, "%s/units: '%s' is not a unit and its object",
				    folder_.c_str(), line.c_str());
		units_.emplace_back(unit, object);
	}
	return {};
}

std::vector<std::string> KernelTree::objects_of(const std::string &unit) const
{
	std::vector<std::string> objects;
	for (const auto &[name, object] : units_) {
		if (name == unit)
			objects.push_back(object);
	}
	return objects;
}

std::vector<std::string> KernelTree::units() const
{
	std::vector<std::string> names;
	for (const auto &[name, object] : units_)
		names.push_back(name);
	return names;
}

void KernelTree::adopt(const std::string &unit, const std::string &sibling)
{
	for (const std::string &object : objects_of(sibling))
		units_.emplace_back(unit, object);
	adopted_[unit] = sibling;
}

Result<std::vector<std::string>> KernelTree::commands(const std::vector<std::string> &units) const
{
	std::string arguments = "command " + shell_word(folder_);
	for (const std::string &unit : units)
		arguments += " " + shell_word(is_adopted(unit) ? adopted_.at(unit) : unit);
	std::string text = TRY(ask(arguments));
	std::vector<std::string> commands;
	std::istringstream lines(text);
	std::string line;
	while (std::getline(lines, line))
		commands.push_back(line);
	if (commands.size() != units.size())
		return fail(EIO, "%zu commands for %zu units", commands.size(), units.size());
	for (size_t i = 0; i < units.size(); i++) {
		if (is_adopted(units[i]))
			commands[i] =
				TRY(command_beside(commands[i], adopted_.at(units[i]), units[i]));
	}
	return commands;
}

Result<std::string> KernelTree::objtool(bool module) const
{
	std::string path = folder_ + (module ? "/objtool" : "/objtool-vmlinux");
	std::string arguments = TRY(read_line(path));
	return arguments.empty() ? "" : source() + "/tools/objtool/objtool " + arguments;
}

Result<std::string> KernelTree::init_part() const
{
	return ask("patch-init " + shell_word(folder_));
}

Result<std::string> KernelTree::declarations_header()
{
	return installed("kmod/patch/klp_build.h");
}

Result<std::string> KernelTree::compiler() const
{
	std::string program = TRY(read_line(folder_ + "/compiler"));
	return output_of({.command = program + " --version | head -n 1",
			  .folder = "",
			  .what = "ask the compiler's version",
			  .outside = true});
}

}
