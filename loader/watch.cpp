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
#include <klp/verification.hpp>
#include <klp/watch.hpp>
#include <map>
#include <poll.h>
#include <set>

using namespace klp;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds look_again(1000);

class Watcher {
public:
	Watcher(Kernel &kernel, bool with_bpf, bool json)
	    : kernel_(kernel), watch_(Watch::open(kernel, with_bpf)), json_(json)
	{
	}
	int run(int interrupt_fd);

private:
	void begin();
	void tell_what_is_missing();
	void tell_foreign_builds();
	void take(const Step &step);
	void tell(const Step &step);
	void tell_who_is_left(const std::string &patch, unsigned pass, Clock::time_point at);
	std::vector<WaitedFor> who_is_left(const LoadedPatch &patch, Error *error);
	void print_event(const char *event, const Step &step, const std::vector<WaitedFor> &tasks,
			 const Error &error);

	Kernel &kernel_;
	Watch watch_;
	bool json_;
	Clock::time_point begun_ = Clock::now();
	std::map<std::string, Clock::time_point> since_; // when each transition began
	size_t missing_ = 0; // of what cannot be seen, how much was told
	std::map<pid_t, Step> verdicts_; // of the pass that goes on
	std::map<std::string, Clock::time_point> told_; // who is left, last
	// Objects that are not the build that a patch was made for, by patch and object.
	std::set<std::pair<std::string, std::string>> foreign_;
};

void Watcher::print_event(const char *event, const Step &step, const std::vector<WaitedFor> &tasks,
			  const Error &error)
{
	nlohmann::ordered_json json = document("klp.watch/1", step.patch, kernel_.release());
	std::chrono::duration<double, std::milli> at = step.time - begun_;
	json["event"] = event;
	json["source"] = name_of(watch_.source());
	json["message"] = error.message;
	json["errno"] = error.code;
	json["findings"] = nlohmann::ordered_json::array();
	json["at_ms"] = at.count();
	json["patching"] = nullptr;
	if (step.patching)
		json["patching"] = *step.patching;
	json["pass"] = step.pass;
	json["blocked"] = step.blocked;
	json["switched"] = step.switched;
	json["lost"] = watch_.lost();
	json["tasks"] = nlohmann::ordered_json::array();
	for (const WaitedFor &waited : tasks) {
		nlohmann::ordered_json task = to_json(waited.task);
		task["reason"] = name_of(waited.reason);
		json["tasks"].push_back(std::move(task));
	}
	print(json);
}

void Watcher::begin()
{
	if (json_) {
		Step nothing = {};
		nothing.time = begun_;
		print_event("watching", nothing, {}, {0, watch_.why()});
	} else {
		const char *how = watch_.source() == Watch::Source::bpf ? "BPF"
				  : watch_.source() == Watch::Source::kmsg
					  ? "the kernel log"
					  : "sysfs, looked at ten times a second";
		say(stderr, "klp watch: watching through %s%s%s\n", how,
		    watch_.why().empty() ? "" : ": ", watch_.why().c_str());
	}
	tell_what_is_missing();
	Result<std::vector<LoadedPatch>> patches = kernel_.livepatches();
	for (size_t i = 0; patches && i < patches->size(); i++) {
		if (!(*patches)[i].in_transition)
			continue;
		since_[(*patches)[i].name] = begun_;
		tell_who_is_left((*patches)[i].name, 0, Clock::now());
	}
}

void Watcher::tell_what_is_missing()
{
	std::vector<std::string> functions = watch_.deaf_to();
	for (; missing_ < functions.size(); missing_++)
		say(stderr, "klp watch: this kernel does not let '%s' be listened to\n",
		    functions[missing_].c_str());
}

// Once for each that comes.
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
			Step step = {};
			step.time = Clock::now();
			step.patch = patch.name;
			if (json_) {
				print_event("build-id-mismatch", step, {}, {ESTALE, build.why});
				continue;
			}
			say(stdout, "%s: ", patch.name.c_str());
			say_in_colour(stdout, Colour::red, build.why.c_str());
			say(stdout, "\n");
		}
	}
	foreign_ = std::move(now);
}

// What the kernel's last pass said counts, with what the stacks show beside it.
std::vector<WaitedFor> Watcher::who_is_left(const LoadedPatch &patch, Error *error)
{
	std::vector<WaitedFor> left;
	Result<std::vector<LiveTask>> pending = watch_.pending(patch);
	if (!pending)
		*error = pending.error();
	for (LiveTask &task : pending.value_or(std::vector<LiveTask>())) {
		auto verdict = verdicts_.extract(task.task.tid);
		left.push_back({std::move(task), Step::Reason::none});
		if (verdict.empty())
			continue;
		left.back().reason = verdict.mapped().reason;
		if (left.back().task.task.function.empty())
			left.back().task.task.function = verdict.mapped().task.function;
	}
	// Idle tasks, and those that have been switched since.
	for (auto &[tid, verdict] : verdicts_)
		left.push_back(
			{{std::move(verdict.task), patch.is_wanted() ? 0 : 1, false, 0, 0, {}},
			 verdict.reason});
	verdicts_.clear();
	return left;
}

void Watcher::tell_who_is_left(const std::string &name, unsigned pass, Clock::time_point at)
{
	told_[name] = Clock::now();
	Result<LoadedPatch> patch = kernel_.livepatch(name);
	if (!patch || !patch->in_transition) { // it ended while we looked
		verdicts_.clear();
		return;
	}
	Error error = {0, ""};
	std::vector<WaitedFor> left = who_is_left(*patch, &error);
	Step step = {};
	step.time = at;
	step.patch = name;
	step.patching = patch->is_wanted();
	step.pass = pass;
	step.blocked = left.size();
	if (json_) {
		print_event("waiting", step, left, error);
		return;
	}
	// Idle CPUs alone, as a rule, which no list of tasks has.
	if (left.empty() && error.code == 0)
		return;
	std::chrono::duration<double> since = step.time - since_[name];
	say(stdout, "%s: %s, waits after %.1f s", name.c_str(),
	    words_for_transition(patch->is_wanted()).c_str(), since.count());
	if (error.code != 0)
		say(stdout, ": %s", error.message.c_str());
	say(stdout, "\n");
	print_groups(stdout, left);
}

void Watcher::tell(const Step &step)
{
	if (json_) {
		print_event(name_of(step.kind), step, {}, {0, ""});
		return;
	}
	std::string words = !step.patching ? "in transition" : words_for_transition(*step.patching);
	const char *way = !step.patching   ? "the transition"
			  : *step.patching ? "patching"
					   : "unpatching";
	const char *result = !step.patching ? "" : *step.patching ? ": enabled" : ": disabled";
	std::chrono::duration<double, std::milli> took = step.time - since_[step.patch];
	switch (step.kind) {
	case Step::Kind::start:
		say(stdout, "%s: %s\n", step.patch.c_str(), words.c_str());
		break;
	case Step::Kind::reverse:
		say(stdout, "%s: %s, turned round\n", step.patch.c_str(), words.c_str());
		break;
	case Step::Kind::force:
		say(stdout, "%s: ", step.patch.c_str());
		say_in_colour(stdout, Colour::red,
			      "forced: every task counts as switched, wherever it is");
		say(stdout, "\n");
		break;
	case Step::Kind::complete:
		say(stdout, "%s: %s complete after %.0f ms%s\n", step.patch.c_str(), way,
		    took.count(), result);
		break;
	case Step::Kind::cancel:
		say(stdout, "%s: could not be enabled, %s ends after %.0f ms\n", step.patch.c_str(),
		    way, took.count());
		break;
	case Step::Kind::pass:
	case Step::Kind::task:
		break;
	}
}

void Watcher::take(const Step &step)
{
	switch (step.kind) {
	case Step::Kind::task:
		verdicts_[step.task.tid] = step;
		return;
	case Step::Kind::pass: // one that has failed
		tell_who_is_left(step.patch, step.pass, step.time);
		return;
	case Step::Kind::start:
		since_[step.patch] = step.time;
		told_[step.patch] = Clock::now();
		break;
	default:
		break;
	}
	tell(step);
	if (step.kind == Step::Kind::complete || step.kind == Step::Kind::cancel) {
		since_.erase(step.patch);
		told_.erase(step.patch);
		verdicts_.clear();
	}
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
		Result<std::vector<Step>> steps = watch_.wait(look_again, interrupt_fd);
		if (!steps) {
			say(stderr, "klp watch: %s\n", steps.error().message.c_str());
			return exit_undecided;
		}
		for (const Step &step : *steps)
			take(step);
		tell_what_is_missing();
		tell_foreign_builds();
		// The kernel's passes come once a second; where they are not seen, we look.
		for (const auto &[name, begun] : since_) {
			if (watch_.source() != Watch::Source::bpf &&
			    Clock::now() - told_[name] >= look_again)
				tell_who_is_left(name, 0, Clock::now());
		}
	}
}

}

int run_watch(int argc, char **argv)
{
	bool json = false, no_bpf = false;
	CLI::App app("Show each transition of this machine as it goes, until interrupted.",
		     "klp watch");
	app.add_flag("--json", json, "a JSON document a line on stdout (klp.watch/1)");
	app.add_flag("--no-bpf", no_bpf, "watch the kernel log and sysfs instead");
	int exit_status;
	if (parse_failed(app, argc, argv, &exit_status))
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
