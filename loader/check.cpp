// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../cli/exit_status.hpp"
#include "denied.hpp"
#include "json.hpp"
#include "manifest.hpp"
#include "terminal.hpp"
#include "verbs.hpp"
#include "words.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <new>
#include <optional>

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

namespace {

// The facts that a kernel on disk does not tell.
constexpr const char *only_running[] = {
	"livepatches and modules in memory",
	"tracers",
	"keys and lockdown",
	"kernel.modules_disabled",
	"kernel.ftrace_enabled",
};

struct Arguments {
	std::vector<std::string> paths;
	std::vector<std::string> kernels; // none: the running one
	bool json = false;
};

// The check of one patch for one kernel.
struct Answer {
	std::string path;
	std::string kernel; // its release, or the argument that names no kernel
	bool on_disk;
	std::optional<PatchFile> patch; // nothing where the file could not be read
	Report report;
	Verdict verdict;
	Error error = {}; // of a check that did not take place, or not completely

	std::string name() const { return patch ? patch->name() : path; }
};

}

static Answer unchecked(Answer answer, const Error &error, Verdict verdict)
{
	answer.error = error;
	answer.verdict = verdict;
	return answer;
}

static Answer check_file(Answer answer, Kernel &kernel)
{
	try {
		Result<PatchFile> patch =
			PatchFile::open(answer.path, kernel.klp_layout().value_or(KlpLayout()));
		if (!patch && patch.error().code != EBADMSG)
			return unchecked(std::move(answer), patch.error(),
					 patch.error().code == ENOMEM ? Verdict::undecided
								      : Verdict::refused);
		answer.report = patch ? check(*patch, kernel) : malformed_report(patch.error());
		answer.verdict = answer.report.verdict();
		if (patch)
			answer.patch = std::move(*patch);
		return answer;
	} catch (const std::bad_alloc &) {
		return unchecked(std::move(answer), {ENOMEM, "out of memory"}, Verdict::undecided);
	} catch (const std::exception &exception) {
		return unchecked(std::move(answer),
				 {EIO, std::string("unexpected: ") + exception.what()},
				 Verdict::undecided);
	}
}

static Colour colour_of(Verdict verdict)
{
	switch (verdict) {
	case Verdict::loads:
		return Colour::green;
	case Verdict::refused:
		return Colour::red;
	case Verdict::undecided:
		return Colour::yellow;
	}
	__builtin_unreachable();
}

static void tell_what_is_left_out()
{
	say(stdout, "not checked, since only a running machine tells it:");
	const char *before = " ";
	for (const char *fact : only_running) {
		say(stdout, "%s%s", before, fact);
		before = ", ";
	}
	say(stdout, "\n");
}

static void tell(const Answer &answer)
{
	if (answer.error.code != 0) {
		say(stderr, "klp check: %s\n", answer.error.message.c_str());
		return;
	}
	if (answer.patch)
		print_manifest(stdout, *answer.patch);
	Denied denied;
	Report shown = answer.report;
	denied.take(&shown);
	print_findings(stdout, shown, true);
	denied.print(stdout, "klp check " + answer.path);
	say(stdout, "%s: ", answer.name().c_str());
	say_in_colour(stdout, colour_of(answer.verdict), name_of(answer.verdict));
	say(stdout, " on %s", answer.kernel.c_str());
	int code = answer.report.kernel_errno();
	if (code != 0)
		say(stdout, "; the kernel would answer %s (%s)", strerrorname_np(code),
		    strerror(code));
	say(stdout, "\n");
	if (answer.on_disk)
		tell_what_is_left_out();
}

// The findings that decide, each kind once; or the reason why there was no check.
static std::string reasons(const Answer &answer)
{
	if (answer.error.code != 0)
		return answer.error.message;
	std::string text;
	const FindingKind *last = nullptr;
	for (const Finding &finding : answer.report.findings) {
		bool decides = finding.kind->severity == Severity::error || finding.kind->undecides;
		if (!decides || finding.kind == last)
			continue;
		last = finding.kind;
		text += (text.empty() ? "" : ", ") + std::string(finding.kind->id);
	}
	int code = answer.report.kernel_errno();
	return code == 0 ? text : text + " (" + strerrorname_np(code) + ")";
}

// One line for each patch and kernel, in columns.
static void tell_matrix(const std::vector<Answer> &answers)
{
	size_t patch_width = 0, kernel_width = 0;
	for (const Answer &answer : answers) {
		patch_width = std::max(patch_width, answer.name().size());
		kernel_width = std::max(kernel_width, answer.kernel.size());
	}
	for (const Answer &answer : answers) {
		const char *verdict = name_of(answer.verdict);
		say(stdout, "%-*s  %-*s  ", static_cast<int>(patch_width), answer.name().c_str(),
		    static_cast<int>(kernel_width), answer.kernel.c_str());
		say_in_colour(stdout, colour_of(answer.verdict), verdict);
		std::string why = reasons(answer);
		if (!why.empty())
			say(stdout, "%*s  %s",
			    static_cast<int>(strlen("undecided") - strlen(verdict)), "",
			    why.c_str());
		say(stdout, "\n");
	}
	if (std::ranges::any_of(answers, &Answer::on_disk))
		tell_what_is_left_out();
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

static nlohmann::ordered_json to_json(const Answer &answer)
{
	constexpr const char *schema = "klp.check/1";
	bool failed = answer.error.code != 0;
	nlohmann::ordered_json out =
		failed ? failure(schema, answer.path, answer.kernel, answer.error)
		       : document(schema, answer.name(), answer.kernel);
	out["sha256"] = answer.patch ? answer.patch->sha256() : "";
	out["verdict"] = name_of(answer.verdict);
	out["not_checked"] = nlohmann::ordered_json::array();
	if (answer.on_disk)
		out["not_checked"] = only_running;
	if (failed)
		return out;
	out["message"] = "";
	out["errno"] = answer.report.kernel_errno();
	out["findings"] = to_json(answer.report);
	out["manifest"] = answer.patch ? manifest_of(*answer.patch) : nlohmann::ordered_json();
	if (answer.patch) {
		out["removable"] = answer.patch->is_removable();
		out["callbacks"] = callbacks_of(*answer.patch);
		out["states"] = states_of(*answer.patch);
	}
	return out;
}

static void print_matrix(const std::vector<Answer> &answers)
{
	nlohmann::ordered_json out = {{"schema", "klp.check-matrix/1"},
				      {"checks", nlohmann::ordered_json::array()}};
	for (const Answer &answer : answers)
		out["checks"].push_back(to_json(answer));
	print(out);
}

// The checks of all patches for one kernel; "" is the running one.
static void check_for(const std::string &named, const std::vector<std::string> &paths,
		      std::vector<Answer> *answers)
{
	bool on_disk = !named.empty();
	Result<Kernel> kernel = on_disk ? Kernel::on_disk(named) : Kernel::running();
	std::string release = kernel ? kernel->release() : on_disk ? named : "running";
	for (const std::string &path : paths) {
		Answer answer = {path,	       release,	 on_disk,
				 std::nullopt, Report{}, Verdict::undecided};
		answers->push_back(
			kernel ? check_file(std::move(answer), *kernel)
			       : unchecked(std::move(answer), kernel.error(), Verdict::undecided));
	}
}

// The worst of the verdicts: refused, then undecided.
static int status_of(const std::vector<Answer> &answers)
{
	for (Verdict verdict : {Verdict::refused, Verdict::undecided}) {
		if (std::ranges::find(answers, verdict, &Answer::verdict) != answers.end())
			return status_of(verdict);
	}
	return exit_done;
}

int run_check(int argc, char **argv)
{
	Arguments arguments;
	CommandLine app("Say everything that would prevent loading a livepatch, and load nothing.",
			"klp check");
	app.add_option("PATCH.ko", arguments.paths, "livepatch modules, compressed or not")
		->required();
	app.add_option("--kernel", arguments.kernels,
		       "check for this kernel on disk and not for the running one: an installed "
		       "release, a folder with vmlinuz and lib/modules, or a vmlinuz")
		->one_value_each();
	app.add_flag("--json", arguments.json,
		     "one JSON document on stdout (klp.check/1, or klp.check-matrix/1 for several "
		     "checks)");
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;

	std::vector<Answer> answers;
	if (arguments.kernels.empty())
		check_for("", arguments.paths, &answers);
	for (const std::string &kernel : arguments.kernels)
		check_for(kernel, arguments.paths, &answers);
	bool one = answers.size() == 1;
	if (arguments.json && one)
		print(to_json(answers[0]));
	else if (arguments.json)
		print_matrix(answers);
	else if (!one)
		tell_matrix(answers);
	if (one && (!arguments.json || answers[0].error.code != 0))
		tell(answers[0]);
	return status_of(answers);
}
