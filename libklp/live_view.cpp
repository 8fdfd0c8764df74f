// SPDX-License-Identifier: LGPL-2.1-or-later
#include <klp/live_view.hpp>

#include "bpf_object.hpp"
#include "task_records.hpp"
#include "try.hpp"
#include "unique_fd.hpp"

#include <bpf/bpf.h>
#include <cerrno>
#include <cstring>
#include <linux/types.h>

#include "bpf/records.h"
#include "bpf/tasks.skel.h"

namespace klp {

struct LiveView::Programs {
	Kernel &kernel;
	std::unique_ptr<klprt_tasks, Destroy<klprt_tasks__destroy>> tasks;
	BpfLink iterator;

	Result<std::vector<std::byte>> pass(klprt_scope scope);
	Result<> set_ranges(const Places &places);
};

LiveView::LiveView(std::unique_ptr<Programs> programs) : programs_(std::move(programs)) {}
LiveView::LiveView(LiveView &&) noexcept = default;
LiveView &LiveView::operator=(LiveView &&) noexcept = default;
LiveView::~LiveView() = default;

Result<LiveView> LiveView::open(Kernel &kernel)
{
	TRY(bpf_is_possible(kernel));
	LibbpfWords words;
	std::unique_ptr<Programs> programs(new Programs{kernel, nullptr, nullptr});
	programs->tasks.reset(klprt_tasks__open_and_load());
	if (!programs->tasks)
		return bpf_failed(errno, "look at tasks", words);
	programs->iterator.reset(
		bpf_program__attach_iter(programs->tasks->progs.klprt_tasks, nullptr));
	if (!programs->iterator)
		return bpf_failed(errno, "go through all tasks", words);
	return LiveView(std::move(programs));
}

// Each pass is an iterator of its own; reading it runs the program over every task.
Result<std::vector<std::byte>> LiveView::Programs::pass(klprt_scope scope)
{
	tasks->bss->scope = scope;
	UniqueFd pass(bpf_iter_create(bpf_link__fd(iterator.get())));
	if (!pass)
		return fail(errno, "cannot go through all tasks: %s", strerror(errno));
	std::vector<std::byte> bytes;
	for (size_t filled = 0;;) {
		bytes.resize(filled + (1 << 16));
		ssize_t got = read(pass.get(), bytes.data() + filled, bytes.size() - filled);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got < 0)
			return fail(errno, "cannot go through all tasks: %s", strerror(errno));
		filled += got;
		if (got == 0) {
			bytes.resize(filled);
			return bytes;
		}
	}
}

Result<> LiveView::Programs::set_ranges(const Places &places)
{
	klprt_range *ranges = tasks->bss->ranges;
	// One range stays free at each end of memory.
	if (places.sorted().size() > KLPRT_RANGES - 2)
		return fail(E2BIG, "%zu pieces of code are too many to look for; at most %u",
			    places.sorted().size(), KLPRT_RANGES - 2);
	size_t at = 1;
	for (const Places::Place &place : places.sorted())
		ranges[at++] = {place.range.start, place.range.end};
	for (; at < KLPRT_RANGES; at++)
		ranges[at] = {UINT64_MAX, UINT64_MAX};
	return {};
}

Result<std::vector<Task>> LiveView::tasks()
{
	std::vector<std::byte> bytes = TRY(programs_->pass(KLPRT_ALL));
	return read_task_records(bytes, programs_->kernel, Places());
}

Result<std::vector<Task>> LiveView::inside(const std::vector<FunctionName> &functions)
{
	Places places;
	for (const FunctionName &function : functions)
		TRY(places.add(programs_->kernel, function));
	TRY(programs_->set_ranges(places));
	std::vector<std::byte> bytes = TRY(programs_->pass(KLPRT_INSIDE));
	return read_task_records(bytes, programs_->kernel, places);
}

Result<std::vector<Task>> LiveView::pending(const LoadedPatch &patch)
{
	Places places;
	if (!patch.is_wanted())
		places.add_module(patch.name);
	for (const LoadedPatch::Object &object : patch.objects) {
		if (!patch.is_wanted() || !object.patched)
			continue;
		for (const LoadedPatch::Function &function : object.functions)
			TRY(places.add(programs_->kernel,
				       {object.name, function.name, function.sympos}));
	}
	programs_->tasks->bss->target_state = patch.is_wanted() ? 1 : 0;
	std::vector<std::byte> bytes = TRY(programs_->pass(KLPRT_PENDING));
	return read_task_records(bytes, programs_->kernel, places);
}

}
