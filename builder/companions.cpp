// SPDX-License-Identifier: LGPL-2.1-or-later
#include "companions.hpp"
#include "sections.hpp"

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
Companions::Companions(const Object &object) : object_(object)
{
	for (PieceId id = 0; id < object.pieces().size(); id++) {
		const Piece &entry = object.piece(id);
		std::string_view section = object.section_name(entry);
		if (!has_fate(section, SectionFate::companion))
			continue;
		if (section == "__trace_printk_fmt") {
			formats_.push_back(id);
			continue;
		}
		for (const Reference &reference : entry.references) {
			if (reference.target.kind == Target::Kind::piece)
				entries_[reference.target.piece].push_back(id);
		}
	}
}

std::vector<PieceId> Companions::of(PieceId id) const
{
	auto entries = entries_.find(id);
	std::vector<PieceId> found =
		entries == entries_.end() ? std::vector<PieceId>() : entries->second;
	if (!formats_.empty() && calls_trace_printk(object_.piece(id)))
		found.insert(found.end(), formats_.begin(), formats_.end());
	std::ranges::sort(found);
	return found;
}

}
