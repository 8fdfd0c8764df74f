// SPDX-License-Identifier: LGPL-2.1-or-later
#include "task_records.hpp"
#include "modules.hpp"
#include "tasks.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <linux/types.h>
#include <map>

#include "bpf/records.h"
#include "kernel_root.hpp"

namespace klp {

static uint64_t start_of(const Places::Place &place)
{
	return place.range.start;
}

Result<> Places::add(Kernel &kernel, const FunctionName &function)
{
	Result<std::vector<CodeRange>> code = kernel.code_of(function);
	if (!code && code.error().code == ENOENT && kernel.forget_symbols_if_stale())
		code = kernel.code_of(function);
	if (!code)
		return std::unexpected(code.error());
	std::string name = function.name;
	if (function.object != "vmlinux")
		name += " [" + function.object + "]";
	for (const CodeRange &range : *code) {
		auto behind = std::ranges::upper_bound(places_, range.start, {}, start_of);
		// The range is there already: two functions share a cold part by name.
		if (behind != places_.begin() && std::prev(behind)->range.end > range.start)
			continue;
		places_.insert(behind, {range, name});
	}
	return {};
}

const Places::Place *Places::at(uint64_t address) const
{
	auto behind = std::ranges::upper_bound(places_, address, {}, start_of);
	if (behind == places_.begin() || address >= std::prev(behind)->range.end)
		return nullptr;
	return &*std::prev(behind);
}

bool Places::has_module_of(const std::string &name) const
{
	return !module_.empty() && name.ends_with(module_);
}

namespace {

// Tasks sleep in few places, so Names looks up each address once.
class Names {
public:
	explicit Names(Kernel &kernel) : kernel_(kernel) {}
	// "name", "name [module]", "[module]", or "" for an address that is none of these.
	const std::string &at(uint64_t address)
	{
		auto found = names_.find(address);
		if (found == names_.end())
			found = names_.emplace(address, look_up(address)).first;
		return found->second;
	}

private:
	std::string look_up(uint64_t address)
	{
		std::optional<std::string> name = kernel_.function_at(address);
		if (name)
			return *name;
		// The module came after the symbols were read. Reading them again would take too
		// long for a caller that waits for a task's name.
		std::string module = find_module_at(root_of(kernel_), address).value_or("");
		return module.empty() ? "" : "[" + module + "]";
	}

	Kernel &kernel_;
	std::map<uint64_t, std::string> names_;
};

// As task_state_index() and task_index_to_char() of include/linux/sched.h: the letter
// of the highest bit, where parked and idle tasks stand above the others.
char state_letter(const klprt_task &record)
{
	constexpr char letters[] = "RSDTtXZPI";
	constexpr uint32_t reported = 0x7f, idle = 0x402; // TASK_REPORT, TASK_IDLE
	if ((record.state & idle) == idle)
		return 'I';
	uint32_t bits = (record.state | record.exit_state) & reported;
	unsigned index = 0;
	for (; bits != 0; bits >>= 1)
		index++;
	return letters[index];
}

// Finds the innermost frame in one of the places.
void find_place(const klprt_task &record, Names &names, const Places &places, Task *task)
{
	for (uint32_t i = 0; i < record.depth; i++) {
		const Places::Place *place = places.at(record.frames[i]);
		if (place) {
			task->function = place->name;
			task->in_cold_part = place->range.part == CodeRange::Part::cold;
		} else if (places.has_module_of(names.at(record.frames[i]))) {
			task->function = names.at(record.frames[i]);
		} else {
			continue;
		}
		task->depth = i;
		return;
	}
}

}

Result<std::vector<Task>> read_task_records(std::span<const std::byte> bytes, Kernel &kernel,
					    const Places &places)
{
	constexpr size_t header = offsetof(klprt_task, frames);
	std::vector<Task> tasks;
	Names names(kernel);
	while (!bytes.empty()) {
		klprt_task record = {};
		if (bytes.size() < header)
			return fail(EBADMSG, "a task record of BPF has %zu bytes", bytes.size());
		memcpy(&record, bytes.data(), header);
		size_t size = header + record.depth * sizeof(record.frames[0]);
		if (record.depth > KLPRT_FRAMES || bytes.size() < size)
			return fail(EBADMSG, "a task record of BPF has %u frames in %zu bytes",
				    record.depth, bytes.size());
		memcpy(record.frames, bytes.data() + header, size - header);
		bytes = bytes.subspan(size);
		Task task;
		task.tid = record.tid;
		task.tgid = record.tgid;
		task.comm = std::string(record.comm, strnlen(record.comm, KLPRT_COMM));
		task.kernel_thread = (record.flags & pf_kthread) != 0;
		task.state = state_letter(record);
		task.patch_state = record.patch_state;
		task.frames = record.depth;
		task.since = std::chrono::milliseconds(record.since_ns / 1'000'000);
		find_place(record, names, places, &task);
		if (record.depth > 0)
			task.waits_in = names.at(record.frames[0]);
		tasks.push_back(std::move(task));
	}
	return tasks;
}

}
