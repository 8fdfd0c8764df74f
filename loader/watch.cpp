// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../cli/exit_status.hpp"
#include "../cli/say.hpp"
#include "interrupt.hpp"
#include "json.hpp"
#include "state_words.hpp"
#include "task_groups.hpp"
#include "terminal.hpp"
#include "verbs.hpp"

#include <cerrno>
#include <cmath>
#include <klp/verification.hpp>
#include <klp/watch.hpp>
#include <map>
#include <poll.h>
#include <set>

using namespace klp;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds look_again(1000);
// The time between two reports of the remaining tasks: less than between the kernel's own passes.
constexpr std::chrono::milliseconds shortest_pause(500);

class Watcher {
public:
	Watcher(Kernel &kernel, bool with_bpf, bool json)
	    : kernel_(kernel), watch_(Watch::open(kernel, with_bpf)), json_(json)
	{
	}
	int run(int interrupt_fd);

private:
	void begin();
	void tell_source();
	void tell_foreign_builds();
	void take(const TransitionEvent &event);
	void tell(const TransitionEvent &event);
	void tell_who_is_left(const std::string &patch, unsigned pass, Clock::time_point at);
	std::vector<Task> who_is_left(const std::string &patch, Error *error);
	std::optional<std::chrono::duration<double>> age(const std::string &patch,
							 Clock::time_point at) const;
	void print_event(const char *name, const TransitionEvent &event,
			 const std::vector<Task> &tasks, const Error &error);

	Kernel &kernel_;
	Watch watch_;
	bool json_;
	Clock::time_point begun_ = Clock::now();
	std::map<std::string, Clock::time_point> since_; // when each transition began
	std::optional<Watch::Source> source_; // as last reported
	size_t missing_ = 0; // reported functions that cannot be probed
	std::map<pid_t, Task> verdicts_; // of the current pass
	std::map<std::string, Clock::time_point> told_; // the last report of the remaining tasks
	// Objects that are not the build that a patch was made for, by patch and object.
	std::set<std::pair<std::string, std::string>> foreign_;
	Clock::time_point foreign_read_;
};

void Watcher::print_event(const char *name, const TransitionEvent &event,
			  const std::vector<Task> &tasks, const Error &error)
{
	nlohmann::ordered_json json = document("klp.watch/1", event.patch, kernel_.release());
	std::chrono::duration<double, std::milli> at = event.time - begun_;
	json["event"] = name;
	json["source"] = name_of(watch_.source());
	json["message"] = error.message;
	json["errno"] = error.code;
	json["findings"] = nlohmann::ordered_json::array();
	json["at_ms"] = at.count();
	json["patching"] = nullptr;
	if (event.patching)
		json["patching"] = *event.patching;
	json["pass"] = event.pass;
	json["blocked"] = event.blocked;
	json["switched"] = event.switched;
	json["lost"] = watch_.lost();
	json["tasks"] = nlohmann::ordered_json::array();
	for (const Task &task : tasks) {
		nlohmann::ordered_json entry = to_json(task);
		entry["reason"] = name_of(task.reason);
		json["tasks"].push_back(std::move(entry));
	}
	print(json);
}

void Watcher::begin()
{
	if (json_) {
		TransitionEvent nothing;
		nothing.time = begun_;
		print_event("watching", nothing, {}, {0, watch_.why()});
	}
	tell_source();
	Result<std::vector<LoadedPatch>> patches = kernel_.livepatches();
	for (size_t i = 0; patches && i < patches->size(); i++) {
		if (!(*patches)[i].in_transition)
			continue;
		since_[(*patches)[i].name] = begun_;
		tell_who_is_left((*patches)[i].name, 0, Clock::now());
	}
}

static const char *in_words(Watch::Source source)
{
	switch (source) {
	case Watch::Source::bpf:
		return "BPF";
	case Watch::Source::runtime:
		return "klp_runtime";
	case Watch::Source::kmsg:
		return "the kernel log";
	case Watch::Source::sysfs:
		break;
	}
	return "sysfs, looked at ten times a second";
}

// Called at first, and whenever a source has failed and another one takes its place.
void Watcher::tell_source()
{
	if (!json_ && source_ != watch_.source())
		say(stderr, "klp watch: watching through %s%s%s\n", in_words(watch_.source()),
		    watch_.why().empty() ? "" : ": ", watch_.why().c_str());
	source_ = watch_.source();
	std::vector<std::string> functions = watch_.missing();
	for (; missing_ < functions.size(); missing_++)
		say(stderr, "klp watch: this kernel does not let '%s' be probed\n",
		    functions[missing_].c_str());
}

// Reports each new foreign build once.
void Watcher::tell_foreign_builds()
{
	Result<std::vector<LoadedPatch>> patches = kernel_.livepatches();
	std::set<std::pair<std::string, std::string>> now;
	for (const LoadedPatch &patch : patches.value_or(std::vector<LoadedPatch>())) {
		Result<std::vector<ForeignBuild>> builds = foreign_builds(kernel_, patch.name);
		for (const ForeignBuild &build : builds.value_or(std::vector<ForeignBuild>())) {
			now.emplace(patch.name, build.object);
			if (foreign_.contains({patch.name, build.object}))
				continue;
			TransitionEvent event;
			event.time = Clock::now();
			event.patch = patch.name;
			if (json_) {
				print_event("build-id-mismatch", event, {}, {ESTALE, build.why});
				continue;
			}
			say(stdout, "%s: ", patch.name.c_str());
			say_in_colour(stdout, Colour::red, build.why.c_str());
			say(stdout, "\n");
		}
	}
	foreign_ = std::move(now);
	foreign_read_ = Clock::now();
}

// The reasons come from the kernel's last pass, the places from the stacks too.
std::vector<Task> Watcher::who_is_left(const std::string &patch, Error *error)
{
	Result<std::vector<Task>> pending = watch_.pending(patch);
	if (!pending)
		*error = pending.error();
	std::vector<Task> left = std::move(pending).value_or(std::vector<Task>());
	for (Task &task : left) {
		auto verdict = verdicts_.extract(task.tid);
		if (verdict.empty())
			continue;
		task.reason = verdict.mapped().reason;
		if (task.function.empty())
			task.function = verdict.mapped().function;
	}
	// The rest are idle tasks, and tasks that have been switched since.
	for (auto &[tid, verdict] : verdicts_)
		left.push_back(std::move(verdict));
	verdicts_.clear();
	return left;
}

void Watcher::tell_who_is_left(const std::string &name, unsigned pass, Clock::time_point at)
{
	Result<LoadedPatch> patch = kernel_.livepatch(name);
	if (!patch || !patch->in_transition) { // the transition ended meanwhile
		verdicts_.clear();
		return;
	}
	Error error = {0, ""};
	std::vector<Task> left = who_is_left(name, &error);
	// From the end of the look: with many threads it may take longer than the pause.
	told_[name] = Clock::now();
	TransitionEvent event;
	event.time = at;
	event.patch = name;
	event.patching = patch->is_wanted();
	event.pass = pass;
	event.blocked = left.size();
	if (json_) {
		print_event("waiting", event, left, error);
		return;
	}
	// The list of tasks is empty: usually only idle CPUs remain, and no list has them.
	if (left.empty() && error.code == 0)
		return;
	say(stdout, "%s: %s, waits", name.c_str(),
	    words_for_transition(patch->is_wanted()).c_str());
	if (auto waited = age(name, at))
		say(stdout, " after %.1f s", waited->count());
	if (error.code != 0)
		say(stdout, ": %s", error.message.c_str());
	say(stdout, "\n");
	print_groups(stdout, left);
}

// How long it has gone on since its start or its last reversal; nothing if that was not seen.
std::optional<std::chrono::duration<double>> Watcher::age(const std::string &patch,
							  Clock::time_point at) const
{
	auto since = since_.find(patch);
	return since == since_.end()
		       ? std::nullopt
		       : std::optional<std::chrono::duration<double>>(at - since->second);
}

void Watcher::tell(const TransitionEvent &event)
{
	if (json_) {
		print_event(name_of(event.kind), event, {}, {0, ""});
		return;
	}
	std::string words =
		!event.patching ? "in transition" : words_for_transition(*event.patching);
	const char *way = !event.patching   ? "the transition"
			  : *event.patching ? "patching"
					    : "unpatching";
	const char *result = !event.patching ? "" : *event.patching ? ": enabled" : ": disabled";
	std::string took;
	std::optional<std::chrono::duration<double, std::milli>> time = event.took;
	if (!time)
		time = age(event.patch, event.time);
	if (time)
		took = " after " + std::to_string(std::lround(time->count())) + " ms";
	switch (event.kind) {
	case TransitionEvent::Kind::start:
		say(stdout, "%s: %s\n", event.patch.c_str(), words.c_str());
		break;
	case TransitionEvent::Kind::reverse:
		say(stdout, "%s: %s, reversed\n", event.patch.c_str(), words.c_str());
		break;
	case TransitionEvent::Kind::force:
		say(stdout, "%s: ", event.patch.c_str());
		say_in_colour(stdout, Colour::red,
			      "forced: every task counts as switched, wherever it is");
		say(stdout, "\n");
		break;
	case TransitionEvent::Kind::complete:
		say(stdout, "%s: %s complete%s%s\n", event.patch.c_str(), way, took.c_str(),
		    result);
		break;
	case TransitionEvent::Kind::cancel:
		say(stdout, "%s: could not be enabled, %s ends%s\n", event.patch.c_str(), way,
		    took.c_str());
		break;
	case TransitionEvent::Kind::pass:
	case TransitionEvent::Kind::task:
		break;
	}
}

void Watcher::take(const TransitionEvent &event)
{
	switch (event.kind) {
	case TransitionEvent::Kind::task:
		verdicts_[event.task.tid] = event.task;
		return;
	case TransitionEvent::Kind::pass: // a pass that has failed
		// Where klp_runtime advances a transition, there are many passes a second.
		if (event.pass == 1 || Clock::now() - told_[event.patch] >= shortest_pause)
			tell_who_is_left(event.patch, event.pass, event.time);
		verdicts_.clear(); // of this pass
		return;
	case TransitionEvent::Kind::start:
	case TransitionEvent::Kind::reverse:
		since_[event.patch] = event.time;
		told_[event.patch] = Clock::now();
		break;
	default:
		break;
	}
	tell(event);
	if (event.kind == TransitionEvent::Kind::complete ||
	    event.kind == TransitionEvent::Kind::cancel) {
		since_.erase(event.patch);
		told_.erase(event.patch);
		verdicts_.clear();
	}
}

// The kernel makes a pass each second, and klp_runtime may put one off for seconds. Where passes
// are not visible, klp watch reads the tasks itself at the kernel's pace.
static std::chrono::milliseconds longest_pause(Watch::Source source)
{
	bool sees_passes = source == Watch::Source::bpf || source == Watch::Source::runtime;
	return sees_passes ? 2 * look_again : look_again;
}

int Watcher::run(int interrupt_fd)
{
	begin();
	tell_foreign_builds();
	for (;;) {
		fflush(stdout);
		pollfd interrupted = {interrupt_fd, POLLIN, 0};
		if (poll(&interrupted, 1, 0) > 0)
			return exit_done;
		Result<std::vector<TransitionEvent>> events = watch_.wait(look_again, interrupt_fd);
		if (!events) {
			say(stderr, "klp watch: %s\n", events.error().message.c_str());
			return exit_undecided;
		}
		for (const TransitionEvent &event : *events)
			take(event);
		tell_source();
		// A module that comes has no event. Passes may come many times a second, and each
		// reading takes all patches.
		if (Clock::now() - foreign_read_ >= look_again)
			tell_foreign_builds();
		for (const auto &[name, begun] : since_) {
			if (Clock::now() - told_[name] >= longest_pause(watch_.source()))
				tell_who_is_left(name, 0, Clock::now());
		}
	}
}

}

int run_watch(int argc, char **argv)
{
	bool json = false, no_bpf = false;
	CommandLine app("Show each transition of this machine as it goes, until interrupted.",
			"klp watch");
	app.add_flag("--json", json, "a JSON document a line on stdout (klp.watch/1)");
	app.add_flag("--no-bpf", no_bpf, "watch without BPF");
	int exit_status;
	if (app.parse_failed(argc, argv, &exit_status))
		return exit_status;
	int interrupt = interrupt_fd();
	Result<Kernel> kernel = Kernel::running();
	if (!kernel || !kernel->has_livepatch()) {
		std::string message =
			kernel ? "the kernel has no livepatching" : kernel.error().message;
		if (json)
			print(failure("klp.watch/1", "", kernel ? kernel->release() : "?",
				      {ENOTSUP, message}));
		say(stderr, "klp watch: %s\n", message.c_str());
		return exit_undecided;
	}
	return Watcher(*kernel, !no_bpf, json).run(interrupt);
}
