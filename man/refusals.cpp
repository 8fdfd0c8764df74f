// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints klp-refusals(7) from the table that klp-build uses.
#include "../builder/refusal.hpp"
#include "sentences.hpp"

#include <cstdio>

int main()
{
	puts(".Dd November 24, 2026\n.Dt KLP-REFUSALS 7\n.Os\n"
	     ".Sh NAME\n.Nm klp-refusals\n.Nd why klp-build refuses a fix\n"
	     ".Sh DESCRIPTION\n"
	     "Each reason for which\n.Xr klp-build 1\nrefuses a fix, or warns.\n"
	     "A\n.Em refusal\nends the build; all that were found are listed, each with the place in the "
	     "source.\n"
	     "A\n.Em warning\nis to be read before the livepatch is loaded.\n"
	     ".Bl -tag -width Ds");
	for (const klp::RefusalKind &kind : klp::refusal_kinds()) {
		printf(".It Cm %s Pq %s\n%s\n", kind.id, kind.error ? "refusal" : "warning",
		       sentences(kind.meaning).c_str());
		if (*kind.cure)
			printf(".br\nRemedy: %s\n", sentences(kind.cure).c_str());
	}
	puts(".El\n.Sh SEE ALSO\n.Xr klp-build 1 ,\n.Xr klp-findings 7");
	return 0;
}
