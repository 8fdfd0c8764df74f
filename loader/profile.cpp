// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../cli/exit_status.hpp"
#include "../cli/say.hpp"
#include "json.hpp"
#include "verbs.hpp"

#include <chrono>
#include <klp/kernel.hpp>
#include <klp/profile.hpp>
#include <unistd.h>

using namespace klp;

namespace {

struct Arguments {
	std::string kernel;
	std::string output;
	bool json = false;
};

// On a terminal a line that is overwritten, in a log a line each half minute.
class Progress {
public:
	void show(size_t done, size_t all)
	{
		auto now = std::chrono::steady_clock::now();
		if (now - shown_ < (is_terminal_ ? std::chrono::milliseconds(100)
						 : std::chrono::milliseconds(30'000)))
			return;
		shown_ = now;
		say(stderr, "%sread %zu of %zu modules%s", is_terminal_ ? "\r" : "", done, all,
		    is_terminal_ ? "" : "\n");
		drawn_ = is_terminal_;
	}
	~Progress()
	{
		if (drawn_)
			say(stderr, "\r\033[K");
	}

private:
	bool is_terminal_ = isatty(STDERR_FILENO);
	bool drawn_ = false;
	std::chrono::steady_clock::time_point shown_ = std::chrono::steady_clock::now();
};

}

// Without a kernel, that of the running release.
static Result<WrittenProfile> write(Arguments *arguments)
{
	if (arguments->kernel.empty()) {
		Result<Kernel> running = Kernel::running();
		if (!running)
			return std::unexpected(running.error());
		arguments->kernel = running->release();
	}
	Progress progress;
	return write_profile(arguments->kernel, arguments->output,
			     [&](size_t done, size_t all) { progress.show(done, all); });
}

static nlohmann::ordered_json to_json(const Arguments &arguments,
				      const Result<WrittenProfile> &written)
{
	nlohmann::ordered_json out = {{"schema", "klp.profile/1"},
				      {"source", arguments.kernel},
				      {"file", arguments.output}};
	out["message"] = written ? "" : written.error().message;
	out["errno"] = written ? 0 : written.error().code;
	if (!written)
		return out;
	out["kernel"] = written->release;
	out["modules"] = written->modules;
	out["unreadable"] = written->unreadable;
	out["bytes"] = written->bytes;
	return out;
}

int run_profile(int argc, char **argv)
{
	Arguments arguments;
	CommandLine app("Write the facts of a kernel on disk that klp check needs into one file.",
			"klp profile");
	app.add_option("--kernel", arguments.kernel,
		       "an installed release, a folder with vmlinuz and lib/modules, or a vmlinuz; "
		       "without it, the release that runs")
		->check([](const std::string &kernel) {
			return kernel.empty() ? "it is empty" : "";
		});
	app.add_option("-o,--output", arguments.output, "the file")->required();
	app.add_flag("--json", arguments.json, "one JSON document on stdout (klp.profile/1)");
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;

	Result<WrittenProfile> written = write(&arguments);
	if (arguments.json)
		print(to_json(arguments, written));
	if (!written) {
		say(stderr, "klp profile: %s\n", written.error().message.c_str());
		return exit_failed;
	}
	for (const std::string &message : written->unreadable)
		say(stderr, "klp profile: %s\n", message.c_str());
	return exit_done;
}
