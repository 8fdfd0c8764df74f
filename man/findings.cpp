// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints klp-findings(7) from the table that check() uses.
#include "sentences.hpp"

#include <cstdio>
#include <cstring>
#include <klp/report.hpp>

using klp::Severity;

static const char *severity(const klp::FindingKind &kind)
{
	switch (kind.severity) {
	case Severity::error:
		return "error";
	case Severity::warning:
		return "warning";
	case Severity::note:
		return kind.undecides ? "unseen" : "note";
	}
	__builtin_unreachable();
}

int main()
{
	puts(".Dd November 23, 2026\n.Dt KLP-FINDINGS 7\n.Os\n"
	     ".Sh NAME\n.Nm klp-findings\n.Nd the findings of klp check\n"
	     ".Sh DESCRIPTION\n"
	     "Every finding of\n.Xr klp 8 ,\n"
	     "in the order in which the kernel would meet its cause.\n"
	     "An\n.Em error\nmakes klp refuse the patch; where an errno stands beside it, the kernel "
	     "would too, and\n.Xr finit_module 2\nwould return that.\n"
	     "An error without one can be passed over with\n.Fl Fl allow .\n"
	     "An\n.Em unseen\nfinding leaves the verdict undecided.\n"
	     ".Bl -tag -width Ds");
	for (const klp::FindingKind &kind : klp::finding_kinds()) {
		const char *number =
			kind.kernel_errno ? strerrorname_np(kind.kernel_errno) : nullptr;
		printf(".It Cm %s Pq %s%s%s\n%s\n", kind.id, severity(kind), number ? ", " : "",
		       number ? number : "", sentences(kind.meaning).c_str());
		if (*kind.cure)
			printf(".br\nRemedy: %s\n", sentences(kind.cure).c_str());
	}
	puts(".El\n.Sh SEE ALSO\n.Xr klp 8");
	return 0;
}
