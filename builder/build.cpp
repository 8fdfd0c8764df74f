// SPDX-License-Identifier: LGPL-2.1-or-later
#include "build.hpp"
#include "../libklp/file.hpp"
#include "../libklp/module/livepatch_symbols.hpp"
#include "../libklp/output_file.hpp"
#include "../libklp/try.hpp"
#include "affected_units.hpp"
#include "declaration_checks.hpp"
#include "jobs.hpp"
#include "patch_module.hpp"
#include "patch_words.hpp"
#include "sample.hpp"
#include "source_places.hpp"
#include "source_view.hpp"
#include "type_checks.hpp"
#include "unit.hpp"
#include "untraceable.hpp"
#include "work_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <klp/module_name.hpp>
#include <list>
#include <set>

namespace klp {

namespace fs = std::filesystem;

const char *name_of(BuildResult result)
{
	switch (result) {
	case BuildResult::built:
		return "built";
	case BuildResult::nothing_to_patch:
		return "nothing-to-patch";
	case BuildResult::refused:
		return "refused";
	case BuildResult::unproved:
		return "unproved";
	case BuildResult::failed:
		return "failed";
	}
	__builtin_unreachable();
}

namespace {

// The result of a build. An Error is a failure of its own.
struct Ending {
	Ending(BuildResult result_, int code_, std::string message_)
	    : result(result_), code(code_), message(std::move(message_))
	{
	}
	Ending(Error error)
	    : result(BuildResult::failed), code(error.code), message(std::move(error.message))
	{
	}
	BuildResult result;
	int code;
	std::string message;
};
// An error ends the build; else the next step follows.
using Step = std::expected<void, Ending>;

constexpr const char *refused_words = "the fix changes what a livepatch cannot carry";

class Build {
public:
	explicit Build(const BuildOptions &options) : options_(options) {}
	BuildOutcome run();

private:
	std::expected<Ending, Ending> attempt();
	Result<> prepare();
	Result<> apply_fix();
	Result<> read_kernel();
	Result<> confine() const;
	Result<> view_source();
	Step find_units();
	Result<> compile();
	Result<> check_types();
	Step prove_units();
	Result<std::string> declarations_header() const;
	void select();
	void note_selection(const Unit &unit, const Selection &selection);
	std::string output() const;
	Result<Ending> link();
	Result<> sign(const std::string &module);

	void step(const char *name, const std::string &what);
	void end_step();
	void note(const std::vector<Refusal> &refusals);

	const BuildOptions &options_;
	BuildOutcome outcome_;
	std::string step_;
	std::chrono::steady_clock::time_point step_start_;
	std::optional<WorkFolder> folder_;
	Fix fix_;
	std::optional<KernelTree> tree_;
	std::optional<FixedSource> fixed_;
	std::optional<SourceView> view_;
	std::optional<AffectedUnits> affected_;
	std::vector<Unit> units_;
	std::optional<KernelSymbols> symbols_;
	std::vector<const Image *> images_; // of units_
	std::vector<Proof> proofs_; // of units_, about their before
	std::list<Difference> differences_;
	std::vector<Selection> selections_;
};

void Build::end_step()
{
	if (step_.empty())
		return;
	std::chrono::duration<double, std::milli> time =
		std::chrono::steady_clock::now() - step_start_;
	outcome_.times_ms.emplace_back(step_, time.count());
	step_.clear();
}

void Build::step(const char *name, const std::string &what)
{
	end_step();
	step_ = name;
	step_start_ = std::chrono::steady_clock::now();
	if (options_.progress)
		options_.progress(what);
}

static std::unexpected<Ending> ended(BuildResult result, std::string message)
{
	return std::unexpected(Ending{result, 0, std::move(message)});
}

void Build::note(const std::vector<Refusal> &refusals)
{
	outcome_.refusals.insert(outcome_.refusals.end(), refusals.begin(), refusals.end());
}

static bool has_error(const std::vector<Refusal> &refusals)
{
	return std::ranges::any_of(refusals,
				   [](const Refusal &refusal) { return refusal.kind->error; });
}

Result<> Build::prepare()
{
	if (!options_.sample)
		fix_ = TRY(Fix::read(options_.patches));
	step("prepare", "preparing the kernel's source");
	TRY(OutputFile::check(output()));
	if (options_.sandbox)
		TRY(check_sandbox());
	if (!options_.sign.key.empty())
		TRY(check_signing_files(options_.sign));
	KernelTree tree = TRY(options_.own ? KernelTree::prepare(*options_.own)
					   : KernelTree::prepare(options_.release));
	tree_ = std::move(tree);
	if (options_.sample)
		fix_ = TRY(sample_fix(tree_->source()));
	outcome_.kernel = tree_->release();
	outcome_.compiler = TRY(tree_->compiler());
	WorkFolder folder = TRY(WorkFolder::make());
	folder_.emplace(std::move(folder));
	if (options_.keep) {
		folder_->keep();
		outcome_.work_folder = folder_->path();
	}
	return options_.sandbox ? confine() : Result<>();
}

// Uses the paths in the commands, which may differ from the targets of links.
Result<> Build::confine() const
{
	std::string header = TRY(KernelTree::declarations_header());
	Sandbox sandbox = {{tree_->source(), fs::path(header).parent_path()}, folder_->path()};
	for (const std::string &path : options_.patches)
		sandbox.readable.push_back(fs::absolute(path));
	confine_jobs(sandbox);
	return {};
}

Result<> Build::apply_fix()
{
	step("apply", "applying the fix");
	FixedSource fixed =
		TRY(FixedSource::make(tree_->source(), fix_, [this](const std::string &file) {
			return AffectedUnits::is_unit(*tree_, file);
		}));
	fixed_ = std::move(fixed);
	note(fixed_->refusals());
	return {};
}

Step Build::find_units()
{
	affected_ = AffectedUnits::of(*tree_, *fixed_);
	if (affected_->reach_others()) {
		step("includers", "finding what includes the changed files");
		TRY(affected_->add_includers());
	}
	note(affected_->refusals());
	if (has_error(outcome_.refusals))
		return ended(BuildResult::refused, refused_words);
	if (affected_->names().empty())
		return ended(BuildResult::nothing_to_patch,
			     "the fix changes nothing that this kernel is built from");
	return {};
}

Result<> Build::read_kernel()
{
	step("read", "reading the kernel's image");
	KernelSymbols symbols =
		TRY(KernelSymbols::open(tree_->vmlinuz(), tree_->modules(), tree_->symvers()));
	symbols_ = std::move(symbols);
	return {};
}

Result<> Build::view_source()
{
	// Must precede the view, which needs the generated files, too.
	TRY(affected_->note_sources());
	SourceView view = TRY(SourceView::make(tree_->source(), folder_->path() + "/view", *fixed_,
					       affected_->files()));
	view_ = std::move(view);
	return {};
}

// The header that klp-build adds to the source after the fix for its declarations, "" for none.
Result<std::string> Build::declarations_header() const
{
	bool needed = false;
	for (const FixPatch &patch : fix_.patches())
		needed |= adds_declarations(std::string(patch.view()));
	return needed ? KernelTree::declarations_header() : "";
}

// Units that include a header give the same warnings of the header.
static std::vector<Refusal> compiler_warnings(const std::vector<Unit> &units)
{
	std::vector<Refusal> refusals;
	std::set<std::pair<std::string, std::string>> told;
	for (const Unit &unit : units) {
		for (const CompilerWarning &warning : unit.warnings) {
			if (told.emplace(warning.place, warning.text).second)
				refusals.push_back({&refusal::compiler_warns, unit.name,
						    warning.place, warning.text});
		}
	}
	return refusals;
}

Result<> Build::compile()
{
	const std::vector<std::string> &names = affected_->names();
	step("compile", "compiling " + std::to_string(names.size()) +
				(names.size() == 1 ? " unit" : " units") +
				" before and after the fix");
	std::string header = TRY(declarations_header());
	auto is_export = [this](const std::string &symbol) {
		return symbols_->kernel().export_of(symbol) != nullptr;
	};
	units_ = TRY(
		compile_units(*tree_, view_->folder(), names, folder_->path(), header, is_export));
	note(compiler_warnings(units_));
	return {};
}

Result<> Build::check_types()
{
	step("types", "comparing types");
	TypeChecks checks({tree_->source(), view_->folder()}, affected_->files());
	for (const Unit &unit : units_) {
		std::vector<Refusal> refusals = TRY(checks.check(unit));
		note(refusals);
	}
	return {};
}

Step Build::prove_units()
{
	step("prove", "comparing what was compiled with the kernel's image");
	bool proved = true;
	for (const Unit &unit : units_) {
		const Image *image = &symbols_->vmlinux();
		if (unit.object != "vmlinux")
			image = TRY(symbols_->module(unit.object));
		Proof proof = prove(unit.shipped, *image);
		BuiltUnit built;
		built.name = unit.name;
		built.object = image->name();
		built.functions = proof.functions;
		built.references = proof.references;
		built.constants = proof.constants;
		built.mismatches = proof.mismatches;
		built.likely_reason = proof.likely_reason();
		proved &= proof.mismatches.empty();
		outcome_.units.push_back(std::move(built));
		images_.push_back(image);
		proofs_.push_back(proof.translated(unit.shipped, unit.before));
	}
	if (!proved)
		return ended(BuildResult::unproved,
			     "what was compiled from the source is not what the kernel runs");
	return {};
}

// Adds the places of the subjects in the source: after the fix, or before the fix if it removes the
// subjects.
static void find_places(const Unit &unit, std::vector<Refusal> *refusals)
{
	std::set<std::string> names;
	for (const Refusal &refusal : *refusals)
		names.insert(base_name(refusal.subject));
	if (names.empty())
		return;
	std::map<std::string, std::string> places = source_places(unit.after_path, names);
	places.merge(source_places(unit.before_path, names));
	for (Refusal &refusal : *refusals) {
		auto place = places.find(base_name(refusal.subject));
		refusal.place = place != places.end()
					? place->second
					: unit.name.substr(0, unit.name.size() - 1) + "c";
	}
}

void Build::note_selection(const Unit &unit, const Selection &selection)
{
	const std::string &object = selection.image().name();
	outcome_.removable &= selection.is_removable();
	for (const ReplacedFunction &function : selection.replaced())
		outcome_.functions.push_back(
			{object, function.name, function.sympos, unit.name, function.why});
	for (const Callback &callback : selection.declarations().callbacks)
		outcome_.callbacks.push_back({object, name_of(callback.kind), callback.name});
	for (const State &state : selection.declarations().states) {
		// A unit of two modules has each twice.
		if (std::ranges::find(outcome_.states, state.id, &BuiltState::id) ==
		    outcome_.states.end())
			outcome_.states.push_back({state.id, state.version});
	}
	outcome_.included += selection.included().size() - selection.replaced().size();
}

void Build::select()
{
	step("select", "finding what changed");
	std::vector<UnitOfFix> of_fix;
	for (size_t i = 0; i < units_.size(); i++) {
		Difference &difference =
			differences_.emplace_back(units_[i].before, units_[i].after);
		of_fix.push_back({&units_[i].before, &units_[i].after, &difference, &proofs_[i],
				  images_[i]});
	}
	std::set<std::string> copied = bring_in_callers(of_fix);
	selections_ = klp::select(of_fix, copied, *symbols_);
	leave_escapes_to_callbacks(selections_);
	for (size_t i = 0; i < units_.size(); i++) {
		std::vector<Refusal> refusals = selections_[i].refusals();
		for (Refusal &refusal : check_declarations(selections_[i], selections_))
			refusals.push_back(std::move(refusal));
		find_places(units_[i], &refusals);
		note(refusals);
		note_selection(units_[i], selections_[i]);
	}
}

static Result<ElfFile> read_elf(const std::string &path)
{
	std::vector<std::byte> bytes = TRY(read_bytes(path, 1 << 28));
	return ElfFile::parse(path, std::move(bytes));
}

static Result<> write_file(const std::string &path, const std::vector<std::byte> &bytes)
{
	std::ofstream out(path, std::ios::binary | std::ios::trunc);
	out.write(reinterpret_cast<const char *>(bytes.data()), bytes.size());
	out.close();
	if (!out)
		return fail(EIO, "cannot write '%s'", path.c_str());
	return {};
}

std::string Build::output() const
{
	return options_.output.empty() ? module_name(options_) + ".ko" : options_.output;
}

Result<Ending> Build::link()
{
	step("link", "writing the module");
	std::string folder = TRY(tree_->init_part());
	ElfFile code = TRY(read_elf(folder + "/klprt_patch.o"));
	ElfFile this_module = TRY(read_elf(folder + "/klprt_patch.mod.o"));
	InitPart init = {std::move(code), std::move(this_module)};
	PatchDescription description = {module_name(options_), options_.replace,
					manifest(fix_, options_.label, outcome_, images_),
					options_.label};
	std::vector<std::byte> bytes =
		TRY(make_patch_module(description, in_order(selections_), init, *symbols_));
	// klp-build signs in its own folder, so that the output changes only once it is complete.
	std::string made = folder_->path() + "/" + description.name + ".ko";
	TRY(write_file(made, bytes));
	TRY(sign(made));
	bytes = TRY(read_bytes(made, 1 << 30));
	OutputFile out = TRY(OutputFile::make(output()));
	TRY(out.write(bytes));
	// klp-build reports what the file contains: it reads the file as any loader would.
	PatchFile written = TRY(PatchFile::open(out.part()));
	TRY(out.publish());
	outcome_.file = output();
	outcome_.sha256 = written.sha256();
	for (const LivepatchSymbol &symbol : written.livepatch_symbols()) {
		outcome_.livepatch_symbols++;
		outcome_.livepatch_relocations += symbol.relocations;
	}
	return Ending{BuildResult::built, 0, "built '" + outcome_.file + "'"};
}

Result<> Build::sign(const std::string &module)
{
	if (!options_.sign.key.empty())
		outcome_.signed_by = TRY(sign_module(module, options_.sign, *tree_));
	return {};
}

std::expected<Ending, Ending> Build::attempt()
{
	TRY(prepare());
	TRY(apply_fix());
	TRY(find_units());
	TRY(read_kernel());
	TRY(view_source());
	TRY(compile());
	TRY(check_types());
	TRY(prove_units());
	select();
	if (has_error(outcome_.refusals))
		return ended(BuildResult::refused, refused_words);
	if (outcome_.functions.empty() && outcome_.callbacks.empty())
		return ended(BuildResult::nothing_to_patch, "the fix changes no function's code");
	Ending ending = TRY(link());
	return ending;
}

BuildOutcome Build::run()
{
	outcome_.kernel = options_.release;
	std::expected<Ending, Ending> end = attempt();
	end_step();
	const Ending &ending = end ? *end : end.error();
	outcome_.result = ending.result;
	outcome_.code = ending.code;
	outcome_.message = ending.message;
	return std::move(outcome_);
}

}

BuildOutcome build(const BuildOptions &options)
{
	return Build(options).run();
}

}
