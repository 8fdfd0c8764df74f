// SPDX-License-Identifier: LGPL-2.1-or-later
#include "external_verb.hpp"

#include <cstring>
#include <filesystem>
#include <unistd.h>

static bool is_verb(const char *name)
{
	return *name && strspn(name, "abcdefghijklmnopqrstuvwxyz-") == strlen(name);
}

void become_external_verb(int argc, char **argv)
{
	if (argc < 1 || !is_verb(argv[0]))
		return;
	std::error_code error;
	std::filesystem::path klp = std::filesystem::read_symlink("/proc/self/exe", error);
	std::filesystem::path program =
		klp.parent_path().parent_path() / "libexec/klp" / (std::string("klp-") + argv[0]);
	if (error)
		return;
	char *verb = argv[0];
	std::string name = program;
	argv[0] = name.data();
	execv(program.c_str(), argv);
	argv[0] = verb; // the caller says that there is no such verb
}
