// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints klp-sections(7) from the table that klp-build uses.
#include "../builder/sections.hpp"

#include <cstdio>

int main()
{
	puts(".Dd November 30, 2026\n.Dt KLP-SECTIONS 7\n.Os\n"
	     ".Sh NAME\n.Nm klp-sections\n.Nd what klp-build makes of an object's sections\n"
	     ".Sh DESCRIPTION\n"
	     "Each section of a kernel object that is there in memory, and what becomes of it in the "
	     "livepatch that\n.Xr klp-build 1\nmakes.\n"
	     "The first name that fits counts;\n.Ql *\nstands for anything, and\n.Ql \\&?\nat the end for a "
	     "rest that begins with no dot.\n"
	     "A section that is not listed, or that has a type or flags that no kernel object has, "
	     "refuses the build\n.Pq Cm unknown-section .\n"
	     ".Bl -tag -width Ds");
	for (const klp::SectionKind &kind : klp::section_kinds())
		printf(".It Li \\&%s Pq %s\n%s.\n", std::string(kind.pattern).c_str(),
		       name_of(kind.fate), kind.meaning);
	puts(".El\n.Sh SEE ALSO\n.Xr klp-build 1 ,\n.Xr klp-refusals 7");
	return 0;
}
