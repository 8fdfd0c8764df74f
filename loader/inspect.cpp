// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../cli/counted.hpp"
#include "../cli/exit_status.hpp"
#include "../cli/say.hpp"
#include "interrupt.hpp"
#include "json.hpp"
#include "task_groups.hpp"
#include "terminal.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <cerrno>
#include <klp/call_counter.hpp>
#include <klp/forecast.hpp>
#include <klp/module_name.hpp>
#include <poll.h>

using namespace klp;

namespace {

struct Arguments {
	std::string what;
	bool json = false;
	bool no_bpf = false;
	double window = 1;
	double calls = 0;
};

// The subject of the inspection: a file that is not loaded, or a loaded patch.
struct Subject {
	std::string patch; // its name
	bool loaded = false;
	std::vector<FunctionName> functions;
};

struct Inspection {
	Subject subject;
	std::optional<Forecast> forecast; // for a file that is not loaded
	std::vector<FunctionCalls> calls;
	Error error = {0, ""}; // why a part is missing
};

bool is_a_file(const std::string &what)
{
	return what.find('/') != std::string::npos || what.find(".ko") != std::string::npos;
}

Result<Subject> subject_of_file(Kernel &kernel, const std::string &path)
{
	Result<PatchFile> patch = PatchFile::open(path, kernel.klp_layout().value_or(KlpLayout()));
	if (!patch)
		return std::unexpected(patch.error());
	Subject subject = {patch->name(), false, {}};
	for (const PatchedObject &object : patch->objects())
		for (const PatchedFunction &function : object.functions)
			subject.functions.push_back(
				{object.name, function.name, std::max(function.sympos, 1ul)});
	subject.loaded = kernel.livepatch(subject.patch).has_value();
	return subject;
}

Result<Subject> subject_of(Kernel &kernel, std::string what)
{
	if (is_a_file(what))
		return subject_of_file(kernel, what);
	what = module_name(what);
	Result<LoadedPatch> patch = kernel.livepatch(what);
	if (!patch && patch.error().code == ENOENT)
		return std::unexpected(
			Error{ENOENT, "no livepatch '" + what +
					      "' is loaded, and a file has a name like '" + what +
					      ".ko'"});
	if (!patch)
		return std::unexpected(patch.error());
	Subject subject = {patch->name, true, {}};
	for (const LoadedPatch::Object &object : patch->objects)
		for (const LoadedPatch::Function &function : object.functions)
			subject.functions.push_back({object.name, function.name, function.sympos});
	return subject;
}

Result<std::vector<CallCounter::Function>> what_to_count(Kernel &kernel, const Subject &subject)
{
	std::vector<Redirect> redirects;
	if (subject.loaded) {
		Result<std::vector<Redirect>> known = kernel.redirects();
		if (!known)
			return std::unexpected(known.error());
		redirects = std::move(*known);
	}
	std::vector<CallCounter::Function> functions;
	for (const FunctionName &name : subject.functions) {
		auto ours = std::ranges::find_if(redirects, [&](const Redirect &redirect) {
			return redirect.patch == subject.patch && redirect.object == name.object &&
			       redirect.function == name.name && redirect.sympos == name.sympos;
		});
		functions.push_back({name, ours == redirects.end() ? 0 : ours->new_function});
	}
	return functions;
}

Result<std::vector<FunctionCalls>> count_calls(Kernel &kernel, const Subject &subject,
					       double seconds, int interrupt_fd)
{
	kernel.forget_symbols_if_stale();
	Result<std::vector<CallCounter::Function>> functions = what_to_count(kernel, subject);
	if (!functions)
		return std::unexpected(functions.error());
	Result<CallCounter> counter = CallCounter::open(kernel, *functions);
	if (!counter)
		return std::unexpected(counter.error());
	pollfd interrupted = {interrupt_fd, POLLIN, 0};
	poll(&interrupted, 1, static_cast<int>(seconds * 1000));
	return counter->read();
}

std::string name_of(const FunctionName &function)
{
	std::string text = function.object + " " + function.name;
	return function.sympos > 1 ? text + "," + std::to_string(function.sympos) : text;
}

void tell_forecast(const Inspection &inspection)
{
	const Forecast &forecast = *inspection.forecast;
	for (const FunctionName &function : forecast.absent)
		say(stdout, "  nobody in %s: '%s' is not in memory\n", name_of(function).c_str(),
		    function.object.c_str());
	for (const Forecast::Sighting &sighting : forecast.tasks) {
		bool always = sighting.seen == forecast.passes;
		say(stdout, "  ");
		if (sighting.task.in_cold_part)
			say_in_colour(stdout, Colour::red, "will not see");
		else if (always)
			say_in_colour(stdout, Colour::yellow, "will wait for");
		else
			say(stdout, "may wait for");
		say(stdout, ": %s in %s, seen %u of %s%s\n", name_and_time(sighting.task).c_str(),
		    sighting.task.function.c_str(), sighting.seen,
		    counted(forecast.passes, "time").c_str(),
		    sighting.task.in_cold_part ? ", in a part that livepatch does not look for"
					       : "");
	}
	if (forecast.tasks.empty())
		say(stdout, "  nobody was inside the functions, %s\n",
		    counted(forecast.passes, "time").c_str());
}

void tell_calls(const FunctionCalls &calls)
{
	auto number = [](const std::optional<uint64_t> &count) {
		return count ? std::to_string(*count) : "-";
	};
	say(stdout, "  %s: %s %s reached the old code, %s the new%s%s\n",
	    name_of(calls.function).c_str(), number(calls.old_code).c_str(),
	    calls.old_code == 1 ? "call" : "calls", number(calls.new_code).c_str(),
	    calls.why.empty() ? "" : "; ", calls.why.c_str());
}

nlohmann::ordered_json to_json(const FunctionName &function)
{
	return {{"object", function.object},
		{"function", function.name},
		{"sympos", function.sympos}};
}

nlohmann::ordered_json inspection_json(const Inspection &inspection, const Kernel &kernel)
{
	nlohmann::ordered_json json =
		document("klp.inspect/1", inspection.subject.patch, kernel.release());
	json["message"] = inspection.error.message;
	json["errno"] = inspection.error.code;
	json["findings"] = nlohmann::ordered_json::array();
	json["loaded"] = inspection.subject.loaded;
	json["source"] = "";
	json["passes"] = 0;
	json["tasks"] = json["absent"] = json["calls"] = nlohmann::ordered_json::array();
	if (inspection.forecast) {
		json["source"] = inspection.forecast->through_bpf ? "bpf" : "proc";
		json["passes"] = inspection.forecast->passes;
		for (const Forecast::Sighting &sighting : inspection.forecast->tasks) {
			nlohmann::ordered_json entry = ::to_json(sighting.task);
			entry["seen"] = sighting.seen;
			json["tasks"].push_back(std::move(entry));
		}
		for (const FunctionName &function : inspection.forecast->absent)
			json["absent"].push_back(to_json(function));
	}
	for (const FunctionCalls &calls : inspection.calls) {
		nlohmann::ordered_json entry = to_json(calls.function);
		entry["old_code"] = entry["new_code"] = nullptr;
		if (calls.old_code)
			entry["old_code"] = *calls.old_code;
		if (calls.new_code)
			entry["new_code"] = *calls.new_code;
		entry["why"] = calls.why;
		json["calls"].push_back(std::move(entry));
	}
	return json;
}

void tell(const Inspection &inspection)
{
	say(stdout, "%s: %s, %s\n", inspection.subject.patch.c_str(),
	    inspection.subject.loaded ? "loaded" : "not loaded",
	    counted(inspection.subject.functions.size(), "function").c_str());
	if (inspection.forecast)
		tell_forecast(inspection);
	for (const FunctionCalls &calls : inspection.calls)
		tell_calls(calls);
}

Inspection inspect(Kernel &kernel, const Arguments &arguments, Subject subject)
{
	Inspection inspection;
	inspection.subject = std::move(subject);
	int interrupt = interrupt_fd();
	if (arguments.calls > 0) {
		Result<std::vector<FunctionCalls>> calls =
			count_calls(kernel, inspection.subject, arguments.calls, interrupt);
		if (calls)
			inspection.calls = std::move(*calls);
		else
			inspection.error = calls.error();
		return inspection;
	}
	std::chrono::milliseconds window(static_cast<long>(arguments.window * 1000));
	Result<Forecast> forecast = look_inside(kernel, inspection.subject.functions, window,
						interrupt, !arguments.no_bpf);
	if (forecast)
		inspection.forecast = std::move(*forecast);
	else
		inspection.error = forecast.error();
	return inspection;
}

int inspect_patch(const Arguments &arguments)
{
	Result<Kernel> kernel = Kernel::running();
	if (!kernel) {
		say(stderr, "klp inspect: %s\n", kernel.error().message.c_str());
		return exit_undecided;
	}
	Result<Subject> subject = subject_of(*kernel, arguments.what);
	if (!subject) {
		Inspection nothing;
		nothing.subject.patch = arguments.what;
		nothing.error = subject.error();
		if (arguments.json)
			print(inspection_json(nothing, *kernel));
		say(stderr, "klp inspect: %s\n", subject.error().message.c_str());
		return exit_failed;
	}
	Inspection inspection = inspect(*kernel, arguments, std::move(*subject));
	if (arguments.json)
		print(inspection_json(inspection, *kernel));
	else
		tell(inspection);
	if (inspection.forecast && !inspection.forecast->why.empty())
		say(stderr, "klp inspect: looked through /proc: %s\n",
		    inspection.forecast->why.c_str());
	if (inspection.error.code != 0)
		say(stderr, "klp inspect: %s\n", inspection.error.message.c_str());
	bool uncounted = std::ranges::any_of(
		inspection.calls, [](const FunctionCalls &calls) { return !calls.why.empty(); });
	return inspection.error.code != 0 || uncounted ? exit_undecided : exit_done;
}

}

int run_inspect(int argc, char **argv)
{
	Arguments arguments;
	CommandLine app(
		"Needs root. Say who is inside the functions that a livepatch replaces, or which "
		"code its calls reach.",
		"klp inspect");
	app.add_option("PATCH.ko|NAME", arguments.what, "a livepatch module, or a loaded livepatch")
		->required();
	CommandLineOption *window =
		app.add_option("--window", arguments.window, "look for so many seconds")
			->capture_default_str()
			->check(number_between(0, 86400, "seconds"))
			->type_name("S");
	app.add_option("--calls", arguments.calls, "count calls for so many seconds instead")
		->check(number_between(0.001, 86400, "seconds"))
		->excludes(window)
		->type_name("S");
	app.add_flag("--no-bpf", arguments.no_bpf, "look through /proc");
	app.add_flag("--json", arguments.json, "one JSON document on stdout (klp.inspect/1)");
	int exit_status;
	if (app.parse_failed(argc, argv, &exit_status))
		return exit_status;
	return inspect_patch(arguments);
}
