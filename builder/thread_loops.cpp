// SPDX-License-Identifier: LGPL-2.1-or-later
#include "thread_loops.hpp"
#include "control_flow.hpp"

#include <algorithm>
#include <set>

namespace klp {

namespace {

// The kernel's own thread functions, from 6.1 to 7.x, and the names of their threads.
constexpr struct {
	std::string_view function, threads;
} own_threads[] = {
	{"khugepaged", "khugepaged"},
	{"kauditd_thread", "kauditd"},
	{"kcompactd", "kcompactd0"},
	{"ksm_scan_thread", "ksmd"},
	{"kswapd", "kswapd0"},
	{"kthread", "of all kinds"},
	{"kthread_worker_fn", "of kthread_create_worker()"},
	{"kthreadd", "kthreadd"},
	{"irq_thread", "irq/..."},
	{"io_sq_thread", "iou-sqp-..."},
	{"io_wq_worker", "iou-wrk-..."},
	{"io_wqe_worker", "iou-wrk-..."},
	{"napi_threaded_poll", "napi/..."},
	{"nbcon_kthread_func", "pr/..."},
	{"oom_reaper", "oom_reaper"},
	{"psi_rtpoll_worker", "psimon"},
	{"rcu_boost_kthread", "rcub/..."},
	{"rcu_gp_fqs_loop", "rcu_preempt or rcu_sched"},
	{"rcu_gp_kthread", "rcu_preempt or rcu_sched"},
	{"rcu_nocb_cb_kthread", "rcuop/..."},
	{"rcu_nocb_gp_kthread", "rcuog/..."},
	{"rcu_tasks_kthread", "rcu_tasks_..."},
	{"rcu_tasks_one_gp", "rcu_tasks_..."},
	{"rescuer_thread", "of workqueues that rescue one"},
	{"smpboot_thread_fn", "ksoftirqd/..., migration/... and their like"},
	{"vhost_task_fn", "vhost-..."},
	{"worker_thread", "kworker/..."},
};

// Functions that start a thread, and the number of the argument that is the thread's function.
constexpr struct {
	std::string_view name;
	unsigned function, thread; // arguments; 0: it has none
} makers[] = {
	{"__kthread_create_on_node", 1, 4},
	{"create_io_thread", 1, 0},
	{"kernel_thread", 1, 3},
	{"kthread_create_on_cpu", 1, 4},
	{"kthread_create_on_node", 1, 4},
	{"svc_create", 3, 0},
	{"user_mode_thread", 1, 0},
};

// Kernel threads call these in their loops.
constexpr std::string_view questions[] = {
	"kthread_freezable_should_stop",
	"kthread_should_park",
	"kthread_should_stop",
	"kthread_should_stop_or_park",
};

// Functions in which a thread sleeps until there is work.
constexpr std::string_view sleeps[] = {
	"__kthread_parkme",
	"io_schedule",
	"io_schedule_timeout",
	"kthread_parkme",
	"msleep",
	"msleep_interruptible",
	"prepare_to_swait_event",
	"prepare_to_wait_event",
	"schedule",
	"schedule_hrtimeout",
	"schedule_hrtimeout_range",
	"schedule_timeout",
	"schedule_timeout_idle",
	"schedule_timeout_interruptible",
	"schedule_timeout_killable",
	"schedule_timeout_uninterruptible",
	"wait_for_completion",
	"wait_for_completion_interruptible",
	"wait_woken",
};

std::string in_quotes(std::string_view name)
{
	return "'" + std::string(name) + "'";
}

// The register of an argument, by its number in the instruction set; rdi is the first argument.
int register_of(unsigned argument)
{
	static constexpr int registers[] = {-1, 7, 6, 2, 1, 8, 9};
	return argument < std::size(registers) ? registers[argument] : -1;
}

// The register into which an instruction puts an address: mov $address, or lea; -1: none.
int loaded_register(const Piece &piece, const Instruction &instruction)
{
	auto byte = [&](size_t at) {
		return at < piece.bytes.size() ? static_cast<int>(piece.bytes[at]) : 0;
	};
	size_t at = instruction.offset;
	int rex = (byte(at) & 0xf0) == 0x40 ? byte(at++) : 0;
	int opcode = byte(at), operands = byte(at + 1);
	if (opcode == 0xc7 && operands >> 6 == 3)
		return (operands & 7) | (rex & 1) << 3;
	if ((opcode & 0xf8) == 0xb8)
		return (opcode & 7) | (rex & 1) << 3;
	if (opcode == 0x8d)
		return (operands >> 3 & 7) | (rex & 4) << 1;
	return -1;
}

class ThreadLoops {
public:
	explicit ThreadLoops(const Object &object) : object_(object), flow_(object) {}

	std::string loop(PieceId function);
	std::string only_user(PieceId function);

private:
	struct Call {
		std::string_view callee;
		size_t index; // in the instructions
	};

	std::string asked(PieceId function) const;
	std::string handed_on(PieceId function);
	std::string given_to_smpboot(PieceId function) const;
	std::string made(PieceId maker, const Reference &reference);
	std::optional<Call> next_call(const Piece &piece, const std::vector<Instruction> &list,
				      size_t index) const;
	std::string thread_name(const Piece &piece, const std::vector<Instruction> &list,
				const Call &call, unsigned argument) const;
	const Target *target_at(const Piece &piece, const Instruction &instruction) const;
	std::string_view user_name(const Piece &piece) const;

	const Object &object_;
	ControlFlow flow_;
};

std::string_view ThreadLoops::user_name(const Piece &piece) const
{
	return piece.parent == no_piece ? piece.name : object_.piece(piece.parent).name;
}

std::string ThreadLoops::asked(PieceId function) const
{
	for (PieceId id : {function, object_.piece(function).cold}) {
		if (id == no_piece)
			continue;
		for (const Reference &reference : object_.piece(id).references) {
			if (std::ranges::find(questions, reference.target.name) !=
			    std::end(questions))
				return std::string(reference.target.name);
		}
	}
	return "";
}

const Target *ThreadLoops::target_at(const Piece &piece, const Instruction &instruction) const
{
	auto found = std::ranges::lower_bound(piece.references, instruction.offset, {},
					      &Reference::offset);
	bool there = found != piece.references.end() &&
		     found->offset < instruction.offset + instruction.length;
	return there ? &found->target : nullptr;
}

// Finds the next call. Follows unconditional jumps, and continues behind conditional jumps.
std::optional<ThreadLoops::Call>
ThreadLoops::next_call(const Piece &piece, const std::vector<Instruction> &list, size_t index) const
{
	static constexpr size_t far = 32;
	for (size_t count = 0; count < far && index < list.size(); count++) {
		const Instruction &instruction = list[index];
		const Target *target = target_at(piece, instruction);
		bool jumps = instruction.flow == Instruction::Flow::jump;
		if (instruction.flow == Instruction::Flow::call || (jumps && target)) {
			if (!target)
				return std::nullopt;
			return Call{target->kind == Target::Kind::piece
					    ? std::string_view(object_.piece(target->piece).name)
					    : target->name,
				    index};
		}
		bool leaves = instruction.flow == Instruction::Flow::leave ||
			      instruction.flow == Instruction::Flow::trap;
		if (leaves || (jumps && instruction.operand == 0))
			return std::nullopt;
		if (jumps)
			index = std::ranges::lower_bound(list,
							 static_cast<uint64_t>(instruction.target),
							 {}, &Instruction::offset) -
				list.begin();
		else
			index++;
	}
	return std::nullopt;
}

// The string that the call gets for the thread's name.
std::string ThreadLoops::thread_name(const Piece &piece, const std::vector<Instruction> &list,
				     const Call &call, unsigned argument) const
{
	static constexpr size_t far = 16;
	for (size_t back = 1; back <= std::min(call.index, far); back++) {
		const Instruction &instruction = list[call.index - back];
		if (instruction.flow == Instruction::Flow::call)
			break;
		const Target *target = target_at(piece, instruction);
		if (target && target->kind == Target::Kind::string &&
		    loaded_register(piece, instruction) == register_of(argument))
			return std::string(target->text);
	}
	return "";
}

std::string ThreadLoops::made(PieceId maker, const Reference &reference)
{
	const Piece &piece = object_.piece(maker);
	const std::vector<Instruction> &list = flow_.instructions(maker);
	auto next = std::ranges::upper_bound(list, reference.offset, {}, &Instruction::offset);
	if (next == list.begin())
		return "";
	size_t index = std::prev(next) - list.begin();
	std::optional<Call> call = next_call(piece, list, index);
	if (!call)
		return "";
	for (const auto &made : makers) {
		if (made.name != call->callee ||
		    loaded_register(piece, list[index]) != register_of(made.function))
			continue;
		std::string thread = thread_name(piece, list, *call, made.thread);
		std::string what = thread.empty() || thread == "%s"
					   ? "a thread"
					   : "the thread " + in_quotes(thread);
		return "is what " + what + " runs, which " + in_quotes(user_name(piece)) +
		       " makes with " + std::string(made.name) + "()";
	}
	return "";
}

std::string ThreadLoops::handed_on(PieceId function)
{
	for (PieceId id = 0; id < object_.pieces().size(); id++) {
		const Piece &piece = object_.piece(id);
		if (!piece.is_code())
			continue;
		for (const Reference &reference : piece.references) {
			if (!reference.pointer || !reference.target.is(function) ||
			    reference.target.offset != 0)
				continue;
			std::string how = made(id, reference);
			if (!how.empty())
				return how;
		}
	}
	return "";
}

// The field thread_fn of a struct smp_hotplug_thread (6.1 to 7.x).
std::string ThreadLoops::given_to_smpboot(PieceId function) const
{
	static constexpr uint64_t thread_fn = 32;
	std::set<PieceId> tables;
	for (const Piece &piece : object_.pieces()) {
		bool registers = std::ranges::any_of(piece.references, [](const auto &reference) {
			return reference.target.name.starts_with("smpboot_register_percpu_thread");
		});
		for (const Reference &reference : piece.references) {
			if (registers && reference.pointer && reference.target.offset == 0 &&
			    reference.target.kind == Target::Kind::piece)
				tables.insert(reference.target.piece);
		}
	}
	for (PieceId table : tables) {
		const Piece &piece = object_.piece(table);
		for (const Reference &reference : piece.references) {
			if (!piece.is_code() && reference.offset == thread_fn &&
			    reference.target.is(function))
				return "is what the threads of " + in_quotes(piece.name) +
				       " run, over and over";
		}
	}
	return "";
}

std::string ThreadLoops::loop(PieceId function)
{
	const Piece &piece = object_.piece(function);
	for (const auto &known : own_threads) {
		if (known.function == base_name(piece.name))
			return "is never left by threads of the kernel's own (" +
			       std::string(known.threads) + ")";
	}
	std::string question = asked(function);
	if (!question.empty())
		return "is a kernel thread's main loop: it asks " + question + "()";
	std::string how = handed_on(function);
	if (how.empty())
		how = given_to_smpboot(function);
	if (how.empty() && flow_.has_endless_loop(function))
		how = "has a loop that nothing leaves";
	return how;
}

// A function that waits, and that only one main loop calls, is a part of that loop.
std::string ThreadLoops::only_user(PieceId function)
{
	const Piece &piece = object_.piece(function);
	auto sleeps_in = [](const Reference &reference) {
		return reference.branch &&
		       std::ranges::find(sleeps, reference.target.name) != std::end(sleeps);
	};
	if (piece.global || std::ranges::none_of(piece.references, sleeps_in))
		return "";
	std::set<PieceId> users;
	for (PieceId id = 0; id < object_.pieces().size(); id++) {
		const Piece &user = object_.piece(id);
		PieceId whole = user.parent == no_piece ? id : user.parent;
		for (const Reference &reference : user.references) {
			if (!reference.target.is(function) || whole == function)
				continue;
			if (!reference.branch)
				return "";
			users.insert(whole);
		}
	}
	if (users.size() != 1 || loop(*users.begin()).empty())
		return "";
	std::string_view user = object_.piece(*users.begin()).name;
	return "waits, and is called by " + in_quotes(user) +
	       " alone, which is a kernel thread's main loop";
}

}

std::string thread_loop(const Object &object, PieceId function)
{
	ThreadLoops loops(object);
	std::string how = loops.loop(function);
	return how.empty() ? loops.only_user(function) : how;
}

}
