// SPDX-License-Identifier: LGPL-2.1-or-later
// Writes a livepatch module that no kernel loads, for publication: klp-hub-module FILE NAME RELEASE
// BUILDID FUNCTION... BUILDID "-" names no build; no FUNCTION makes a module that is no livepatch.
#include "../../libklp/file.hpp"
#include "../../libklp/test/test_patch.hpp"

#include <fcntl.h>

int main(int argc, char **argv)
{
	if (argc < 5)
		return 2;
	klp::test::Patch patch;
	patch.name = argv[2];
	patch.modinfo = {"name=" + patch.name,
			 std::string("vermagic=") + argv[3] + " SMP preempt mod_unload "};
	patch.is_klp_build = true;
	patch.replace = true;
	if (argc > 5)
		patch.modinfo.push_back("livepatch=Y");
	if (std::string(argv[4]) != "-")
		patch.modinfo.push_back(std::string("klp_build_id=vmlinux:") + argv[4]);
	klp::test::Patch::Object object = {"", {}};
	for (int i = 5; i < argc; i++)
		object.functions.push_back({argv[i]});
	patch.objects = {object};
	auto opened = klp::open_file(argv[1], O_WRONLY | O_CREAT | O_TRUNC);
	return opened && klp::write_text(argv[1], patch.file()) ? 0 : 1;
}
