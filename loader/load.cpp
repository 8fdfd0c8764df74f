// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../cli/exit_status.hpp"
#include "../cli/joined.hpp"
#include "../cli/say.hpp"
#include "aids.hpp"
#include "interrupt.hpp"
#include "json.hpp"
#include "state_words.hpp"
#include "terminal.hpp"
#include "verbs.hpp"
#include "words.hpp"

#include <cerrno>
#include <cstring>

using namespace klp;

namespace {

struct Arguments {
	std::string path;
	std::vector<std::string> parameters;
	bool json = false;
	bool insmod_compat = false;
	double timeout = 60;
	std::string on_timeout = "reverse";
	bool allow_unverified = false;
	std::vector<std::string> allow;
	AidWords aids;
};

// The words of kmod 30's insmod for an errno.
const char *insmod_word(int code)
{
	switch (code) {
	case ENOEXEC:
	case EBADMSG:
		return "Invalid module format";
	case ENOENT:
		return "Unknown symbol in module, or unknown parameter (see dmesg)";
	case ESRCH:
		return "Module has wrong symbol version";
	case EINVAL:
		return "Invalid parameters";
	default:
		return strerror(code);
	}
}

// For the kernel's selftests, whose harness compares every word.
int insmod(const Arguments &arguments)
{
	Result<PatchFile> patch = PatchFile::open(arguments.path);
	Result<> inserted = patch ? insert_module(*patch, joined(arguments.parameters, " "))
				  : std::unexpected(patch.error());
	if (inserted)
		return exit_done;
	say(stderr, "insmod: ERROR: could not insert module %s: %s\n", arguments.path.c_str(),
	    insmod_word(inserted.error().code));
	return exit_failed;
}

void describe(const PatchFile &patch, const Kernel &kernel)
{
	say(stderr, "%s: the livepatch '%s', on %s\n", patch.path().c_str(), patch.name().c_str(),
	    kernel.release().c_str());
	for (const PatchedObject &object : patch.objects()) {
		std::string names;
		for (const PatchedFunction &function : object.functions)
			names += (names.empty() ? "" : ", ") + function.name;
		say(stderr, "  replaces in %s: %s\n", object.name.c_str(),
		    names.empty() ? "nothing (callbacks only)" : names.c_str());
	}
	if (patch.encoding() == PatchFile::Encoding::none)
		say(stderr, "  replaces: not known until it is loaded\n");
}

void tell(const LoadOutcome &outcome, const std::string &name)
{
	for (const std::string &message : outcome.kernel_messages)
		say(stderr, "  kernel: %s\n", message.c_str());
	print_blockers(stderr, outcome.blockers);
	bool ended = outcome.result != LoadResult::reversed &&
		     outcome.result != LoadResult::in_transition;
	if (!outcome.mode.empty() && !outcome.already_loaded && outcome.times_ms.transition > 0)
		say(stderr, "transition: %s%.0f ms, watched through %s\n",
		    !ended			    ? "not over after "
		    : outcome.transition_start_seen ? ""
						    : "its start was not seen; more than ",
		    outcome.times_ms.transition, mode_in_words(outcome.mode));
	if (outcome.assisted_cpus > 0 && !outcome.unassisted.empty())
		say(stderr, "  idle assist: %s\n", outcome.unassisted.c_str());
	if (outcome.verification)
		print_functions(stderr, *outcome.verification);
	for (const LoadOutcome::Replaced &patch : outcome.replaced)
		say(stderr, "replaced '%s', whose module %s%s\n", patch.name.c_str(),
		    patch.why_it_stays.empty() ? "is removed" : "stays in memory: ",
		    patch.why_it_stays.c_str());
	Colour colour = outcome.result == LoadResult::applied ? Colour::green : Colour::red;
	say(stderr, "%s: ", name.c_str());
	say_in_colour(stderr, colour, words_for(outcome).c_str());
	say(stderr, ": %s%s\n",
	    outcome.already_loaded ? "an earlier load of these bytes put it there; " : "",
	    outcome.message.c_str());
}

nlohmann::ordered_json outcome_json(const LoadOutcome &outcome, const std::string &name,
				    const std::string &sha256, const Kernel &kernel)
{
	nlohmann::ordered_json json = document("klp.load/1", name, kernel.release());
	json["sha256"] = sha256;
	json["result"] = name_of(outcome.result);
	json["message"] = outcome.message;
	json["errno"] = outcome.code;
	json["already_loaded"] = outcome.already_loaded;
	json["mode"] = outcome.mode;
	json["without_runtime"] = outcome.without_runtime;
	json["assist"] = {{"cpus", outcome.assisted_cpus}, {"why_none", outcome.unassisted}};
	json["findings"] = to_json(outcome.report);
	json["blockers"] = to_json(outcome.blockers);
	json["verified"] = nlohmann::ordered_json::array();
	json["unverified"] = nlohmann::ordered_json::array();
	if (outcome.verification) {
		using State = VerifiedFunction::State;
		for (const VerifiedFunction &function : outcome.verification->functions) {
			bool seen = function.state == State::redirected ||
				    function.state == State::superseded;
			json[seen ? "verified" : "unverified"].push_back(to_json(function));
		}
	}
	json["replaced"] = nlohmann::ordered_json::array();
	for (const LoadOutcome::Replaced &patch : outcome.replaced)
		json["replaced"].push_back(
			{{"name", patch.name}, {"why_it_stays", patch.why_it_stays}});
	json["kernel_messages"] = outcome.kernel_messages;
	json["times_ms"] = {{"check", outcome.times_ms.check},
			    {"insert", outcome.times_ms.insert},
			    {"transition", outcome.times_ms.transition},
			    {"verify", outcome.times_ms.verify},
			    {"total", outcome.times_ms.total}};
	json["transition_start_seen"] = outcome.transition_start_seen;
	json["transition_ended_at"] = outcome.transition_ended_at_ms / 1000;
	json["transition_ended_at_ms"] = outcome.transition_ended_at_ms;
	json["disturbance_ms"] = nullptr;
	if (outcome.scheduling_latency)
		json["disturbance_ms"] = {{"checking", outcome.scheduling_latency->checking},
					  {"loading", outcome.scheduling_latency->loading},
					  {"loader_cpu", outcome.scheduling_latency->loader_cpu}};
	return json;
}

int status_of(const LoadOutcome &outcome)
{
	if (outcome.result == LoadResult::applied)
		return exit_done;
	return outcome.changed ? exit_changed : exit_failed;
}

// Reports a file that cannot be opened, or is no module, in the same formats.
int refuse(const Arguments &arguments, const Error &error, const Kernel &kernel)
{
	LoadOutcome outcome;
	outcome.result = error.code == EBADMSG ? LoadResult::refused : LoadResult::failed;
	outcome.message = error.message;
	outcome.code = error.code;
	if (error.code == EBADMSG) {
		outcome.report = malformed_report(error);
		outcome.code = outcome.report.kernel_errno();
	}
	if (arguments.json)
		print(outcome_json(outcome, arguments.path, "", kernel));
	else
		say(stderr, "klp-load: %s\n", error.message.c_str());
	return exit_failed;
}

int load_patch(const Arguments &arguments)
{
	Result<Kernel> kernel = Kernel::running();
	if (!kernel) {
		say(stderr, "klp-load: %s\n", kernel.error().message.c_str());
		return exit_failed;
	}
	Result<PatchFile> patch =
		PatchFile::open(arguments.path, kernel->klp_layout().value_or(KlpLayout()));
	if (!patch)
		return refuse(arguments, patch.error(), *kernel);

	LiveLine line("transition");
	LoadOptions options;
	options.timeout = std::chrono::milliseconds(static_cast<long>(arguments.timeout * 1000));
	options.on_timeout = arguments.on_timeout == "keep" ? OnTimeout::keep : OnTimeout::reverse;
	options.allow_unverified = arguments.allow_unverified;
	options.allow = arguments.allow;
	options.aids = aids_of(arguments.aids);
	options.measure_latency = arguments.json;
	options.parameters = joined(arguments.parameters, " ");
	options.interrupt_fd = interrupt_fd();
	if (!arguments.json) {
		options.progress = [&](const Transition::Progress &progress) {
			line.show(progress);
		};
		describe(*patch, *kernel);
		options.checked = [](const Report &report) {
			print_findings(stderr, report, true);
		};
	}
	LoadOutcome outcome = load(*patch, *kernel, options);
	line.clear();
	if (arguments.json)
		print(outcome_json(outcome, patch->name(), patch->sha256(), *kernel));
	else
		tell(outcome, patch->name());
	return status_of(outcome);
}

}

int run_load(int argc, char **argv)
{
	Arguments arguments;
	CommandLine app(
		"Needs root. Load a livepatch and verify that it is active, or leave the kernel as it was.",
		"klp-load");
	app.add_option("PATCH.ko", arguments.path, "the livepatch module, compressed or not")
		->required();
	app.add_option("PARAM", arguments.parameters, "module parameters, as NAME=VALUE");
	app.add_flag("--json", arguments.json, "one JSON document on stdout (klp.load/1)");
	app.add_option("--timeout", arguments.timeout, "seconds until the deadline")
		->capture_default_str()
		->check(number_between(0.001, 86400, "seconds"))
		->type_name("S");
	app.add_option("--on-timeout", arguments.on_timeout, "what to do at the deadline")
		->capture_default_str()
		->check(one_of({"reverse", "keep"}))
		->type_name("reverse|keep");
	app.add_flag("--allow-unverified", arguments.allow_unverified,
		     "succeed where the patch is enabled and not all of it could be verified");
	app.add_option(
		   "--allow", arguments.allow,
		   "pass over a finding that the kernel itself lets pass, such as replace-drops")
		->type_name("ID")
		->one_value_each();
	add_aids(app, &arguments.aids);
	app.add_flag("--insmod-compat", arguments.insmod_compat,
		     "do only what insmod does, in its words: no check, no wait");
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return arguments.insmod_compat ? insmod(arguments) : load_patch(arguments);
}
