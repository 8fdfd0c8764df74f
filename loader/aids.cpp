// SPDX-License-Identifier: LGPL-2.1-or-later
#include "aids.hpp"
#include "../cli/command_line.hpp"

void add_aids(CLI::App &app, klp::TransitionAids *aids)
{
	using klp::Urgency;
	static const std::map<std::string, Urgency> urgencies = {
		{"gentle", Urgency::gentle}, {"normal", Urgency::normal}, {"now", Urgency::now}};
	auto set = [aids](const std::string &word) {
		auto found = urgencies.find(word);
		if (found != urgencies.end())
			aids->urgency = found->second;
	};
	app.add_flag("!--no-assist", aids->assist,
		     "set no nice value, and run no processes on the other CPUs in the first pass");
	app.add_flag("!--no-bpf", aids->bpf, "watch without BPF");
	app.add_flag("!--no-runtime", aids->runtime, "neither use nor load klp_runtime.ko");
	app.add_option_function<std::string>(
		   "--urgency", set,
		   "how soon klp_runtime wakes tasks that sleep in an old function")
		->check(one_of({"gentle", "normal", "now"}))
		->default_str("normal")
		->type_name("gentle|normal|now");
}
