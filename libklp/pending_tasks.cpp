// SPDX-License-Identifier: LGPL-2.1-or-later
#include <klp/pending_tasks.hpp>

#include "kernel_root.hpp"
#include "livepatch_sysfs.hpp"
#include "tasks.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <klp/live_view.hpp>

namespace klp {

// With more threads than this, PendingTasks opens BPF; with fewer, opening it costs more than
// reading /proc.
static constexpr size_t most_walked = 500;

struct PendingTasks::Sources {
	Kernel &kernel;
	bool may_use_bpf;
	std::optional<LiveView> view = {};

	Result<std::vector<Task>> through_bpf(const LoadedPatch &patch);
	Result<std::vector<Task>> through_proc(const LoadedPatch &patch) const;
};

PendingTasks::PendingTasks(Kernel &kernel, bool may_use_bpf)
    : sources_(new Sources{.kernel = kernel, .may_use_bpf = may_use_bpf})
{
}
PendingTasks::PendingTasks(PendingTasks &&) noexcept = default;
PendingTasks::~PendingTasks() = default;

Result<> PendingTasks::prepare()
{
	Kernel &kernel = sources_->kernel;
	if (!sources_->may_use_bpf)
		return fail(ENOTSUP, "BPF was not to be used");
	if (!sources_->view) {
		Result<LiveView> opened = LiveView::open(kernel);
		sources_->may_use_bpf = opened.has_value();
		if (!opened)
			return std::unexpected(opened.error());
		sources_->view = std::move(*opened);
		kernel.function_at(0);
	} else if (kernel.forget_symbols_if_stale()) {
		kernel.function_at(0);
	}
	return {};
}

Result<std::vector<Task>> PendingTasks::Sources::through_bpf(const LoadedPatch &patch)
{
	if (!view)
		view = TRY(LiveView::open(kernel));
	return view->pending(patch);
}

// While patching, a task must leave the old functions; while unpatching, the module.
static std::set<std::string> functions_to_leave(const LoadedPatch &patch)
{
	if (!patch.is_wanted())
		return {"[" + patch.name + "]"};
	std::set<std::string> functions;
	for (const LoadedPatch::Object &object : patch.objects)
		for (const LoadedPatch::Function &function : object.functions)
			functions.insert(function.name);
	return functions;
}

Result<std::vector<Task>> PendingTasks::Sources::through_proc(const LoadedPatch &patch) const
{
	const std::string &root = root_of(kernel);
	int target = patch.is_wanted() ? 1 : 0;
	std::set<std::string> functions = functions_to_leave(patch);
	std::vector<TaskId> tasks = TRY(list_tasks(root));
	std::vector<Task> pending;
	for (const TaskId &task : tasks) {
		Result<int> state = read_patch_state(root, task);
		if (!state && (state.error().code == EACCES || state.error().code == EPERM))
			return std::unexpected(state.error());
		if (!state || *state == target || *state == -1)
			continue;
		std::optional<Task> described = describe_task(root, task, functions);
		if (!described)
			continue;
		described->patch_state = *state;
		pending.push_back(std::move(*described));
	}
	return pending;
}

Result<std::vector<Task>> PendingTasks::of(const std::string &name)
{
	const std::string &root = root_of(sources_->kernel);
	Result<LoadedPatch> patch = read_livepatch(root, name);
	if (!patch && patch.error().code != ENOENT)
		return std::unexpected(patch.error());
	if (!patch || !patch->in_transition)
		return std::vector<Task>();
	if (sources_->may_use_bpf && (sources_->view || count_threads(root).all > most_walked)) {
		Result<std::vector<Task>> seen = sources_->through_bpf(*patch);
		if (seen)
			return seen;
		// A kernel that refused BPF once refuses it again; E2BIG is a limit for this patch
		// only.
		if (!sources_->view)
			sources_->may_use_bpf = false;
	}
	return sources_->through_proc(*patch);
}

Result<std::vector<Task>> pending_tasks(Kernel &kernel, const std::string &patch)
{
	return PendingTasks(kernel).of(patch);
}

}
