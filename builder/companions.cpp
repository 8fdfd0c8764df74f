// SPDX-License-Identifier: LGPL-2.1-or-later
// The module loader finds some entries only by their section, and nothing refers to the entries.
// The patch includes such an entry with the variable or the call that needs it.
#include "sections.hpp"
#include "selection.hpp"

#include <algorithm>
#include <array>

namespace klp {

// Without the formats of trace_printk() the kernel sets up no buffers for a module, and loses the
// module's output (kernel/trace/trace_printk.c, hold_module_trace_bprintk_format()).
static bool calls_trace_printk(const Piece &piece)
{
	static constexpr std::array<std::string_view, 6> functions = {
		"__trace_bprintk", "__trace_bputs",	"__trace_printk",
		"__trace_puts",	   "__ftrace_vbprintk", "__ftrace_vprintk",
	};
	return std::ranges::any_of(piece.references, [](const Reference &reference) {
		return std::ranges::find(functions, reference.target.name) != functions.end();
	});
}

// The entry's section tells what it belongs to: the kernel sets up an SRCU domain of a module, and
// frees its memory, by the domain's entry in ___srcu_struct_ptrs (kernel/rcu/srcutree.c,
// srcu_module_notify()).
void Selection::include_companions(PieceId id)
{
	const Piece &piece = after_->piece(id);
	bool formats = calls_trace_printk(piece);
	for (PieceId other = 0; other < after_->pieces().size(); other++) {
		const Piece &entry = after_->piece(other);
		std::string_view section = after_->section_name(entry);
		if (!has_fate(section, SectionFate::companion))
			continue;
		bool belongs = section == "__trace_printk_fmt"
				       ? formats
				       : std::ranges::any_of(entry.references,
							     [&](const Reference &reference) {
								     return reference.target.is(id);
							     });
		if (belongs)
			include(other);
	}
}

}
