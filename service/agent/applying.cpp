// SPDX-License-Identifier: LGPL-2.1-or-later
#include "applying.hpp"
#include "this_machine.hpp"

#include <algorithm>
#include <cerrno>
#include <klp/load.hpp>

namespace klp::agent {

namespace {

Applied refused(std::string reason)
{
	return {Step::refused, line_of(std::move(reason))};
}

// The error that comes first, unless it is allowed.
std::optional<std::string> first_error(const Report &report, const std::vector<std::string> &allow)
{
	for (const Finding &finding : report.findings)
		if (finding.kind->severity == Severity::error &&
		    std::ranges::find(allow, finding.kind->id) == allow.end())
			return std::string(finding.kind->id) + ": " + finding.message;
	return std::nullopt;
}

// Livepatches that this one would remove and that are not the agent's.
Result<std::vector<std::string>> foreign_patches(const Applying &applying, Kernel *kernel)
{
	std::vector<std::string> foreign;
	std::vector<LoadedPatch> patches = TRY(kernel->livepatches());
	for (const LoadedPatch &patch : patches)
		if (patch.phase() != LoadedPatch::Phase::disabled &&
		    patch.name != applying.patch.module &&
		    std::ranges::find(applying.own, patch.name) == applying.own.end())
			foreign.push_back(patch.name);
	return foreign;
}

std::optional<std::string> why_not_replace(const PatchFile &patch, const Applying &applying,
					   Kernel *kernel)
{
	if (patch.replace() == std::optional(false))
		return std::nullopt;
	Result<std::vector<std::string>> foreign = foreign_patches(applying, kernel);
	if (!foreign)
		return foreign.error().message;
	if (foreign->empty())
		return std::nullopt;
	return "it would remove the livepatch '" + foreign->front() +
	       "', which klpd did not load; unload it, or use a build that stays beside it";
}

// Where only predecessors of the agent's are there, the functions that this version drops are
// theirs.
std::vector<std::string> allowed(const Report &report)
{
	if (report.has("replace-drops"))
		return {"replace-drops"};
	return {};
}

std::string words_of(const LoadOutcome &outcome)
{
	std::string words = std::string(name_of(outcome.result)) + ": " + outcome.message;
	for (const Finding &finding : outcome.report.findings)
		if (finding.kind->severity == Severity::error)
			return words + " (" + finding.kind->id + ": " + finding.message + ")";
	return words;
}

Applied load_now(const PatchFile &patch, const Applying &applying, Kernel *kernel,
		 std::vector<std::string> allow)
{
	LoadOptions options;
	options.allow = std::move(allow);
	options.interrupt_fd = applying.interrupt_fd;
	LoadOutcome outcome = load(patch, *kernel, options);
	if (outcome.result == LoadResult::applied)
		return {Step::probation, ""};
	if (outcome.result == LoadResult::refused)
		return refused(words_of(outcome));
	if (outcome.code == ECANCELED && !outcome.changed)
		return {Step::fetched, "interrupted"};
	return {Step::failed, line_of(words_of(outcome)), outcome.changed};
}

}

Applied apply(const Applying &applying, Kernel *kernel)
{
	Result<PatchFile> patch = PatchFile::parse(applying.patch.file, applying.bytes,
						   kernel->klp_layout().value_or(KlpLayout()));
	if (!patch)
		return refused(patch.error().message);
	if (patch->name() != applying.patch.module)
		return refused("the module is named '" + patch->name() +
			       "', and was released as '" + applying.patch.module + "'");
	std::optional<std::string> foreign = why_not_replace(*patch, applying, kernel);
	if (foreign)
		return refused(*foreign);
	Result<bool> is_there = is_in_kernel(kernel, patch->name());
	if (!is_there)
		return refused(is_there.error().message);
	std::vector<std::string> allow;
	// load() compares the bytes of one that is there: it follows a load that died, or refuses.
	if (!*is_there) {
		Report report = check(*patch, *kernel);
		allow = allowed(report);
		std::optional<std::string> error = first_error(report, allow);
		if (error)
			return refused(*error);
	}
	Checked<> ready = applying.before_insertion();
	if (!ready)
		return {Step::failed, line_of(ready.error().message)};
	return load_now(*patch, applying, kernel, std::move(allow));
}

Checked<> remove_patch(const std::string &module, Kernel *kernel, int interrupt_fd)
{
	UnloadOptions options;
	options.interrupt_fd = interrupt_fd;
	UnloadOutcome outcome = unload(module, *kernel, options);
	switch (outcome.result) {
	case UnloadResult::unloaded:
	case UnloadResult::absent:
	case UnloadResult::lingering: // disabled, which is all that was asked for
		return {};
	case UnloadResult::failed:
	case UnloadResult::reversed:
	case UnloadResult::in_transition:
		break;
	}
	return tuf::refuse(tuf::FaultKind::local, "cannot unload '%s': %s", module.c_str(),
			   outcome.message.c_str());
}

}
