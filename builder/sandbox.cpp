// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sandbox.hpp"
#include "../libklp/try.hpp"
#include "jobs.hpp"

#include <cerrno>
#include <sstream>
#include <unistd.h>

namespace klp {

std::string program_path(const std::string &name)
{
	std::istringstream folders(program_folders());
	std::string folder;
	while (std::getline(folders, folder, ':')) {
		std::string path = folder + "/" + name;
		if (access(path.c_str(), X_OK) == 0)
			return path;
	}
	return "";
}

std::vector<std::string> Sandbox::around(const std::string &command,
					 const std::string &folder) const
{
	std::vector<std::string> words = {program_path("bwrap"), "--unshare-all",
					  "--die-with-parent",	 "--new-session",
					  "--cap-drop",		 "ALL"};
	auto add = [&](std::initializer_list<std::string> more) {
		words.insert(words.end(), more);
	};
	// On a system with merged /usr these are links into /usr.
	for (const char *path : {"/usr", "/bin", "/lib", "/lib32", "/lib64", "/libx32",
				 "/etc/alternatives", "/etc/ld.so.cache"})
		add({"--ro-bind-try", path, path});
	add({"--dev", "/dev", "--tmpfs", "/tmp"});
	for (const std::string &path : readable)
		add({"--ro-bind-try", path, path});
	if (!writable.empty())
		add({"--bind", writable, writable});
	if (!folder.empty() || !writable.empty())
		add({"--chdir", folder.empty() ? writable : folder});
	add({"--", "/bin/sh", "-c", command});
	return words;
}

Result<> check_sandbox()
{
	if (program_path("bwrap").empty())
		return fail(ENOENT, "'bwrap' is missing; install the package 'bubblewrap'");
	std::string command;
	for (const std::string &word : Sandbox().around("true", ""))
		command += (command.empty() ? "" : " ") + shell_word(word);
	Result<std::string> said = output_of(
		{.command = command, .folder = "/", .what = "make a sandbox", .outside = true});
	if (!said)
		return fail(EPERM,
			    "%s\nit takes root, or user namespaces: see user.max_user_namespaces "
			    "and kernel.unprivileged_userns_clone of sysctl(8)",
			    said.error().message.c_str());
	return {};
}

}
