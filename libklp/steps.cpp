// SPDX-License-Identifier: LGPL-2.1-or-later
#include "step_records.hpp"

#include "bpf_object.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "bpf/steps.skel.h"

namespace klp {

struct Steps::Probes {
	std::unique_ptr<klprt_steps, Destroy<klprt_steps__destroy>> programs;
	std::unique_ptr<ring_buffer, Destroy<ring_buffer__free>> ring;
	std::vector<BpfLink> links, task_links;
	std::vector<std::string> deaf_to;
	std::vector<Step> fresh;
	bool may_attend; // to tasks

	Result<> attach();
	Result<BpfLink> attach(bpf_program *program);
};

Steps::Steps(std::unique_ptr<Probes> probes) : probes_(std::move(probes)) {}
Steps::Steps(Steps &&) noexcept = default;
Steps &Steps::operator=(Steps &&) noexcept = default;
Steps::~Steps() = default;

static bool is_about_tasks(const klprt_steps &programs, const bpf_program *program)
{
	return program == programs.progs.klprt_check || program == programs.progs.klprt_checked;
}

// Without a link where the function cannot be listened to, as one that the compiler has
// inlined in this kernel: no reason to see nothing of the others.
Result<BpfLink> Steps::Probes::attach(bpf_program *program)
{
	LibbpfWords words;
	BpfLink link(bpf_program__attach(program));
	if (link)
		return link;
	int error = errno;
	if (error == EPERM || error == EACCES)
		return bpf_failed(error, "watch transitions", words);
	std::string section = bpf_program__section_name(program);
	std::string function = section.substr(section.find('/') + 1);
	if (std::ranges::find(deaf_to, function) == deaf_to.end())
		deaf_to.push_back(function);
	return link;
}

// Without start and end there would be nothing to say.
Result<> Steps::Probes::attach()
{
	bpf_program *program;
	bpf_object__for_each_program(program, programs->obj)
	{
		if (is_about_tasks(*programs, program))
			continue;
		BpfLink link = TRY(attach(program));
		if (link)
			links.push_back(std::move(link));
		else if (program == programs->progs.klprt_start ||
			 program == programs->progs.klprt_complete)
			return fail(ENOTSUP, "this kernel does not let '%s' be listened to",
				    deaf_to.back().c_str());
	}
	return {};
}

void Steps::attend_to_tasks()
{
	if (!probes_->may_attend || !probes_->task_links.empty())
		return;
	// The second one makes use of what the first one has noted.
	for (bpf_program *program :
	     {probes_->programs->progs.klprt_check, probes_->programs->progs.klprt_checked}) {
		Result<BpfLink> link = probes_->attach(program);
		if (!link || !*link) {
			probes_->may_attend = false;
			return leave_tasks_alone();
		}
		probes_->task_links.push_back(std::move(*link));
	}
}

void Steps::leave_tasks_alone()
{
	// A check of which only the end was seen would be put down to the task before.
	while (!probes_->task_links.empty())
		probes_->task_links.pop_back();
}

static int take(void *fresh, void *data, size_t size)
{
	if (size == sizeof(klprt_step))
		static_cast<std::vector<Step> *>(fresh)->push_back(
			read_step(*static_cast<const klprt_step *>(data)));
	return 0;
}

Result<Steps> Steps::open(Kernel &kernel, Detail detail)
{
	TRY(bpf_is_possible(kernel));
	LibbpfWords words;
	std::unique_ptr<Probes> probes(new Probes);
	probes->may_attend = detail == Detail::tasks;
	probes->programs.reset(klprt_steps__open());
	if (!probes->programs)
		return bpf_failed(errno, "watch transitions", words);
	bpf_program *program;
	bpf_object__for_each_program(program, probes->programs->obj) bpf_program__set_autoload(
		program, detail == Detail::tasks || !is_about_tasks(*probes->programs, program));
	if (int error = klprt_steps__load(probes->programs.get()); error != 0)
		return bpf_failed(error, "watch transitions", words);
	probes->ring.reset(ring_buffer__new(bpf_map__fd(probes->programs->maps.steps), take,
					    &probes->fresh, nullptr));
	if (!probes->ring)
		return bpf_failed(errno, "watch transitions", words);
	TRY(probes->attach());
	// One that is under way has begun unseen; who it is, sysfs tells.
	Result<std::vector<LoadedPatch>> patches = kernel.livepatches();
	for (size_t i = 0; patches && i < patches->size(); i++) {
		const LoadedPatch &patch = (*patches)[i];
		klprt_steps &programs = *probes->programs;
		if (!patch.in_transition || programs.data->target != -1)
			continue;
		strncpy(programs.bss->patch, patch.name.c_str(), KLPRT_MODULE_NAME - 1);
		programs.data->target = patch.is_wanted() ? 1 : 0;
	}
	return Steps(std::move(probes));
}

int Steps::fd() const
{
	return ring_buffer__epoll_fd(probes_->ring.get());
}

Result<std::vector<Step>> Steps::read()
{
	int got = ring_buffer__consume(probes_->ring.get());
	if (got < 0)
		return fail(-got, "cannot read what BPF says of transitions: %s", strerror(-got));
	return std::exchange(probes_->fresh, {});
}

uint64_t Steps::lost() const
{
	return probes_->programs->bss->lost;
}

const std::vector<std::string> &Steps::deaf_to() const
{
	return probes_->deaf_to;
}

}
