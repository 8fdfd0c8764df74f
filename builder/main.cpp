// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../cli/command_line.hpp"
#include "../cli/exit_status.hpp"
#include "../cli/guarded.hpp"
#include "../cli/print.hpp"
#include "../cli/say.hpp"
#include "../libklp/module/patch_label.hpp"
#include "jobs.hpp"
#include "patchability.hpp"
#include "report.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <sys/utsname.h>
#include <unistd.h>

using namespace klp;

static int run_diff(int argc, char **argv)
{
	std::string before_path, after_path;
	bool json = false;
	CommandLine app("Say which functions and variables differ between two kernel objects.",
			"klp-build diff");
	app.add_option("BEFORE.o", before_path, "made from the source before a change")->required();
	app.add_option("AFTER.o", after_path, "made from the source after it")->required();
	app.add_flag("--json", json, "one JSON document on stdout (klp.diff/1)");
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	Result<Object> before = Object::open(before_path), after = Object::open(after_path);
	if (!before || !after) {
		const Error &error = before ? after.error() : before.error();
		say_lines(stderr, "klp-build diff: " + error.message);
		return exit_failed;
	}
	Difference difference(*before, *after);
	std::vector<Refusal> refusals = check_patchability(*before, *after, difference);
	if (json)
		print(to_json(*before, *after, difference, refusals));
	else
		print_diff(*before, *after, difference);
	if (!json)
		print_refusals(stdout, refusals);
	bool refused = std::ranges::any_of(
		refusals, [](const Refusal &refusal) { return refusal.kind->error; });
	return refused ? exit_failed : exit_done;
}

static int status_of(BuildResult result)
{
	if (result == BuildResult::nothing_to_patch)
		return exit_nothing_to_patch;
	return result == BuildResult::built ? exit_done : exit_failed;
}

// klp-build reports this, since the fix may be meant for another machine.
static std::string running_release()
{
	utsname name = {};
	uname(&name);
	say(stderr, "klp-build: for the kernel that runs, %s\n", name.release);
	return name.release;
}

static void show_command(const std::string &folder, const std::string &command)
{
	if (folder.empty())
		say(stderr, "+ %s\n", command.c_str());
	else
		say(stderr, "+ cd %s && %s\n", shell_word(folder).c_str(), command.c_str());
}

static int run_build(int argc, char **argv)
{
	BuildOptions options;
	KernelTree::Own own;
	bool json = false, explain = false, no_replace = false, verbose = false;
	size_t jobs = 0, version = 0;
	CommandLine app("Make a livepatch module of a source fix, for a kernel as it was shipped.",
			"klp-build");
	app.footer("klp-build diff --help: compare two objects");
	CommandLineOption *fix =
		app.add_option("FIX.patch", options.patches, "patches to the kernel's source")
			->check(existing_file());
	CommandLineOption *sample =
		app.add_flag("--sample", options.sample,
			     "in place of a fix, make a livepatch to try klp with: it adds "
			     "' klp_sample' to /proc/cmdline");
	sample->excludes(fix);
	app.add_option("--kernel", options.release,
		       "a kernel release of Debian's; without it that of the kernel that runs")
		->type_name("RELEASE");
	app.add_option("-o,--output", options.output, "the module to write")->type_name("FILE");
	app.add_flag("--explain", explain, "say why each function is in the patch");
	app.add_flag("--json", json, "one JSON document on stdout (klp.build/1)");
	app.add_flag("--verbose", verbose, "show the commands that are run");
	app.add_flag("--keep", options.keep,
		     "keep the folder with what is made on the way, and say where it is");
	app.add_option("--jobs", jobs, "commands at a time, else as many as there are CPUs")
		->check(number_between(1, 4096, "commands"))
		->type_name("N");
	app.add_option("--fixes", options.label.fixes,
		       "a CVE that the patch fixes, or another defect; may be repeated")
		->type_name("CVE")
		->one_value_each();
	app.add_option("--version-number", version, "the version of the patch")
		->check(number_between(1, 1e9, "versions"))
		->type_name("N");
	app.add_option("--url", options.label.url, "where more is said of the patch")
		->type_name("URL");
	app.add_flag("--no-replace", no_replace, "leave other patches active");
	app.add_flag("--sandbox", options.sandbox, "let the fix's text reach no other files");
	app.add_option("--sign-key", options.sign.key, "sign the module with this private key")
		->check(existing_file())
		->type_name("KEY");
	app.add_option("--sign-cert", options.sign.certificate, "the certificate of that key")
		->check(existing_file())
		->type_name("FILE");
	CommandLineOption *source =
		app.add_option("--source", own.source, "a kernel's own source tree")
			->check(existing_folder())
			->type_name("DIR");
	CommandLineOption *config = app.add_option("--config", own.config, "its configuration")
					    ->check(existing_file())
					    ->type_name("FILE");
	CommandLineOption *image = app.add_option("--image", own.image, "its vmlinuz")
					   ->check(existing_file())
					   ->type_name("FILE");
	CommandLineOption *modules =
		app.add_option("--modules", own.modules, "its folder lib/modules/RELEASE")
			->check(existing_folder())
			->type_name("DIR");
	source->needs(config)->needs(image)->needs(modules);
	for (CommandLineOption *option : {config, image, modules})
		option->needs(source);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	if (options.patches.empty() && !options.sample) {
		say(stderr, "klp-build: no FIX.patch is given; see 'klp-build --help'\n");
		return exit_usage;
	}
	bool two_kernels = !options.release.empty() && !own.source.empty();
	if (two_kernels || options.sign.key.empty() != options.sign.certificate.empty()) {
		say(stderr, "klp-build: %s; see 'klp-build --help'\n",
		    two_kernels ? "give one of --kernel and --source"
				: "--sign-key and --sign-cert go together");
		return exit_usage;
	}
	if (version)
		options.label.version = std::to_string(version);
	Result<> label = check_label(options.label);
	if (!label) {
		say(stderr, "klp-build: %s\n", label.error().message.c_str());
		return exit_usage;
	}
	if (options.release.empty() && own.source.empty())
		options.release = running_release();
	if (!own.source.empty())
		options.own = own;
	options.replace = !no_replace;
	limit_jobs(jobs);
	if (verbose)
		show_jobs(show_command);
	options.sign.passphrase = take_passphrase();
	if (verbose || isatty(STDERR_FILENO))
		options.progress = [](const std::string &what) {
			say(stderr, "klp-build: %s\n", what.c_str());
		};
	BuildOutcome outcome = build(options);
	if (json)
		print(to_json(outcome));
	else
		print_build(outcome, explain);
	return status_of(outcome.result);
}

// An interrupted build ends as after any failure, and removes its files.
static void handle_signals()
{
	struct sigaction action = {};
	action.sa_handler = [](int) { interrupt_jobs(); };
	for (int signal : {SIGINT, SIGTERM, SIGHUP})
		sigaction(signal, &action, nullptr);
}

int main(int argc, char **argv)
{
	handle_signals();
	return guarded("klp-build", exit_failed, "", [&] {
		if (argc > 1 && strcmp(argv[1], "diff") == 0)
			return run_diff(argc - 1, argv + 1);
		return run_build(argc, argv);
	});
}
