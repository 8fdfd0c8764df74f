// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../cli/exit_status.hpp"
#include "aids.hpp"
#include "interrupt.hpp"
#include "json.hpp"
#include "terminal.hpp"
#include "verbs.hpp"
#include "words.hpp"

#include <algorithm>

using namespace klp;

static void tell(const UnloadOutcome &outcome, const std::string &name)
{
	print_blockers(stderr, outcome.blockers);
	Colour colour = outcome.result == UnloadResult::unloaded ? Colour::green : Colour::red;
	fprintf(stderr, "%s: %s: %s (%.0f ms)\n", name.c_str(),
		coloured(name_of(outcome.result), colour, fileno(stderr)).c_str(),
		outcome.message.c_str(), outcome.times_ms.total);
}

static nlohmann::ordered_json outcome_json(const UnloadOutcome &outcome, const std::string &name,
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

int run_unload(int argc, char **argv)
{
	std::string name, on_timeout = "reverse";
	bool json = false;
	double timeout = 60;
	TransitionAids aids;
	CLI::App app("Take a livepatch out of force, and its code out of memory.", "klp unload");
	app.add_option("NAME", name, "as klp status shows it")->required();
	app.add_flag("--json", json, "one JSON document on stdout (klp.unload/1)");
	app.add_option("--timeout", timeout, "seconds for all of it")
		->capture_default_str()
		->check(CLI::Range(0.001, 86400.0))
		->type_name("S");
	app.add_option("--on-timeout", on_timeout, "what to do at the deadline")
		->capture_default_str()
		->check(CLI::IsMember({"reverse", "keep"}));
	add_aids(app, &aids);
	int status;
	if (parse_failed(app, argc, argv, &status))
		return status;
	std::ranges::replace(name, '-', '_');

	Result<Kernel> kernel = Kernel::running();
	if (!kernel) {
		fprintf(stderr, "klp unload: %s\n", kernel.error().message.c_str());
		return exit_failed;
	}
	LiveLine line("unpatching");
	UnloadOptions options;
	options.timeout = std::chrono::milliseconds(static_cast<long>(timeout * 1000));
	options.on_timeout = on_timeout == "keep" ? OnTimeout::keep : OnTimeout::reverse;
	options.aids = aids;
	options.interrupt_fd = interrupt_fd();
	if (!json)
		options.progress = [&](const Transition::Progress &progress) {
			line.show(progress);
		};
	UnloadOutcome outcome = unload(name, *kernel, options);
	line.clear();
	if (json)
		print(outcome_json(outcome, name, *kernel));
	else
		tell(outcome, name);
	if (outcome.result == UnloadResult::unloaded)
		return exit_done;
	return outcome.changed ? exit_changed : exit_failed;
}
