// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bpf_events.hpp"

#include "bpf_event_records.hpp"
#include "bpf_object.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "bpf/transitions.skel.h"

namespace klp {

struct BpfEvents::Probes {
	std::unique_ptr<klprt_transitions, Destroy<klprt_transitions__destroy>> programs;
	std::unique_ptr<ring_buffer, Destroy<ring_buffer__free>> ring;
	std::vector<BpfLink> links, task_links;
	std::vector<std::string> missing; // functions that could not be probed
	std::vector<TransitionEvent> unread;
	bool may_probe_checks; // of tasks

	Result<> attach();
	Result<BpfLink> attach(bpf_program *program);
	void probe_checks();
	void leave_checks_alone();
	void note_what_is_on(Kernel &kernel);
};

BpfEvents::BpfEvents(std::unique_ptr<Probes> probes) : probes_(std::move(probes)) {}
BpfEvents::~BpfEvents() = default;

static bool is_about_tasks(const klprt_transitions &programs, const bpf_program *program)
{
	return program == programs.progs.klprt_check || program == programs.progs.klprt_checked;
}

// Returns no link where the function cannot be probed, such as one that the compiler has inlined
// in this kernel: the other functions can still be observed.
Result<BpfLink> BpfEvents::Probes::attach(bpf_program *program)
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
	if (std::ranges::find(missing, function) == missing.end())
		missing.push_back(function);
	return link;
}

// Start and end are required: without them there is nothing to report.
Result<> BpfEvents::Probes::attach()
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
			return fail(ENOTSUP, "this kernel does not let '%s' be probed",
				    missing.back().c_str());
	}
	return {};
}

void BpfEvents::Probes::probe_checks()
{
	if (!may_probe_checks || !task_links.empty())
		return;
	// The second program uses the data that the first one has noted.
	for (bpf_program *program : {programs->progs.klprt_check, programs->progs.klprt_checked}) {
		Result<BpfLink> link = attach(program);
		if (!link || !*link) {
			may_probe_checks = false;
			return leave_checks_alone();
		}
		task_links.push_back(std::move(*link));
	}
}

void BpfEvents::Probes::leave_checks_alone()
{
	// If only the end of a check were seen, it would count for the task before.
	while (!task_links.empty())
		task_links.pop_back();
}

// A transition that is on has begun unseen; sysfs names its patch. Without sysfs its events have no
// name.
void BpfEvents::Probes::note_what_is_on(Kernel &kernel)
{
	std::vector<LoadedPatch> patches =
		kernel.livepatches().value_or(std::vector<LoadedPatch>());
	auto on = std::ranges::find_if(patches, &LoadedPatch::in_transition);
	if (on == patches.end() || programs->data->target != -1)
		return;
	strncpy(programs->bss->patch, on->name.c_str(), KLPRT_MODULE_NAME - 1);
	programs->data->target = on->is_wanted() ? 1 : 0;
}

static int take_record(void *unread, void *record, size_t size)
{
	if (size == sizeof(klprt_transition_event))
		static_cast<std::vector<TransitionEvent> *>(unread)->push_back(
			event_of(*static_cast<const klprt_transition_event *>(record)));
	return 0;
}

Result<std::unique_ptr<EventReader>> BpfEvents::open(Kernel &kernel, Detail detail)
{
	TRY(bpf_is_possible(kernel));
	LibbpfWords words;
	std::unique_ptr<Probes> probes(new Probes);
	probes->may_probe_checks = detail == Detail::tasks;
	probes->programs.reset(klprt_transitions__open());
	if (!probes->programs)
		return bpf_failed(errno, "watch transitions", words);
	bpf_program *program;
	bpf_object__for_each_program(program, probes->programs->obj) bpf_program__set_autoload(
		program, detail == Detail::tasks || !is_about_tasks(*probes->programs, program));
	if (int error = klprt_transitions__load(probes->programs.get()); error != 0)
		return bpf_failed(error, "watch transitions", words);
	probes->ring.reset(ring_buffer__new(bpf_map__fd(probes->programs->maps.events), take_record,
					    &probes->unread, nullptr));
	if (!probes->ring)
		return bpf_failed(errno, "watch transitions", words);
	TRY(probes->attach());
	probes->note_what_is_on(kernel);
	return std::unique_ptr<EventReader>(new BpfEvents(std::move(probes)));
}

int BpfEvents::fd() const
{
	return ring_buffer__epoll_fd(probes_->ring.get());
}

void BpfEvents::take(TransitionEvent *event)
{
	switch (event->kind) {
	case TransitionEvent::Kind::start:
	case TransitionEvent::Kind::reverse:
		begun_[event->patch] = event->time;
		break;
	case TransitionEvent::Kind::pass:
		if (event->pass >= 2)
			probes_->probe_checks();
		break;
	case TransitionEvent::Kind::complete:
	case TransitionEvent::Kind::cancel:
		probes_->leave_checks_alone();
		if (auto begun = begun_.extract(event->patch))
			event->took = event->time - begun.mapped();
		break;
	case TransitionEvent::Kind::force:
	case TransitionEvent::Kind::task:
		break;
	}
}

Result<std::vector<TransitionEvent>> BpfEvents::read()
{
	int got = ring_buffer__consume(probes_->ring.get());
	if (got < 0)
		return fail(-got, "cannot read the transition events of BPF: %s", strerror(-got));
	std::vector<TransitionEvent> events = std::exchange(probes_->unread, {});
	for (TransitionEvent &event : events)
		take(&event);
	return events;
}

uint64_t BpfEvents::lost() const
{
	return probes_->programs->bss->lost;
}

std::vector<std::string> BpfEvents::missing() const
{
	return probes_->missing;
}

}
