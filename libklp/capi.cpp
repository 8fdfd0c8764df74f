// SPDX-License-Identifier: LGPL-2.1-or-later
// The C ABI over the C++ API. Each opaque struct holds the C++ object as rep, and the records that
// point into it, so none of these structs is ever moved. Records are made here and nowhere else.
// Nothing in libklp throws, but memory may run out, and a library or a callback may throw.
// guarded() catches these exceptions; every function that can fail goes through guarded().
#include "fail.hpp"

#include <klp/klp.h>
#include <klp/load.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <klp/loaded_label.hpp>
#include <klp/masked.hpp>
#include <klp/pending_tasks.hpp>
#include <new>

namespace {

thread_local std::string last_error;

int failed(const klp::Error &error)
{
	last_error = error.message;
	return -error.code;
}

int unexpected(const char *what) noexcept
{
	try {
		last_error = "unexpected: " + klp::masked(what);
		return -EIO;
	} catch (...) {
		last_error = "out of memory";
		return -ENOMEM;
	}
}

template <class Call> int guarded(Call call) noexcept
{
	try {
		return call();
	} catch (const std::bad_alloc &) {
		// This string is short enough to need no allocation, and so is the one below.
		last_error = "out of memory";
		return -ENOMEM;
	} catch (const std::exception &exception) {
		return unexpected(exception.what());
	} catch (...) {
		last_error = "an exception";
		return -EIO;
	}
}

template <class Record> const Record *at(const std::vector<Record> &records, size_t index)
{
	return index < records.size() ? &records[index] : nullptr;
}

libklp_answer answer(std::optional<bool> known)
{
	if (!known)
		return LIBKLP_UNKNOWN;
	return *known ? LIBKLP_YES : LIBKLP_NO;
}

libklp_loaded_patch record_of(const klp::LoadedPatch &patch)
{
	return {patch.name.c_str(), static_cast<libklp_phase>(patch.phase()), answer(patch.replace),
		patch.stack_order.value_or(0)};
}

std::string joined(const std::vector<std::string> &words)
{
	std::string text;
	for (const std::string &word : words)
		text += (text.empty() ? "" : " ") + word;
	return text;
}

// Options as this library knows them, from a caller that may know fewer or more.
template <class Options> klp::Result<Options> read_options(const Options *given)
{
	Options known = {};
	if (!given)
		return known;
	size_t size = given->size;
	if (size < sizeof(size))
		return klp::fail(EINVAL, "options of %zu bytes: their size is to be set", size);
	const char *bytes = reinterpret_cast<const char *>(given);
	if (size > sizeof(known) &&
	    std::any_of(bytes + sizeof(known), bytes + size, [](char byte) { return byte != 0; }))
		return klp::fail(E2BIG, "options of %zu bytes: this library knows %zu", size,
				 sizeof(known));
	std::memcpy(&known, given, std::min(size, sizeof(known)));
	if (known.on_timeout != LIBKLP_ON_TIMEOUT_REVERSE &&
	    known.on_timeout != LIBKLP_ON_TIMEOUT_KEEP)
		return klp::fail(EINVAL, "on_timeout is neither reverse nor keep: %d",
				 static_cast<int>(known.on_timeout));
	constexpr unsigned int all =
		LIBKLP_WITHOUT_ASSIST | LIBKLP_WITHOUT_BPF | LIBKLP_WITHOUT_RUNTIME;
	if (known.without & ~all)
		return klp::fail(EINVAL, "without has bits that mean nothing: 0x%x of 0x%x",
				 known.without, all);
	if (known.urgency < LIBKLP_URGENCY_NORMAL || known.urgency > LIBKLP_URGENCY_NOW)
		return klp::fail(EINVAL, "urgency is neither normal, gentle nor now: %d",
				 static_cast<int>(known.urgency));
	return known;
}

}

// C and C++ enums have equal values where the code casts them.
static_assert(LIBKLP_VERDICT_UNDECIDED == static_cast<int>(klp::Verdict::undecided));
static_assert(LIBKLP_SEVERITY_ERROR == static_cast<int>(klp::Severity::error));
static_assert(LIBKLP_PHASE_DISABLED == static_cast<int>(klp::LoadedPatch::Phase::disabled));
static_assert(LIBKLP_FORCE_UNDECIDED == static_cast<int>(klp::Verification::Verdict::undecided));
static_assert(LIBKLP_FORCE_SUPERSEDED == static_cast<int>(klp::Verification::Verdict::superseded));
static_assert(LIBKLP_REDIRECTION_UNSEEN == static_cast<int>(klp::VerifiedFunction::State::unseen));
static_assert(LIBKLP_RESULT_UNVERIFIED == static_cast<int>(klp::LoadResult::unverified));

struct libklp_kernel {
	klp::Kernel rep;
};

struct libklp_patch {
	explicit libklp_patch(klp::PatchFile patch);
	libklp_patch(const libklp_patch &) = delete;

	klp::PatchFile rep;
	std::optional<std::string> vermagic;
	std::string build_id;
	std::vector<std::string> parameters;
	std::vector<std::string> callbacks;
	std::vector<libklp_object> objects;
	std::vector<libklp_function> functions;
	std::vector<libklp_state> states;
};

libklp_patch::libklp_patch(klp::PatchFile patch)
    : rep(std::move(patch)),
      vermagic(rep.vermagic()),
      build_id(rep.build_id()),
      parameters(rep.parameters())
{
	for (const klp::PatchedObject &object : rep.objects())
		callbacks.push_back(joined(object.callbacks));
	for (const klp::PatchedObject &object : rep.objects()) {
		objects.push_back({object.name.c_str(), callbacks[objects.size()].c_str()});
		for (const klp::PatchedFunction &function : object.functions)
			functions.push_back({object.name.c_str(), function.name.c_str(),
					     function.sympos, function.replacement.c_str()});
	}
	for (const klp::PatchState &state : rep.states())
		states.push_back({state.id, state.version});
}

struct libklp_report {
	explicit libklp_report(klp::Report report) : rep(std::move(report)) { make_records(); }
	libklp_report(const libklp_report &) = delete;
	void make_records();

	klp::Report rep;
	std::vector<libklp_finding> findings;
};

void libklp_report::make_records()
{
	findings.clear();
	for (const klp::Finding &finding : rep.findings)
		findings.push_back(
			{finding.kind->id, static_cast<libklp_severity>(finding.kind->severity),
			 finding.kernel_errno, finding.object.c_str(), finding.function.c_str(),
			 finding.message.c_str(), finding.cure, finding.kind->undecides});
}

struct libklp_label {
	klp::PatchLabel rep;
};

struct libklp_loaded {
	explicit libklp_loaded(std::vector<klp::LoadedPatch> patches) : rep(std::move(patches))
	{
		for (const klp::LoadedPatch &patch : rep)
			records.push_back(record_of(patch));
	}
	libklp_loaded(const libklp_loaded &) = delete;

	std::vector<klp::LoadedPatch> rep;
	std::vector<libklp_loaded_patch> records;
};

struct libklp_verification {
	explicit libklp_verification(klp::Verification verification)
	    : rep(std::move(verification)), patch(record_of(rep.patch))
	{
		for (const klp::VerifiedFunction &function : rep.functions)
			functions.push_back({function.object.c_str(), function.name.c_str(),
					     function.sympos,
					     static_cast<libklp_redirection>(function.state),
					     function.why.c_str()});
	}
	libklp_verification(const libklp_verification &) = delete;

	klp::Verification rep;
	libklp_loaded_patch patch;
	std::vector<libklp_verified_function> functions;
};

struct libklp_tasks {
	explicit libklp_tasks(std::vector<klp::Task> tasks) : rep(std::move(tasks))
	{
		for (const klp::Task &task : rep)
			records.push_back({task.tid, task.tgid, task.comm.c_str(),
					   task.kernel_thread, task.state, task.function.c_str(),
					   task.waits_in.c_str()});
	}
	libklp_tasks(const libklp_tasks &) = delete;

	std::vector<klp::Task> rep;
	std::vector<libklp_task> records;
};

struct libklp_outcome {
	explicit libklp_outcome(klp::LoadOutcome outcome);
	explicit libklp_outcome(klp::UnloadOutcome outcome);
	libklp_outcome(const libklp_outcome &) = delete;

	libklp_result result;
	const char *name;
	std::string message;
	int code;
	bool changed;
	bool already_loaded;
	std::string mode;
	libklp_times times;
	libklp_report report;
	libklp_tasks blockers;
	std::optional<libklp_verification> verification;
	std::vector<std::string> kernel_messages;
};

static libklp_result result_of(klp::UnloadResult result)
{
	switch (result) {
	case klp::UnloadResult::unloaded:
		return LIBKLP_RESULT_DONE;
	case klp::UnloadResult::absent:
		return LIBKLP_RESULT_ABSENT;
	case klp::UnloadResult::failed:
		return LIBKLP_RESULT_FAILED;
	case klp::UnloadResult::reversed:
		return LIBKLP_RESULT_REVERSED;
	case klp::UnloadResult::in_transition:
		return LIBKLP_RESULT_IN_TRANSITION;
	case klp::UnloadResult::lingering:
		return LIBKLP_RESULT_LINGERING;
	}
	__builtin_unreachable();
}

libklp_outcome::libklp_outcome(klp::LoadOutcome outcome)
    : result(static_cast<libklp_result>(outcome.result)),
      name(klp::name_of(outcome.result)),
      message(std::move(outcome.message)),
      code(outcome.code),
      changed(outcome.changed),
      already_loaded(outcome.already_loaded),
      mode(std::move(outcome.mode)),
      times{outcome.times_ms.check,
	    outcome.times_ms.insert,
	    outcome.times_ms.transition,
	    outcome.times_ms.verify,
	    0,
	    outcome.times_ms.total},
      report(std::move(outcome.report)),
      blockers(std::move(outcome.blockers)),
      kernel_messages(std::move(outcome.kernel_messages))
{
	if (outcome.verification)
		verification.emplace(std::move(*outcome.verification));
}

libklp_outcome::libklp_outcome(klp::UnloadOutcome outcome)
    : result(result_of(outcome.result)),
      name(klp::name_of(outcome.result)),
      message(std::move(outcome.message)),
      code(outcome.code),
      changed(outcome.changed),
      already_loaded(false),
      mode(std::move(outcome.mode)),
      times{0, 0, outcome.times_ms.transition, 0, outcome.times_ms.drain, outcome.times_ms.total},
      report(klp::Report()),
      blockers(std::move(outcome.blockers))
{
}

static klp::KlpLayout layout_of(libklp_kernel *kernel)
{
	return kernel ? kernel->rep.klp_layout().value_or(klp::KlpLayout()) : klp::KlpLayout();
}

static std::function<void(const klp::Transition::Progress &)>
progress_to(libklp_progress_fn *progress, void *user)
{
	if (!progress)
		return nullptr;
	return [=](const klp::Transition::Progress &now) {
		libklp_tasks remaining(now.remaining);
		libklp_progress record = {static_cast<unsigned>(now.elapsed.count()),
					  static_cast<unsigned>(now.left.count()), &remaining};
		progress(&record, user);
	};
}

static klp::Urgency to_urgency(libklp_urgency urgency)
{
	switch (urgency) {
	case LIBKLP_URGENCY_GENTLE:
		return klp::Urgency::gentle;
	case LIBKLP_URGENCY_NOW:
		return klp::Urgency::now;
	default:
		return klp::Urgency::normal;
	}
}

// The options that load and unload share.
template <class Options, class Given> static void fill(Options *options, const Given &given)
{
	if (given.timeout_ms != 0)
		options->timeout = std::chrono::milliseconds(given.timeout_ms);
	options->on_timeout = given.on_timeout == LIBKLP_ON_TIMEOUT_KEEP ? klp::OnTimeout::keep
									 : klp::OnTimeout::reverse;
	options->interrupt_fd = given.interrupt_fd > 0 ? given.interrupt_fd : -1;
	options->progress = progress_to(given.progress, given.user);
	options->aids = {.assist = !(given.without & LIBKLP_WITHOUT_ASSIST),
			 .bpf = !(given.without & LIBKLP_WITHOUT_BPF),
			 .runtime = !(given.without & LIBKLP_WITHOUT_RUNTIME),
			 .urgency = to_urgency(given.urgency)};
}

static klp::LoadOptions options_of(const libklp_load_options &given)
{
	klp::LoadOptions options;
	fill(&options, given);
	options.allow_unverified = given.allow_unverified != 0;
	for (const char *const *id = given.allow; id && *id; id++)
		options.allow.push_back(*id);
	if (given.parameters)
		options.parameters = given.parameters;
	if (given.checked)
		options.checked = [=](const klp::Report &report) {
			libklp_report copy(report);
			given.checked(&copy, given.user);
		};
	return options;
}

template <class Outcome> static int hand_out(Outcome outcome, libklp_outcome **ret)
{
	auto made = std::make_unique<libklp_outcome>(std::move(outcome));
	if (made->result != LIBKLP_RESULT_DONE)
		last_error = made->message;
	*ret = made.release();
	return (*ret)->result;
}

extern "C" {

const char *libklp_version(void)
{
	return LIBKLP_VERSION;
}
const char *libklp_last_error(void)
{
	return last_error.c_str();
}

int libklp_kernel_running(libklp_kernel **ret)
{
	return guarded([&] {
		klp::Result<klp::Kernel> kernel = klp::Kernel::running();
		if (!kernel)
			return failed(kernel.error());
		*ret = new libklp_kernel{std::move(*kernel)};
		return 0;
	});
}

void libklp_kernel_free(libklp_kernel *kernel)
{
	delete kernel;
}
const char *libklp_kernel_release(const libklp_kernel *kernel)
{
	return kernel->rep.release().c_str();
}
int libklp_kernel_has_livepatch(const libklp_kernel *kernel)
{
	return kernel->rep.has_livepatch();
}

int libklp_patch_open(const char *path, libklp_kernel *kernel, libklp_patch **ret)
{
	return guarded([&] {
		klp::Result<klp::PatchFile> patch = klp::PatchFile::open(path, layout_of(kernel));
		if (!patch)
			return failed(patch.error());
		*ret = new libklp_patch(std::move(*patch));
		return 0;
	});
}

int libklp_patch_parse(const char *path, const void *bytes, size_t size, libklp_kernel *kernel,
		       libklp_patch **ret)
{
	return guarded([&] {
		const std::byte *begin = static_cast<const std::byte *>(bytes);
		klp::Result<klp::PatchFile> patch =
			klp::PatchFile::parse(path, {begin, begin + size}, layout_of(kernel));
		if (!patch)
			return failed(patch.error());
		*ret = new libklp_patch(std::move(*patch));
		return 0;
	});
}

void libklp_patch_free(libklp_patch *patch)
{
	delete patch;
}
const char *libklp_patch_path(const libklp_patch *patch)
{
	return patch->rep.path().c_str();
}
const char *libklp_patch_name(const libklp_patch *patch)
{
	return patch->rep.name().c_str();
}
const char *libklp_patch_sha256(const libklp_patch *patch)
{
	return patch->rep.sha256().c_str();
}
const char *libklp_patch_build_id(const libklp_patch *patch)
{
	return patch->build_id.c_str();
}
int libklp_patch_is_livepatch(const libklp_patch *patch)
{
	return patch->rep.is_livepatch();
}
int libklp_patch_is_signed(const libklp_patch *patch)
{
	return patch->rep.is_signed();
}
libklp_answer libklp_patch_replace(const libklp_patch *patch)
{
	return answer(patch->rep.replace());
}
const char *libklp_patch_vermagic(const libklp_patch *patch)
{
	return patch->vermagic ? patch->vermagic->c_str() : nullptr;
}
const void *libklp_patch_bytes(const libklp_patch *patch, size_t *size)
{
	*size = patch->rep.bytes().size();
	return patch->rep.bytes().data();
}
const libklp_object *libklp_patch_object(const libklp_patch *patch, size_t index)
{
	return at(patch->objects, index);
}
const libklp_function *libklp_patch_function(const libklp_patch *patch, size_t index)
{
	return at(patch->functions, index);
}
const libklp_state *libklp_patch_state(const libklp_patch *patch, size_t index)
{
	return at(patch->states, index);
}
const char *libklp_patch_parameter(const libklp_patch *patch, size_t index)
{
	return index < patch->parameters.size() ? patch->parameters[index].c_str() : nullptr;
}
const char *libklp_patch_unknown(const libklp_patch *patch, size_t index)
{
	std::span<const std::string> unknowns = patch->rep.unknowns();
	return index < unknowns.size() ? unknowns[index].c_str() : nullptr;
}

static int hand_out(const klp::Result<klp::PatchLabel> &label, libklp_label **ret)
{
	if (!label)
		return failed(label.error());
	*ret = new libklp_label{*label};
	return 0;
}

int libklp_patch_label(const libklp_patch *patch, libklp_label **ret)
{
	return guarded([&] { return hand_out(patch->rep.label(), ret); });
}
int libklp_loaded_label(libklp_kernel *kernel, const char *name, libklp_label **ret)
{
	return guarded([&] { return hand_out(klp::label_of(kernel->rep, name), ret); });
}

void libklp_label_free(libklp_label *label)
{
	delete label;
}
const char *libklp_label_fix(const libklp_label *label, size_t index)
{
	return index < label->rep.fixes.size() ? label->rep.fixes[index].c_str() : nullptr;
}
int libklp_label_by_name(const libklp_label *label)
{
	return label->rep.source == klp::PatchLabel::Source::name;
}
const char *libklp_label_version(const libklp_label *label)
{
	return label->rep.version.c_str();
}
const char *libklp_label_url(const libklp_label *label)
{
	return label->rep.url.c_str();
}

int libklp_check(const libklp_patch *patch, libklp_kernel *kernel, const char *parameters,
		 libklp_report **ret)
{
	return guarded([&] {
		*ret = new libklp_report(
			klp::check(patch->rep, kernel->rep, parameters ? parameters : ""));
		return 0;
	});
}

void libklp_report_free(libklp_report *report)
{
	delete report;
}
libklp_verdict libklp_report_verdict(const libklp_report *report)
{
	return static_cast<libklp_verdict>(report->rep.verdict());
}
int libklp_report_kernel_errno(const libklp_report *report)
{
	return report->rep.kernel_errno();
}
const libklp_finding *libklp_report_finding(const libklp_report *report, size_t index)
{
	return at(report->findings, index);
}
int libklp_report_allow(libklp_report *report, const char *id)
{
	return guarded([&] {
		klp::Result<> allowed = report->rep.allow(id);
		if (!allowed)
			return failed(allowed.error());
		report->make_records();
		return 0;
	});
}

int libklp_loaded_list(libklp_kernel *kernel, libklp_loaded **ret)
{
	return guarded([&] {
		klp::Result<std::vector<klp::LoadedPatch>> patches = kernel->rep.livepatches();
		if (!patches)
			return failed(patches.error());
		*ret = new libklp_loaded(std::move(*patches));
		return 0;
	});
}

void libklp_loaded_free(libklp_loaded *loaded)
{
	delete loaded;
}
const libklp_loaded_patch *libklp_loaded_get(const libklp_loaded *loaded, size_t index)
{
	return at(loaded->records, index);
}

int libklp_verify(libklp_kernel *kernel, const char *name, libklp_verification **ret)
{
	return guarded([&] {
		klp::Result<klp::Verification> verification = klp::verify(kernel->rep, name);
		if (!verification)
			return failed(verification.error());
		*ret = new libklp_verification(std::move(*verification));
		return 0;
	});
}

void libklp_verification_free(libklp_verification *verification)
{
	delete verification;
}
libklp_force libklp_verification_verdict(const libklp_verification *verification)
{
	return static_cast<libklp_force>(verification->rep.verdict());
}
const libklp_loaded_patch *libklp_verification_patch(const libklp_verification *verification)
{
	return &verification->patch;
}
const libklp_verified_function *
libklp_verification_function(const libklp_verification *verification, size_t index)
{
	return at(verification->functions, index);
}

int libklp_tasks_in_transition(libklp_kernel *kernel, const char *name, libklp_tasks **ret)
{
	return guarded([&] {
		klp::Result<std::vector<klp::Task>> tasks = klp::pending_tasks(kernel->rep, name);
		if (!tasks)
			return failed(tasks.error());
		*ret = new libklp_tasks(std::move(*tasks));
		return 0;
	});
}

void libklp_tasks_free(libklp_tasks *tasks)
{
	delete tasks;
}
const libklp_task *libklp_tasks_get(const libklp_tasks *tasks, size_t index)
{
	return at(tasks->records, index);
}

int libklp_load(const libklp_patch *patch, libklp_kernel *kernel,
		const libklp_load_options *options, libklp_outcome **ret)
{
	return guarded([&] {
		klp::Result<libklp_load_options> given = read_options(options);
		if (!given)
			return failed(given.error());
		return hand_out(klp::load(patch->rep, kernel->rep, options_of(*given)), ret);
	});
}

int libklp_unload(const char *name, libklp_kernel *kernel, const libklp_unload_options *options,
		  libklp_outcome **ret)
{
	return guarded([&] {
		klp::Result<libklp_unload_options> given = read_options(options);
		if (!given)
			return failed(given.error());
		if (given->reserved != 0)
			return failed({EINVAL, "the reserved option is not 0"});
		klp::UnloadOptions known;
		fill(&known, *given);
		return hand_out(klp::unload(name, kernel->rep, known), ret);
	});
}

void libklp_outcome_free(libklp_outcome *outcome)
{
	delete outcome;
}
libklp_result libklp_outcome_result(const libklp_outcome *outcome)
{
	return outcome->result;
}
const char *libklp_outcome_result_name(const libklp_outcome *outcome)
{
	return outcome->name;
}
const char *libklp_outcome_message(const libklp_outcome *outcome)
{
	return outcome->message.c_str();
}
int libklp_outcome_errno(const libklp_outcome *outcome)
{
	return outcome->code;
}
int libklp_outcome_changed(const libklp_outcome *outcome)
{
	return outcome->changed;
}
int libklp_outcome_already_loaded(const libklp_outcome *outcome)
{
	return outcome->already_loaded;
}
const char *libklp_outcome_mode(const libklp_outcome *outcome)
{
	return outcome->mode.c_str();
}
const libklp_times *libklp_outcome_times(const libklp_outcome *outcome)
{
	return &outcome->times;
}
const libklp_report *libklp_outcome_report(const libklp_outcome *outcome)
{
	return &outcome->report;
}
const libklp_verification *libklp_outcome_verification(const libklp_outcome *outcome)
{
	return outcome->verification ? &*outcome->verification : nullptr;
}
const libklp_tasks *libklp_outcome_blockers(const libklp_outcome *outcome)
{
	return &outcome->blockers;
}
const char *libklp_outcome_kernel_message(const libklp_outcome *outcome, size_t index)
{
	return index < outcome->kernel_messages.size() ? outcome->kernel_messages[index].c_str()
						       : nullptr;
}

int libklp_insert(const libklp_patch *patch, const char *parameters)
{
	return guarded([&] {
		klp::Result<> inserted =
			klp::insert_module(patch->rep, parameters ? parameters : "");
		return inserted ? 0 : failed(inserted.error());
	});
}
}
