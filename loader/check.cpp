// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../cli/exit_status.hpp"
#include "denied.hpp"
#include "json.hpp"
#include "label.hpp"
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
	"keys, module.sig_enforce and lockdown",
	"kernel.modules_disabled and module_blacklist=",
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
	std::string source; // the argument that names the kernel; "" for the running one
	std::string kernel; // its release; where it could not be read, as above
	std::string name; // of the patch; its path where the file could not be read
	nlohmann::ordered_json facts = nlohmann::ordered_json::object(); // of its file
	std::optional<PatchFile> patch; // for a single check
	Report report;
	Verdict verdict = Verdict::undecided;
	Error error = {}; // of a check that did not take place, or not completely
};

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

static const char *name_of(PatchFile::Encoding encoding)
{
	switch (encoding) {
	case PatchFile::Encoding::none:
		return "none";
	case PatchFile::Encoding::static_arrays:
		return "static-arrays";
	case PatchFile::Encoding::kpatch_sections:
		return "kpatch";
	case PatchFile::Encoding::klp_build_sections:
		return "klp-build";
	}
	__builtin_unreachable();
}

// By object, since a name of an object may be long.
static nlohmann::ordered_json objects_of(const PatchFile &patch)
{
	nlohmann::ordered_json list = nlohmann::ordered_json::array();
	for (const PatchedObject &object : patch.objects()) {
		nlohmann::ordered_json functions = nlohmann::ordered_json::array();
		for (const PatchedFunction &function : object.functions)
			functions.push_back(
				{{"function", function.name}, {"sympos", function.sympos}});
		list.push_back({{"object", object.name}, {"functions", std::move(functions)}});
	}
	return list;
}

static nlohmann::ordered_json replace_of(const PatchFile &patch)
{
	std::optional<bool> replace = patch.replace();
	return replace ? nlohmann::ordered_json(*replace) : nlohmann::ordered_json(nullptr);
}

static nlohmann::ordered_json facts_of(const PatchFile &patch)
{
	nlohmann::ordered_json facts;
	facts["sha256"] = patch.sha256();
	facts["encoding"] = name_of(patch.encoding());
	facts["objects"] = objects_of(patch);
	facts["replace"] = replace_of(patch);
	facts["unknowns"] = patch.unknowns();
	facts["manifest"] = manifest_of(patch);
	facts["label"] = to_json(patch.label());
	facts["removable"] = patch.is_removable();
	facts["callbacks"] = callbacks_of(patch);
	facts["states"] = states_of(patch);
	return facts;
}

static void unchecked(Answer *answer, const Error &error, Verdict verdict)
{
	answer->error = error;
	answer->verdict = verdict;
}

// Many unpacked modules would not fit in memory: a patch is kept only for a single check.
static void check_file(Answer *answer, Kernel *kernel, bool is_single)
{
	Result<PatchFile> patch =
		PatchFile::open(answer->path, kernel->klp_layout().value_or(KlpLayout()));
	if (!patch && patch.error().code != EBADMSG)
		return unchecked(answer, patch.error(),
				 patch.error().code == ENOMEM ? Verdict::undecided
							      : Verdict::refused);
	answer->report = patch ? check(*patch, *kernel) : malformed_report(patch.error());
	answer->verdict = answer->report.verdict();
	if (!patch)
		return;
	answer->name = patch->name();
	answer->facts = facts_of(*patch);
	if (is_single)
		answer->patch = std::move(*patch);
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

// If the encoding itself is unknown, a finding says so.
static void tell_what_the_file_leaves_open(const PatchFile &patch)
{
	if (patch.encoding() == PatchFile::Encoding::none)
		return;
	for (const std::string &unknown : patch.unknowns())
		say(stdout, "not known from the file: %s\n", unknown.c_str());
}

static void tell(const Answer &answer)
{
	if (answer.error.code != 0) {
		say(stderr, "klp check: %s\n", answer.error.message.c_str());
		return;
	}
	if (answer.patch) {
		print_manifest(stdout, *answer.patch);
		print_label(stdout, answer.patch->manifest() ? "  " : answer.name + ": ",
			    answer.patch->label());
	}
	Denied denied;
	Report shown = answer.report;
	denied.take(&shown);
	print_findings(stdout, shown, true);
	if (answer.patch)
		tell_what_the_file_leaves_open(*answer.patch);
	std::string option = answer.source.empty() ? "" : "--kernel " + answer.source + " ";
	denied.print(stdout, "klp check " + option + answer.path);
	say(stdout, "%s: ", answer.name.c_str());
	say_in_colour(stdout, colour_of(answer.verdict), name_of(answer.verdict));
	say(stdout, " on %s", answer.kernel.c_str());
	int code = answer.report.kernel_errno();
	if (code != 0)
		say(stdout, "; the kernel would answer %s (%s)", strerrorname_np(code),
		    strerror(code));
	say(stdout, "\n");
	if (!answer.source.empty())
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

// The release; the argument where several have this release.
static const std::string &kernel_of(const Answer &answer, const std::vector<Answer> &answers)
{
	bool is_unique = std::ranges::all_of(answers, [&](const Answer &other) {
		return other.kernel != answer.kernel || other.source == answer.source;
	});
	return is_unique ? answer.kernel : answer.source;
}

// One line for each patch and kernel, in columns.
static void tell_matrix(const std::vector<Answer> &answers)
{
	size_t patch_width = 0, kernel_width = 0;
	for (const Answer &answer : answers) {
		patch_width = std::max(patch_width, answer.name.size());
		kernel_width = std::max(kernel_width, kernel_of(answer, answers).size());
	}
	for (const Answer &answer : answers) {
		const char *verdict = name_of(answer.verdict);
		say(stdout, "%-*s  %-*s  ", static_cast<int>(patch_width), answer.name.c_str(),
		    static_cast<int>(kernel_width), kernel_of(answer, answers).c_str());
		say_in_colour(stdout, colour_of(answer.verdict), verdict);
		std::string why = reasons(answer);
		if (!why.empty())
			say(stdout, "%*s  %s",
			    static_cast<int>(strlen("undecided") - strlen(verdict)), "",
			    why.c_str());
		say(stdout, "\n");
	}
	if (!answers[0].source.empty())
		tell_what_is_left_out();
}

static nlohmann::ordered_json to_json(const Answer &answer)
{
	constexpr const char *schema = "klp.check/1";
	bool failed = answer.error.code != 0;
	nlohmann::ordered_json out =
		failed ? failure(schema, answer.path, answer.kernel, answer.error)
		       : document(schema, answer.name, answer.kernel);
	out["source"] = answer.source;
	out["not_checked"] = nlohmann::ordered_json::array();
	if (!answer.source.empty())
		out["not_checked"] = only_running;
	out["sha256"] = "";
	out["verdict"] = name_of(answer.verdict);
	if (failed)
		return out;
	out["message"] = "";
	out["errno"] = answer.report.kernel_errno();
	out["findings"] = to_json(answer.report);
	out["manifest"] = nullptr;
	out.update(answer.facts);
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

// Checks a patch for a kernel, which may not have been read.
static Answer answer_for(const std::string &path, const std::string &source, Result<Kernel> *kernel,
			 bool is_single)
{
	Answer answer;
	answer.path = answer.name = path;
	answer.source = source;
	answer.kernel = *kernel ? (*kernel)->release() : source.empty() ? "running" : source;
	if (!*kernel) {
		unchecked(&answer, kernel->error(), Verdict::undecided);
		return answer;
	}
	try {
		check_file(&answer, &**kernel, is_single);
	} catch (const std::bad_alloc &) {
		unchecked(&answer, {ENOMEM, "out of memory"}, Verdict::undecided);
	} catch (const std::exception &exception) {
		unchecked(&answer, {EIO, std::string("unexpected: ") + exception.what()},
			  Verdict::undecided);
	}
	return answer;
}

static Result<Kernel> open_kernel(const std::string &source)
{
	try {
		return source.empty() ? Kernel::running() : Kernel::on_disk(source);
	} catch (const std::bad_alloc &) {
		return std::unexpected(Error{ENOMEM, "out of memory"});
	}
}

// The checks of all patches for each kernel; one kernel at a time is in memory.
static std::vector<Answer> answers_for(const Arguments &arguments)
{
	std::vector<std::string> sources = arguments.kernels;
	if (sources.empty())
		sources.emplace_back(); // the running kernel
	bool is_single = sources.size() * arguments.paths.size() == 1;
	std::vector<Answer> answers;
	for (const std::string &source : sources) {
		Result<Kernel> kernel = open_kernel(source);
		for (const std::string &path : arguments.paths)
			answers.push_back(answer_for(path, source, &kernel, is_single));
	}
	return answers;
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
		       "release, a folder with vmlinuz and lib/modules, a vmlinuz, or a profile")
		->one_value_each()
		->check([](const std::string &kernel) {
			return kernel.empty() ? "it is empty" : "";
		});
	app.add_flag("--json", arguments.json,
		     "one JSON document on stdout (klp.check/1, or klp.check-matrix/1 for several "
		     "checks)");
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;

	std::vector<Answer> answers = answers_for(arguments);
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
