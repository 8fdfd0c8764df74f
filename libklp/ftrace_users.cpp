// SPDX-License-Identifier: LGPL-2.1-or-later
// ftrace passes a handler the registers of the call, and the handler may send the call elsewhere
// by writing to the instruction pointer. ftrace calls the handlers of one function in the order of
// ftrace_ops_list, and the last to write decides. A kprobe that was set before a livepatch comes
// after it in this list (add_ftrace_ops() of kernel/trace/ftrace.c puts the newest first).
//
// Only an ftrace_ops with FTRACE_OPS_FL_IPMODIFY should write, and a kprobe only with a
// post_handler, for which the kernel sets this flag. Nothing keeps the others from writing. klp
// therefore decides by the handler: the kernel's own are known not to write, all others may.
//
//	kprobe_table[64] -> kprobe{hlist, list, addr, pre_handler, flags}
//	ftrace_ops_list  -> ftrace_ops{func, next} -> ... -> ftrace_list_end
#include "ftrace_users.hpp"
#include "agreed.hpp"
#include "try.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>

namespace klp {

namespace {

constexpr size_t most_users = 1 << 16;
constexpr size_t kprobe_heads = 64; // KPROBE_TABLE_SIZE, since 2.6.9
constexpr uint32_t is_gone_or_disabled = 1 | 2; // KPROBE_FLAG_GONE, KPROBE_FLAG_DISABLED
constexpr const char *aggregate_handler = "aggr_pre_handler";

// Handlers of 6.1 to 7.3 that leave the instruction pointer alone, and livepatch's own. A kprobe
// event may redirect by a BPF program (kprobes.hpp has the source for this).
constexpr std::array harmless = {
	"kprobe_dispatcher",
	"pre_handler_kretprobe",
	"klp_ftrace_handler",
	"kprobe_ftrace_handler",
	"ftrace_stub",
	"ftrace_pid_func",
	"function_trace_call",
	"function_args_trace_call",
	"function_stack_trace_call",
	"function_no_repeats_trace_call",
	"function_stack_no_repeats_trace_call",
	"function_trace_probe_call",
	"stack_trace_call",
	"perf_ftrace_function_call",
	"fprobe_handler",
	"fprobe_kprobe_handler",
	"fprobe_ftrace_entry",
	"ftrace_graph_func",
	"call_direct_funcs",
	"wakeup_tracer_call",
	"irqsoff_tracer_call",
};

class Reading {
public:
	Reading(const KernelMemory &memory, const HandlerLayout &layout,
		const std::function<std::optional<std::string>(uint64_t)> &name_of)
	    : memory_(memory), layout_(layout), name_of_(name_of)
	{
	}

	Result<> read_kprobes(uint64_t table);
	Result<> read_ops(uint64_t first, uint64_t end);
	std::vector<FtraceUser> users() && { return std::move(users_); }

private:
	template <class T> Result<T> value(uint64_t address) const
	{
		T value;
		TRY(memory_.read(address, &value, sizeof(value)));
		return value;
	}
	Result<> read_kprobe(uint64_t address);
	Result<> read_aggregate(uint64_t address);
	Result<> add(FtraceUser::Kind kind, uint64_t function, uint64_t handler);

	const KernelMemory &memory_;
	const HandlerLayout &layout_;
	const std::function<std::optional<std::string>(uint64_t)> &name_of_;
	std::vector<FtraceUser> users_;
};

Result<> Reading::add(FtraceUser::Kind kind, uint64_t function, uint64_t handler)
{
	std::string name;
	if (handler != 0)
		name = name_of_(handler).value_or("");
	bool is_known = handler == 0 || std::ranges::find(harmless, name) != harmless.end();
	if (name.empty() && handler != 0) {
		char address[32];
		snprintf(address, sizeof(address), "%#llx",
			 static_cast<unsigned long long>(handler));
		name = address;
	}
	users_.push_back({kind, function, std::move(name), !is_known});
	if (users_.size() > most_users)
		return fail(EBADMSG, "a list of handlers does not end");
	return {};
}

// The kernel puts several kprobes at one address behind one kprobe that calls them.
Result<> Reading::read_aggregate(uint64_t address)
{
	uint64_t head = address + layout_.kprobe.list;
	uint64_t at = TRY(value<uint64_t>(head));
	for (size_t count = 0; at != head; count++) {
		if (count > most_users)
			return fail(EBADMSG, "a list of kprobes does not end");
		TRY(read_kprobe(at - layout_.kprobe.list));
		at = TRY(value<uint64_t>(at));
	}
	return {};
}

Result<> Reading::read_kprobe(uint64_t address)
{
	uint32_t flags = TRY(value<uint32_t>(address + layout_.kprobe.flags));
	uint64_t handler = TRY(value<uint64_t>(address + layout_.kprobe.pre_handler));
	uint64_t place = TRY(value<uint64_t>(address + layout_.kprobe.addr));
	if (flags & is_gone_or_disabled)
		return {};
	return add(FtraceUser::Kind::kprobe, place, handler);
}

Result<> Reading::read_kprobes(uint64_t table)
{
	for (size_t i = 0; i < kprobe_heads; i++) {
		uint64_t at = TRY(value<uint64_t>(table + i * sizeof(uint64_t)));
		for (size_t count = 0; at != 0; count++) {
			if (count > most_users)
				return fail(EBADMSG, "a list of kprobes does not end");
			uint64_t kprobe = at - layout_.kprobe.hlist;
			uint64_t handler =
				TRY(value<uint64_t>(kprobe + layout_.kprobe.pre_handler));
			if (handler != 0 && name_of_(handler) == aggregate_handler)
				TRY(read_aggregate(kprobe));
			else
				TRY(read_kprobe(kprobe));
			at = TRY(value<uint64_t>(at));
		}
	}
	return {};
}

Result<> Reading::read_ops(uint64_t first, uint64_t end)
{
	uint64_t at = TRY(value<uint64_t>(first));
	while (at != end && at != 0) {
		uint64_t handler = TRY(value<uint64_t>(at + layout_.ftrace_ops.func));
		TRY(add(FtraceUser::Kind::ftrace, 0, handler));
		at = TRY(value<uint64_t>(at + layout_.ftrace_ops.next));
	}
	return {};
}

}

Result<std::vector<FtraceUser>>
read_ftrace_users(const KernelMemory &memory, const SymbolTable &kallsyms,
		  const HandlerLayout &layout,
		  const std::function<std::optional<std::string>(uint64_t)> &name_of)
{
	uint64_t kprobes = TRY(address_of(kallsyms, "kprobe_table"));
	uint64_t ops = TRY(address_of(kallsyms, "ftrace_ops_list"));
	uint64_t end = TRY(address_of(kallsyms, "ftrace_list_end"));
	return agreed<std::vector<FtraceUser>>("the lists of kprobes and ftrace_ops",
					       [&]() -> Result<std::vector<FtraceUser>> {
						       Reading reading(memory, layout, name_of);
						       TRY(reading.read_kprobes(kprobes));
						       TRY(reading.read_ops(ops, end));
						       return std::move(reading).users();
					       });
}

}
