// SPDX-License-Identifier: LGPL-2.1-or-later
#include "control_flow.hpp"

#include <algorithm>
#include <set>

namespace klp {

static bool is_any_of(std::string_view name, std::initializer_list<std::string_view> names)
{
	return std::ranges::find(names, name) != names.end();
}

// Functions that end the calling thread: the thread's loop has no other exit.
static bool ends_thread(std::string_view name)
{
	return is_any_of(name, {"__module_put_and_kthread_exit", "complete_and_exit", "do_exit",
				"do_group_exit", "kthread_complete_and_exit", "kthread_exit",
				"make_task_dead"});
}

// Other functions of the kernel that do not return, from 6.1 to 7.x. The code behind a call of a
// missing function seems to be reached.
static bool never_returns(std::string_view name)
{
	return is_any_of(name, {"__fortify_panic",
				"__kunit_abort",
				"__stack_chk_fail",
				"__ubsan_handle_builtin_unreachable",
				"arch_call_rest_init",
				"arch_cpu_idle_dead",
				"cpu_bringup_and_idle",
				"cpu_startup_entry",
				"do_task_dead",
				"ex_handler_msr_mce",
				"fortify_panic",
				"hlt_play_dead",
				"hv_ghcb_terminate",
				"kunit_try_catch_throw",
				"machine_real_restart",
				"nmi_panic_self_stop",
				"panic",
				"panic_smp_self_stop",
				"rest_init",
				"rewind_stack_and_make_dead",
				"sev_es_terminate",
				"snp_abort",
				"start_kernel",
				"stop_this_cpu",
				"usercopy_abort",
				"vpanic",
				"xen_cpu_bringup_again",
				"xen_start_kernel"});
}

const std::vector<Instruction> &ControlFlow::instructions(PieceId piece)
{
	auto [place, added] = instructions_.try_emplace(piece);
	if (added) {
		Result<std::vector<Instruction>> decoded =
			decode_instructions(object_.piece(piece).bytes);
		if (decoded)
			place->second = std::move(*decoded);
	}
	return place->second;
}

bool ControlFlow::is_inside(PieceId function, PieceId piece) const
{
	return piece == function || object_.piece(piece).parent == function ||
	       object_.piece(piece).kind == Piece::Kind::code;
}

std::optional<ControlFlow::Place> ControlFlow::place_of(const Target &target) const
{
	if (target.kind != Target::Kind::piece || !object_.piece(target.piece).is_code())
		return std::nullopt;
	return Place{target.piece, object_.piece(target.piece).entry + target.offset};
}

// nullptr for a distance within the piece, too.
const Target *ControlFlow::branch_target(const Place &place, const Instruction &instruction) const
{
	const auto &references = object_.piece(place.piece).references;
	uint64_t operand = instruction.offset + instruction.operand;
	auto found = std::ranges::lower_bound(references, operand, {}, &Reference::offset);
	bool there =
		instruction.operand != 0 && found != references.end() && found->offset == operand;
	return there ? &found->target : nullptr;
}

void ControlFlow::follow_branch(PieceId function, const Place &place,
				const Instruction &instruction, Step *step)
{
	const Target *target = branch_target(place, instruction);
	if (!target && instruction.operand != 0)
		return step->next.push_back(
			{place.piece, static_cast<uint64_t>(instruction.target)});
	std::optional<Place> inside = target ? place_of(*target) : std::nullopt;
	if (inside && is_inside(function, inside->piece))
		step->next.push_back(*inside);
	else // to another function that returns for this one, or anywhere
		step->returns = true;
}

void ControlFlow::follow_call(const Place &place, const Instruction &instruction, Step *step)
{
	const Target *target = branch_target(place, instruction);
	std::string_view name;
	if (target && target->kind == Target::Kind::undefined)
		name = target->name;
	bool own = target && target->kind == Target::Kind::piece && target->offset == 0 &&
		   object_.piece(target->piece).kind == Piece::Kind::function;
	if (own)
		name = object_.piece(target->piece).name;
	if (ends_thread(name))
		return;
	if (never_returns(name) || (own && is_noreturn(target->piece)))
		step->dies = true;
	else
		step->next.push_back({place.piece, instruction.offset + instruction.length});
}

// Follows the code that the kernel may patch into the instruction, and the handler of its fault.
void ControlFlow::follow_tables(const Place &place, const Instruction &instruction, Step *step)
{
	const Piece &piece = object_.piece(place.piece);
	for (const TableEntry &entry : piece.tables) {
		bool two_ways = entry.section == "__jump_table" ||
				entry.section == ".altinstructions" ||
				entry.section == "__ex_table";
		if (!two_ways || entry.references.size() < 2 ||
		    piece.entry + entry.references[0].target.offset != place.offset)
			continue;
		std::optional<Place> other = place_of(entry.references[1].target);
		if (other)
			step->next.push_back(*other);
		step->next.push_back({place.piece, instruction.offset + instruction.length});
	}
}

// Control continues behind a trap of WARN(): the last field of the trap's entry has a bit for that.
static bool is_warning(const Piece &piece, uint64_t offset)
{
	return std::ranges::any_of(piece.tables, [&](const TableEntry &entry) {
		return entry.section == "__bug_table" && entry.bytes.size() >= 2 &&
		       piece.entry + entry.references[0].target.offset == offset &&
		       (entry.bytes[entry.bytes.size() - 2] & std::byte{1}) != std::byte{0};
	});
}

ControlFlow::Step ControlFlow::step(PieceId function, const Place &place)
{
	Step step;
	const auto &list = instructions(place.piece);
	auto found = std::ranges::lower_bound(list, place.offset, {}, &Instruction::offset);
	if (found == list.end() || found->offset != place.offset) {
		// This is mostly the place behind a call that did not return.
		step.dies = true;
		return step;
	}
	const Instruction &instruction = *found;
	Place behind = {place.piece, instruction.offset + instruction.length};
	follow_tables(place, instruction, &step);
	switch (instruction.flow) {
	case Instruction::Flow::condition:
		follow_branch(function, place, instruction, &step);
		[[fallthrough]];
	case Instruction::Flow::next:
		step.next.push_back(behind);
		break;
	case Instruction::Flow::jump:
		follow_branch(function, place, instruction, &step);
		break;
	case Instruction::Flow::call:
		follow_call(place, instruction, &step);
		break;
	case Instruction::Flow::leave:
		step.returns = true;
		break;
	case Instruction::Flow::trap:
		if (is_warning(object_.piece(place.piece), place.offset))
			step.next.push_back(behind);
		else
			step.dies = true;
		break;
	}
	return step;
}

ControlFlow::Steps ControlFlow::explore(PieceId function)
{
	Steps steps;
	std::vector<Place> open = {{function, object_.piece(function).entry}};
	while (!open.empty()) {
		Place place = open.back();
		open.pop_back();
		if (steps.contains(place))
			continue;
		const Step &step = steps[place] = this->step(function, place);
		open.insert(open.end(), step.next.begin(), step.next.end());
	}
	return steps;
}

bool ControlFlow::is_noreturn(PieceId function)
{
	auto [known, added] = noreturn_.try_emplace(function, false);
	if (!added)
		return known->second;
	Steps steps = explore(function);
	bool returns =
		std::ranges::any_of(steps, [](const auto &step) { return step.second.returns; });
	return noreturn_[function] = !returns;
}

bool ControlFlow::has_endless_loop(PieceId function)
{
	Steps steps = explore(function);
	std::map<Place, std::vector<Place>> from;
	std::vector<Place> open;
	for (const auto &[place, step] : steps) {
		if (step.returns || step.dies)
			open.push_back(place);
		for (const Place &next : step.next)
			from[next].push_back(place);
	}
	std::set<Place> left; // from which an exit is reached
	while (!open.empty()) {
		Place place = open.back();
		open.pop_back();
		if (!left.insert(place).second)
			continue;
		const auto &earlier = from[place];
		open.insert(open.end(), earlier.begin(), earlier.end());
	}
	// The other places lead to the thread's end, or stay in a loop.
	std::map<Place, size_t> ways;
	for (const auto &[place, step] : steps) {
		if (left.contains(place))
			continue;
		ways[place] = step.next.size();
		if (step.next.empty())
			open.push_back(place);
	}
	while (!open.empty()) {
		Place place = open.back();
		open.pop_back();
		ways.erase(place);
		for (const Place &earlier : from[place]) {
			if (ways.contains(earlier) && --ways[earlier] == 0)
				open.push_back(earlier);
		}
	}
	return !ways.empty();
}

}
