// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../cli/exit_status.hpp"
#include "../cli/say.hpp"
#include "aids.hpp"
#include "interrupt.hpp"
#include "json.hpp"
#include "state_words.hpp"
#include "terminal.hpp"
#include "verbs.hpp"
#include "words.hpp"

#include <algorithm>
#include <klp/module_name.hpp>

using namespace klp;

namespace {

struct Arguments {
	std::string name;
	bool all = false;
	bool json = false;
	double timeout = 60;
	std::string on_timeout = "reverse";
	AidWords aids;
};

void tell(const UnloadOutcome &outcome, const std::string &name)
{
	print_blockers(stderr, outcome.blockers);
	Colour colour = outcome.result == UnloadResult::unloaded ? Colour::green : Colour::red;
	say(stderr, "%s: ", name.c_str());
	say_in_colour(stderr, colour, words_for(outcome.result).c_str());
	say(stderr, ": %s (%.0f ms)\n", outcome.message.c_str(), outcome.times_ms.total);
}

nlohmann::ordered_json outcome_json(const UnloadOutcome &outcome, const std::string &name,
				    const Kernel &kernel)
{
	nlohmann::ordered_json json = document("klp.unload/1", name, kernel.release());
	json["result"] = name_of(outcome.result);
	json["message"] = outcome.message;
	json["errno"] = outcome.code;
	json["mode"] = outcome.mode;
	json["findings"] = nlohmann::ordered_json::array();
	json["blockers"] = to_json(outcome.blockers);
	json["times_ms"] = {{"transition", outcome.times_ms.transition},
			    {"drain", outcome.times_ms.drain},
			    {"total", outcome.times_ms.total}};
	return json;
}

int status_of(const UnloadOutcome &outcome)
{
	if (outcome.result == UnloadResult::unloaded)
		return exit_done;
	return outcome.changed ? exit_changed : exit_failed;
}

UnloadOutcome unload_one(const std::string &name, Kernel &kernel, const Arguments &arguments,
			 const UnloadOptions &common)
{
	LiveLine line("unpatching");
	UnloadOptions options = common;
	if (!arguments.json)
		options.progress = [&](const Transition::Progress &progress) {
			line.show(progress);
		};
	UnloadOutcome outcome = unload(name, kernel, options);
	line.clear();
	if (arguments.json)
		print(outcome_json(outcome, name, kernel));
	else
		tell(outcome, name);
	return outcome;
}

// Each removable module of a livepatch, the newest first, which is the kernel's order. A module of
// a replaced patch may be among them, and must only leave memory.
Result<std::vector<std::string>> all_patches(Kernel &kernel)
{
	Result<std::vector<LoadedModule>> modules = kernel.modules();
	if (!modules)
		return std::unexpected(modules.error());
	Result<std::vector<LeftoverModule>> leftovers = leftover_modules(kernel);
	if (!leftovers)
		return std::unexpected(leftovers.error());
	std::vector<std::string> names;
	for (const LoadedModule &module : *modules) {
		auto leftover = std::ranges::find(*leftovers, module.name, &LeftoverModule::name);
		bool stays = leftover != leftovers->end() && !leftover->is_removable;
		if (module.is_livepatch && !stays)
			names.push_back(module.name);
	}
	return names;
}

// Unloads all patches up to the first that cannot be unloaded; one deadline applies to all.
int unload_all(Kernel &kernel, const Arguments &arguments, UnloadOptions options)
{
	Result<std::vector<std::string>> names = all_patches(kernel);
	if (!names) {
		say(stderr, "klp unload: %s\n", names.error().message.c_str());
		return exit_failed;
	}
	if (names->empty())
		say(stderr, "no livepatch is loaded on %s\n", kernel.release().c_str());
	auto deadline = std::chrono::steady_clock::now() + options.timeout;
	int status = exit_done;
	for (size_t i = 0; i < names->size(); i++) {
		auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
			deadline - std::chrono::steady_clock::now());
		options.timeout = std::max(left, std::chrono::milliseconds(1));
		UnloadOutcome outcome = unload_one((*names)[i], kernel, arguments, options);
		if (outcome.result == UnloadResult::lingering) {
			status = exit_changed;
		} else if (outcome.result != UnloadResult::absent &&
			   status_of(outcome) != exit_done) {
			for (size_t rest = i + 1; rest < names->size(); rest++)
				say(stderr, "%s: not tried\n", (*names)[rest].c_str());
			// A patch that is gone was there before.
			return i > 0 ? exit_changed : status_of(outcome);
		}
	}
	return status;
}

}

int run_unload(int argc, char **argv)
{
	Arguments arguments;
	CommandLine app("Needs root. Disable a livepatch, and remove its module from memory.",
			"klp unload");
	CommandLineOption *name = app.add_option("NAME", arguments.name, "as klp status shows it");
	app.add_flag("--all", arguments.all, "each livepatch that is loaded, the newest first")
		->excludes(name);
	app.add_flag(
		"--json", arguments.json,
		"one JSON document on stdout (klp.unload/1); with --all one a patch, a line each");
	app.add_option("--timeout", arguments.timeout, "seconds until the deadline")
		->capture_default_str()
		->check(number_between(0.001, 86400, "seconds"))
		->type_name("S");
	app.add_option("--on-timeout", arguments.on_timeout, "what to do at the deadline")
		->capture_default_str()
		->check(one_of({"reverse", "keep"}))
		->type_name("reverse|keep");
	add_aids(app, &arguments.aids);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	if (arguments.name.empty() && !arguments.all) {
		say(stderr, "klp unload: NAME or --all is required; see 'klp unload --help'\n");
		return exit_usage;
	}
	arguments.name = module_name(arguments.name);

	Result<Kernel> kernel = Kernel::running();
	if (!kernel) {
		say(stderr, "klp unload: %s\n", kernel.error().message.c_str());
		return exit_failed;
	}
	UnloadOptions options;
	options.timeout = std::chrono::milliseconds(static_cast<long>(arguments.timeout * 1000));
	options.on_timeout = arguments.on_timeout == "keep" ? OnTimeout::keep : OnTimeout::reverse;
	options.aids = aids_of(arguments.aids);
	options.interrupt_fd = interrupt_fd();
	if (arguments.all)
		return unload_all(*kernel, arguments, options);
	return status_of(unload_one(arguments.name, *kernel, arguments, options));
}
