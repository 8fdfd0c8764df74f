// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../cli/exit_status.hpp"
#include "../cli/say.hpp"
#include "agent_verdict.hpp"
#include "denied.hpp"
#include "json.hpp"
#include "label.hpp"
#include "state_words.hpp"
#include "terminal.hpp"
#include "verbs.hpp"
#include "words.hpp"

#include <cerrno>
#include <klp/module_name.hpp>
#include <klp/pending_tasks.hpp>

using namespace klp;

namespace {

struct Seen {
	Verification verification;
	std::vector<Task> blockers; // while it is in transition
	Result<PatchLabel> label;
};

struct Status {
	std::vector<Seen> patches;
	// Modules of disabled patches that are still in memory; those in staying must stay there.
	std::vector<std::string> leftovers, staying;
};

Result<Seen> look_at(Kernel &kernel, const std::string &name)
{
	Result<Verification> verification = verify(kernel, name);
	if (!verification)
		return std::unexpected(verification.error());
	Seen seen = {std::move(*verification), {}, label_of(kernel, name)};
	if (!seen.label && seen.label.error().code == ENOENT) // the patch went meanwhile
		return std::unexpected(seen.label.error());
	if (seen.verification.patch.in_transition) {
		Result<std::vector<Task>> tasks = pending_tasks(kernel, name);
		if (tasks)
			seen.blockers = std::move(*tasks);
	}
	return seen;
}

Result<Status> look(Kernel &kernel, const std::string &name)
{
	Status status;
	Result<std::vector<LoadedPatch>> patches = kernel.livepatches();
	if (!patches)
		return std::unexpected(patches.error());
	for (const LoadedPatch &patch : *patches) {
		if (!name.empty() && patch.name != name)
			continue;
		Result<Seen> seen = look_at(kernel, patch.name);
		if (seen)
			status.patches.push_back(std::move(*seen));
		else if (seen.error().code != ENOENT) // the patch went meanwhile
			return std::unexpected(seen.error());
	}
	Result<std::vector<LeftoverModule>> leftovers = leftover_modules(kernel);
	if (!leftovers)
		return std::unexpected(leftovers.error());
	for (const LeftoverModule &module : *leftovers) {
		if (name.empty() || module.name == name)
			(module.is_removable ? status.leftovers : status.staying)
				.push_back(module.name);
	}
	return status;
}

// A replaced patch's module that is still in memory changes nothing: no call reaches its code.
int status_of(const Status &status)
{
	int worst = exit_done;
	for (const Seen &seen : status.patches) {
		Verification::Verdict verdict = seen.verification.verdict();
		if (verdict == Verification::Verdict::undecided && worst == exit_done)
			worst = exit_undecided;
		if (verdict == Verification::Verdict::not_active ||
		    verdict == Verification::Verdict::superseded ||
		    verdict == Verification::Verdict::unverified)
			worst = exit_changed;
	}
	return worst;
}

// The agent's verdict stands above the loader's view, which only can make it worse.
int tell_of_agent(Kernel &kernel, int exit_status)
{
	std::optional<AgentVerdict> agent = agent_verdict(kernel);
	if (!agent) {
		say(stdout, "not attached: sudo klp attach TOKEN\n");
		return exit_status;
	}
	Colour colour = agent->exit_status == exit_done ? Colour::green : Colour::red;
	say_in_colour(stdout, colour, agent->words.c_str());
	say(stdout, ": %s\n", agent->reason.c_str());
	bool is_worse = agent->exit_status == exit_done && exit_status == exit_changed;
	return is_worse ? exit_status : agent->exit_status;
}

void tell(const Status &status, const std::string &release)
{
	if (status.patches.empty() && status.leftovers.empty() && status.staying.empty())
		say(stdout, "no livepatch is loaded on %s\n", release.c_str());
	Denied denied;
	for (Seen seen : status.patches) {
		denied.take(&seen.verification);
		Verification::Verdict verdict = seen.verification.verdict();
		Colour colour =
			verdict == Verification::Verdict::active ? Colour::green : Colour::red;
		say(stdout, "%s: ", seen.verification.patch.name.c_str());
		say_in_colour(stdout, colour, words_for(seen.verification).c_str());
		say(stdout, "\n");
		print_label(stdout, "  ", seen.label);
		print_functions(stdout, seen.verification);
		print_blockers(stdout, seen.blockers);
	}
	for (const std::string &module : status.leftovers) {
		say(stdout, "%s: ", module.c_str());
		say_in_colour(stdout, Colour::yellow, "disabled");
		say(stdout, "; 'klp unload %s' deletes its module\n", module.c_str());
	}
	for (const std::string &module : status.staying)
		say(stdout, "%s: disabled; its module has to stay in memory until the next boot\n",
		    module.c_str());
	denied.print(stdout, "klp status");
}

void tell_fixes(const Status &status, const std::string &release)
{
	if (status.patches.empty())
		say(stdout, "no livepatch is loaded on %s\n", release.c_str());
	std::vector<LabelledPatch> patches;
	for (const Seen &seen : status.patches)
		patches.push_back({&seen.verification, &seen.label});
	print_fixes(patches);
}

nlohmann::ordered_json status_json(const Status &status, const std::string &name,
				   const Kernel &kernel)
{
	nlohmann::ordered_json json = document("klp.status/1", name, kernel.release());
	json["message"] = "";
	json["errno"] = 0;
	json["findings"] = nlohmann::ordered_json::array();
	json["patches"] = nlohmann::ordered_json::array();
	for (const Seen &seen : status.patches) {
		const LoadedPatch &patch = seen.verification.patch;
		nlohmann::ordered_json entry = {{"name", patch.name},
						{"phase", name_of(patch.phase())},
						{"verdict", name_of(seen.verification.verdict())}};
		entry["label"] = to_json(seen.label);
		entry["functions"] = nlohmann::ordered_json::array();
		for (const VerifiedFunction &function : seen.verification.functions)
			entry["functions"].push_back(to_json(function));
		entry["tracers"] = to_json(seen.verification.tracers);
		entry["stacks_unread"] = seen.verification.stacks_unread;
		entry["blockers"] = to_json(seen.blockers);
		json["patches"].push_back(std::move(entry));
	}
	json["leftovers"] = status.leftovers;
	json["staying"] = status.staying;
	return json;
}

}

int run_status(int argc, char **argv)
{
	std::string name;
	bool json = false, fixes = false;
	CommandLine app("Say which livepatches are loaded, and whether each is active.",
			"klp status");
	app.add_option("NAME", name, "only this one");
	CommandLineOption *document =
		app.add_flag("--json", json, "one JSON document on stdout (klp.status/1)");
	app.add_flag("--cves", fixes, "one line for each CVE that the livepatches fix")
		->excludes(document);
	int exit_status;
	if (app.parse_failed(argc, argv, &exit_status))
		return exit_status;
	name = module_name(name);

	Result<Kernel> kernel = Kernel::running();
	if (!kernel) {
		say(stderr, "klp status: %s\n", kernel.error().message.c_str());
		return exit_undecided;
	}
	Result<Status> status = look(*kernel, name);
	if (!status) {
		if (json) {
			nlohmann::ordered_json out =
				failure("klp.status/1", name, kernel->release(), status.error());
			out["patches"] = out["leftovers"] = out["staying"] =
				nlohmann::ordered_json::array();
			print(out);
		}
		exit_status = exit_undecided;
		if (!json && name.empty())
			exit_status = tell_of_agent(*kernel, exit_status);
		say(stderr, "klp status: %s\n", status.error().message.c_str());
		return exit_status;
	}
	exit_status = status_of(*status);
	if (json) {
		print(status_json(*status, name, *kernel));
	} else if (fixes) {
		tell_fixes(*status, kernel->release());
	} else {
		if (name.empty())
			exit_status = tell_of_agent(*kernel, exit_status);
		tell(*status, kernel->release());
	}
	if (!name.empty() && status->patches.empty() && status->leftovers.empty() &&
	    status->staying.empty()) {
		say(stderr, "klp status: no livepatch '%s' is loaded\n", name.c_str());
		return exit_failed;
	}
	return exit_status;
}
