// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../cli/exit_status.hpp"
#include "denied.hpp"
#include "json.hpp"
#include "manifest.hpp"
#include "terminal.hpp"
#include "verbs.hpp"
#include "words.hpp"

#include <cerrno>
#include <cstring>
#include <exception>
#include <new>

using namespace klp;

static int status_of(Verdict verdict)
{
	switch (verdict) {
	case Verdict::loads:
		return exit_done;
	case Verdict::refused:
		return exit_failed;
	case Verdict::undecided:
		return exit_undecided;
	}
	__builtin_unreachable();
}

static void tell(const Report &report, const std::string &path, const std::string &name,
		 const std::string &release)
{
	Denied denied;
	Report shown = report;
	denied.take(&shown);
	print_findings(stdout, shown, true);
	denied.print(stdout, "klp check " + path);
	Verdict verdict = report.verdict();
	Colour colour = verdict == Verdict::loads     ? Colour::green
			: verdict == Verdict::refused ? Colour::red
						      : Colour::yellow;
	say(stdout, "%s: ", name.c_str());
	say_in_colour(stdout, colour, name_of(verdict));
	say(stdout, " on %s", release.c_str());
	if (report.kernel_errno() != 0)
		say(stdout, "; the kernel would answer %s (%s)",
		    strerrorname_np(report.kernel_errno()), strerror(report.kernel_errno()));
	say(stdout, "\n");
}

static nlohmann::ordered_json callbacks_of(const PatchFile &patch)
{
	nlohmann::ordered_json list = nlohmann::ordered_json::array();
	for (const PatchedObject &object : patch.objects()) {
		for (const std::string &callback : object.callbacks)
			list.push_back({{"object", object.name}, {"callback", callback}});
	}
	return list;
}

static nlohmann::ordered_json states_of(const PatchFile &patch)
{
	nlohmann::ordered_json list = nlohmann::ordered_json::array();
	for (const PatchState &state : patch.states())
		list.push_back({{"id", state.id}, {"version", state.version}});
	return list;
}

namespace {

struct Arguments {
	std::string path;
	bool json = false;
};

// For a file that klp did not check, or not completely.
int give_up(const Arguments &arguments, const std::string &release, const Error &error,
	    Verdict verdict)
{
	if (arguments.json) {
		nlohmann::ordered_json out = failure("klp.check/1", arguments.path, release, error);
		out["sha256"] = "";
		out["verdict"] = name_of(verdict);
		print(out);
	}
	say(stderr, "klp check: %s\n", error.message.c_str());
	return status_of(verdict);
}

int check_file(const Arguments &arguments, Kernel &kernel)
{
	Result<PatchFile> patch =
		PatchFile::open(arguments.path, kernel.klp_layout().value_or(KlpLayout()));
	if (!patch && patch.error().code != EBADMSG)
		return give_up(arguments, kernel.release(), patch.error(),
			       patch.error().code == ENOMEM ? Verdict::undecided
							    : Verdict::refused);
	Report report = patch ? check(*patch, kernel) : malformed_report(patch.error());
	std::string name = patch ? patch->name() : arguments.path;
	if (arguments.json) {
		nlohmann::ordered_json out = document("klp.check/1", name, kernel.release());
		out["sha256"] = patch ? patch->sha256() : "";
		out["message"] = "";
		out["verdict"] = name_of(report.verdict());
		out["errno"] = report.kernel_errno();
		out["findings"] = to_json(report);
		out["manifest"] = patch ? manifest_of(*patch) : nlohmann::ordered_json();
		if (patch) {
			out["removable"] = patch->is_removable();
			out["callbacks"] = callbacks_of(*patch);
			out["states"] = states_of(*patch);
		}
		print(out);
	} else {
		if (patch)
			print_manifest(stdout, *patch);
		tell(report, arguments.path, name, kernel.release());
	}
	return status_of(report.verdict());
}

}

int run_check(int argc, char **argv)
{
	Arguments arguments;
	CommandLine app("Say everything that would prevent loading a livepatch, and load nothing.",
			"klp check");
	app.add_option("PATCH.ko", arguments.path, "the livepatch module, compressed or not")
		->required();
	app.add_flag("--json", arguments.json, "one JSON document on stdout (klp.check/1)");
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;

	Result<Kernel> kernel = Kernel::running();
	if (!kernel) {
		say(stderr, "klp check: %s\n", kernel.error().message.c_str());
		return exit_undecided;
	}
	try {
		return check_file(arguments, *kernel);
	} catch (const std::bad_alloc &) {
		return give_up(arguments, kernel->release(), {ENOMEM, "out of memory"},
			       Verdict::undecided);
	} catch (const std::exception &exception) {
		return give_up(arguments, kernel->release(),
			       {EIO, std::string("unexpected: ") + exception.what()},
			       Verdict::undecided);
	}
}
