// SPDX-License-Identifier: LGPL-2.1-or-later
#include <klp/call_counter.hpp>

#include "bpf_object.hpp"
#include "file.hpp"
#include "first_instruction.hpp"
#include "kernel_memory.hpp"
#include "try.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <linux/perf_event.h>
#include <numeric>
#include <sys/syscall.h>

#include "bpf/calls.skel.h"
#include "kernel_root.hpp"

namespace klp {

struct CallCounter::Probes {
	// One probe for a function's old code, the next for its new code.
	struct Counted {
		FunctionName function;
		bool counts_old = false, counts_new = false;
		std::string why;
	};
	std::unique_ptr<klprt_calls, Destroy<klprt_calls__destroy>> programs;
	uint32_t kprobe_type = 0;
	std::vector<BpfLink> links;
	std::vector<Counted> functions;

	Result<> attach(uint64_t address, uint64_t cookie);
	Result<> count(const KernelMemory &memory, uint64_t function, uint64_t cookie);
	Result<uint64_t> sum(uint32_t key);
};

CallCounter::CallCounter(std::unique_ptr<Probes> probes) : probes_(std::move(probes)) {}
CallCounter::CallCounter(CallCounter &&) noexcept = default;
CallCounter &CallCounter::operator=(CallCounter &&) noexcept = default;
CallCounter::~CallCounter() = default;

// Attaches by address: names are not unique, and libbpf has no other way to do this.
Result<> CallCounter::Probes::attach(uint64_t address, uint64_t cookie)
{
	perf_event_attr attributes = {};
	attributes.size = sizeof(attributes);
	attributes.type = kprobe_type;
	attributes.kprobe_addr = address;
	UniqueFd event(syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC));
	if (!event)
		return fail(errno, "no probe can be set at 0x%llx: %s",
			    static_cast<unsigned long long>(address), strerror(errno));
	LibbpfWords words;
	LIBBPF_OPTS(bpf_perf_event_opts, options, .bpf_cookie = cookie);
	BpfLink link(bpf_program__attach_perf_event_opts(programs->progs.klprt_call, event.get(),
							 &options));
	if (!link)
		return bpf_failed(errno, "count calls", words);
	event.release(); // the link owns it now
	links.push_back(std::move(link));
	return {};
}

Result<> CallCounter::Probes::count(const KernelMemory &memory, uint64_t function, uint64_t cookie)
{
	unsigned char code[16];
	TRY(memory.read(function, code, sizeof(code)));
	return attach(function + first_instruction(code), cookie);
}

static Result<uint32_t> read_kprobe_type(const std::string &root)
{
	std::string line = TRY(read_line(root + "/sys/bus/event_source/devices/kprobe/type"));
	uint32_t type = 0;
	if (std::from_chars(line.data(), line.data() + line.size(), type).ec != std::errc())
		return fail(EBADMSG, "the kernel's type of kprobe events is '%s'", line.c_str());
	return type;
}

Result<CallCounter> CallCounter::open(Kernel &kernel, const std::vector<Function> &functions)
{
	TRY(bpf_is_possible(kernel));
	KernelMemory memory = TRY(KernelMemory::open(root_of(kernel) + "/proc/kcore"));
	std::unique_ptr<Probes> probes(new Probes);
	probes->kprobe_type = TRY(read_kprobe_type(root_of(kernel)));
	LibbpfWords words;
	probes->programs.reset(klprt_calls__open());
	if (!probes->programs)
		return bpf_failed(errno, "count calls", words);
	bpf_map__set_max_entries(probes->programs->maps.counts,
				 std::max<size_t>(1, 2 * functions.size()));
	if (int error = klprt_calls__load(probes->programs.get()); error != 0)
		return bpf_failed(error, "count calls", words);
	for (size_t i = 0; i < functions.size(); i++) {
		Probes::Counted counted = {functions[i].name, false, false, ""};
		Result<std::vector<CodeRange>> code = kernel.code_of(functions[i].name);
		Result<> old_code = code ? probes->count(memory, code->front().start, 2 * i)
					 : std::unexpected(code.error());
		if (!old_code)
			counted.why = "the old code is not counted: " + old_code.error().message;
		counted.counts_old = old_code.has_value();
		if (functions[i].new_code != 0) {
			Result<> new_code = probes->count(memory, functions[i].new_code, 2 * i + 1);
			if (!new_code)
				counted.why =
					"the new code is not counted: " + new_code.error().message;
			counted.counts_new = new_code.has_value();
		}
		probes->functions.push_back(std::move(counted));
	}
	return CallCounter(std::move(probes));
}

Result<uint64_t> CallCounter::Probes::sum(uint32_t key)
{
	std::vector<uint64_t> values(libbpf_num_possible_cpus());
	int error = bpf_map__lookup_elem(programs->maps.counts, &key, sizeof(key), values.data(),
					 values.size() * sizeof(values[0]), 0);
	if (error != 0)
		return fail(-error, "cannot read a count of calls: %s", strerror(-error));
	return std::accumulate(values.begin(), values.end(), uint64_t{0});
}

Result<std::vector<FunctionCalls>> CallCounter::read()
{
	std::vector<FunctionCalls> calls;
	for (size_t i = 0; i < probes_->functions.size(); i++) {
		const Probes::Counted &counted = probes_->functions[i];
		FunctionCalls entry = {counted.function, {}, {}, counted.why};
		if (counted.counts_old) {
			uint64_t count = TRY(probes_->sum(2 * i));
			entry.old_code = count;
		}
		if (counted.counts_new) {
			uint64_t count = TRY(probes_->sum(2 * i + 1));
			entry.new_code = count;
		}
		calls.push_back(std::move(entry));
	}
	return calls;
}

}
