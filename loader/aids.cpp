// SPDX-License-Identifier: LGPL-2.1-or-later
#include "aids.hpp"

#include <map>

void add_aids(CommandLine &app, AidWords *words)
{
	app.add_flag("!--no-assist", words->aids.assist,
		     "set no nice value, and run no processes on the other CPUs in the first pass");
	app.add_flag("!--no-bpf", words->aids.bpf, "watch without BPF");
	app.add_flag("!--no-runtime", words->aids.runtime, "neither use nor load klp_runtime.ko");
	app.add_option("--urgency", words->urgency,
		       "how soon klp_runtime wakes tasks that sleep in an old function")
		->check(one_of({"gentle", "normal", "now"}))
		->capture_default_str()
		->type_name("gentle|normal|now");
}

klp::TransitionAids aids_of(const AidWords &words)
{
	using klp::Urgency;
	static const std::map<std::string, Urgency> urgencies = {
		{"gentle", Urgency::gentle}, {"normal", Urgency::normal}, {"now", Urgency::now}};
	klp::TransitionAids aids = words.aids;
	aids.urgency = urgencies.at(words.urgency);
	return aids;
}
