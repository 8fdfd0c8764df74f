// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../libklp/test/test_said.hpp"
#include "adopted_unit.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

std::string command(const std::string &file, const std::string &base, const std::string &mod,
		    const std::string &unit)
{
	return "gcc -Iinclude -DKBUILD_MODFILE='\"" + file + "\"' -DKBUILD_BASENAME='\"" + base +
	       "\"' -DKBUILD_MODNAME='\"" + mod + "\"' -D__KBUILD_MODNAME=kmod_" + mod + " -c -o " +
	       unit + ".o " + unit + ".c";
}

}

TEST(command_beside, is_of_the_same_module_under_another_name)
{
	EXPECT_EQ(
		command_beside(command("fs/proc/proc", "version", "proc", "fs/proc/version"),
			       "fs/proc/version.o", "fs/proc/new-note.o")
			.value_or(""),
		"gcc -Iinclude -DKBUILD_MODFILE='\"fs/proc/proc\"' -DKBUILD_BASENAME='\"new_note\"' "
		"-DKBUILD_MODNAME='\"proc\"' -D__KBUILD_MODNAME=kmod_proc -c -o fs/proc/version.o "
		"fs/proc/new-note.c");
}

TEST(command_beside, of_one_source_alone_has_its_name_throughout)
{
	std::string found = command_beside(command("kernel/fork", "fork", "fork", "kernel/fork"),
					   "kernel/fork.o", "kernel/spoon.o")
				    .value_or("");
	EXPECT_EQ(found.substr(0, found.find(" -c -o ")),
		  command("kernel/spoon", "spoon", "spoon", "x").substr(0, found.find(" -c -o ")));
	EXPECT_TRUE(found.ends_with(" kernel/spoon.c")) << found;
}

TEST(command_beside, is_one_that_compiles_the_sibling)
{
	EXPECT_EQ(said(command_beside("cp a b", "fs/a.o", "fs/b.o")),
		  "EBADMSG: cannot compile 'fs/b.o' as 'fs/a.o' is: cp a b");
	EXPECT_EQ(said(command_beside("gcc -c -o fs/a.o fs/a.c", "fs/a.o", "fs/b.o")),
		  "EBADMSG: cannot compile 'fs/b.o' as 'fs/a.o' is: gcc -c -o fs/a.o fs/a.c");
}
