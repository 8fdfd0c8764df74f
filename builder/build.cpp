// SPDX-License-Identifier: LGPL-2.1-or-later
#include "build.hpp"
#include "../libklp/digest.hpp"
#include "../libklp/file.hpp"
#include "../libklp/livepatch_symbols.hpp"
#include "../libklp/try.hpp"
#include "concerned.hpp"
#include "includers.hpp"
#include "jobs.hpp"
#include "patch_module.hpp"
#include "source_places.hpp"
#include "source_view.hpp"
#include "touched_names.hpp"
#include "types.hpp"
#include "unit.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <klp/klp.h>
#include <list>
#include <nlohmann/json.hpp>
#include <set>

namespace klp {

namespace fs = std::filesystem;

// How many units are compiled for one patch, which takes some three seconds each.
static constexpr size_t most_units = 100;

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

// A folder for what is made on the way; it goes when the build ends, however it does.
class WorkFolder {
public:
	static Result<WorkFolder> make()
	{
		const char *base = getenv("TMPDIR");
		std::string pattern = std::string(base ? base : "/tmp") + "/klp-build.XXXXXX";
		if (!mkdtemp(pattern.data()))
			return fail(errno, "cannot make a folder like '%s': %s", pattern.c_str(),
				    strerror(errno));
		return WorkFolder(pattern);
	}
	WorkFolder(WorkFolder &&other) noexcept : path_(std::exchange(other.path_, "")) {}
	~WorkFolder()
	{
		std::error_code error;
		if (!path_.empty())
			fs::remove_all(path_, error);
	}
	const std::string &path() const { return path_; }

private:
	explicit WorkFolder(std::string path) : path_(std::move(path)) {}
	std::string path_;
};

class Build {
public:
	explicit Build(const BuildOptions &options) : options_(options) {}
	BuildOutcome run();

private:
	Result<> attempt();
	Result<> prepare();
	Result<> note_sources();
	Result<> view_source();
	Result<> find_units();
	void judge_file(const std::string &file);
	Result<> add_includers();
	Result<> compile();
	Result<bool> is_unnamed(const std::set<std::string> &enumerators);
	Result<> compare_types();
	Result<> judge_exports(const Unit &unit);
	Result<> prove_units();
	void find_places(const Unit &unit, size_t count);
	Result<std::string> declarations_header() const;
	void select();
	void note_selection(const Unit &unit, const Selection &selection);
	Result<> link();
	Result<> sign();
	std::string manifest() const;
	std::string module_name() const;

	void step(const char *name, const std::string &what);
	void end_step();
	Result<> stop(BuildResult result, std::string message);
	void refuse(const RefusalKind &kind, const std::string &subject, const std::string &place,
		    const std::string &message);

	const BuildOptions &options_;
	BuildOutcome outcome_;
	bool stopped_ = false;
	std::string step_;
	std::chrono::steady_clock::time_point step_start_;
	std::optional<WorkFolder> folder_;
	std::optional<KernelTree> tree_;
	std::optional<SourceView> view_;
	std::vector<std::string> unit_names_;
	std::vector<std::string> included_; // headers, and sources that are no unit
	std::set<std::string> users_; // files that include those
	std::vector<Unit> units_;
	std::optional<KernelSymbols> symbols_;
	std::vector<const Image *> images_; // of units_
	std::vector<Proof> proofs_; // of units_, about their before
	std::list<Difference> differences_;
	std::list<Selection> selections_;
	std::map<std::set<std::string>, bool> unnamed_; // see is_unnamed()
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

// Ends the build before its end, which is no error of ours.
Result<> Build::stop(BuildResult result, std::string message)
{
	outcome_.result = result;
	outcome_.message = std::move(message);
	stopped_ = true;
	return {};
}

void Build::refuse(const RefusalKind &kind, const std::string &subject, const std::string &place,
		   const std::string &message)
{
	outcome_.refusals.push_back({&kind, subject, place, message});
}

static bool has_error(const std::vector<Refusal> &refusals)
{
	return std::ranges::any_of(refusals,
				   [](const Refusal &refusal) { return refusal.kind->error; });
}

Result<> Build::prepare()
{
	step("prepare", "preparing the kernel's source");
	if (!options_.sign.key.empty())
		TRY(check_signing_files(options_.sign));
	KernelTree tree = TRY(options_.own ? KernelTree::prepare(*options_.own)
					   : KernelTree::prepare(options_.release));
	tree_ = std::move(tree);
	outcome_.kernel = tree_->release();
	outcome_.compiler = TRY(tree_->compiler());
	WorkFolder folder = TRY(WorkFolder::make());
	folder_.emplace(std::move(folder));
	return {};
}

static bool has_prefix(const std::string &file, std::initializer_list<const char *> prefixes)
{
	return std::ranges::any_of(prefixes,
				   [&](const char *prefix) { return file.starts_with(prefix); });
}

static std::string unit_of(const std::string &file)
{
	return file.substr(0, file.size() - 1) + "o";
}

void Build::judge_file(const std::string &file)
{
	if (has_prefix(file, {"arch/x86/entry/vdso/", "arch/x86/boot/", "arch/x86/realmode/",
			      "arch/x86/purgatory/", "drivers/firmware/efi/libstub/"}))
		return refuse(refusal::vdso_changed, file, file,
			      "'" + file + "' is not kernel code");
	if (file.ends_with(".c")) {
		if (!tree_->objects_of(unit_of(file)).empty())
			unit_names_.push_back(unit_of(file));
		else
			included_.push_back(file); // by a unit, perhaps
		return;
	}
	if (file.ends_with(".S"))
		return refuse(refusal::assembly_changed, file, file, "'" + file + "' is assembly");
	if (file.ends_with(".h")) {
		included_.push_back(file);
		return;
	}
	refuse(refusal::not_carried, file, file, "'" + file + "' is no source of code");
}

static Result<std::string> text_if_there(const std::string &path)
{
	return fs::exists(path) ? read_text(path) : Result<std::string>("");
}

// Every configured unit that a touched header concerns; kernel/sched/rt.c is one, too:
// build_policy.c includes it.
Result<> Build::add_includers()
{
	step("includers", "finding what includes the changed files");
	Includers includers = TRY(Includers::read(tree_->source(), tree_->includes()));
	std::set<std::string> names(unit_names_.begin(), unit_names_.end());
	// As it is with the fix.
	SourceView changed =
		TRY(SourceView::make(tree_->source(), folder_->path() + "/changed",
				     options_.patches, {}, SourceView::Lines::as_they_are));
	auto is_unit = [&](const std::string &file) {
		return file.ends_with(".c") && !tree_->objects_of(unit_of(file)).empty();
	};
	for (const std::string &included : included_) {
		std::set<std::string> users = includers.of({included});
		if (std::ranges::none_of(users, is_unit))
			refuse(refusal::source_not_built, included, included,
			       "'" + included + "' is not in this kernel's build");
		if (included.ends_with(".h")) {
			ChangedHeader header = {included, "", ""};
			header.before = TRY(text_if_there(tree_->source() + "/" + included));
			header.after = TRY(text_if_there(changed.folder() + "/" + included));
			users = TRY(concerned_files(includers, tree_->source(), header, is_unit));
		}
		users_.insert(users.begin(), users.end());
		for (const std::string &file : users) {
			if (is_unit(file))
				names.insert(unit_of(file));
		}
	}
	if (names.size() > most_units)
		refuse(refusal::too_many_units, included_[0], included_[0],
		       "'" + included_[0] + "' reaches " + std::to_string(names.size()) +
			       " units, more than " + std::to_string(most_units));
	unit_names_.assign(names.begin(), names.end());
	return {};
}

Result<> Build::find_units()
{
	std::vector<std::string> files = TRY(files_of_patches(options_.patches));
	for (const std::string &file : files)
		judge_file(file);
	if (!included_.empty())
		TRY(add_includers());
	if (has_error(outcome_.refusals))
		return stop(BuildResult::refused, "the fix changes what a livepatch cannot carry");
	if (unit_names_.empty())
		return stop(BuildResult::nothing_to_patch,
			    "the fix changes nothing that this kernel is built from");
	return {};
}

// Kbuild makes what a unit includes and is generated: before the view, which is to have it,
// too. And it may spell a source by way of another folder, such as
// "arch/x86/kvm/../../../virt/kvm/eventfd.c": through a link that would leave the view.
Result<> Build::note_sources()
{
	std::vector<std::string> commands = TRY(tree_->commands(unit_names_));
	for (const std::string &command : commands)
		users_.insert(command.substr(command.rfind(' ') + 1));
	return {};
}

Result<> Build::view_source()
{
	step("apply", "applying the fix");
	SourceView view = TRY(SourceView::make(tree_->source(), folder_->path() + "/view",
					       options_.patches, users_));
	view_ = std::move(view);
	return {};
}

// What the source after the fix is compiled with for the declarations in it, "" for none.
Result<std::string> Build::declarations_header() const
{
	bool needed = false;
	for (const std::string &path : options_.patches) {
		std::string text = TRY(read_text(path));
		needed |= adds_declarations(text);
	}
	return needed ? KernelTree::declarations_header() : "";
}

Result<> Build::compile()
{
	step("compile", "compiling " + std::to_string(unit_names_.size()) +
				(unit_names_.size() == 1 ? " unit" : " units") +
				" before and after the fix");
	std::string header = TRY(declarations_header());
	units_ = TRY(compile_units(*tree_, view_->folder(), unit_names_, folder_->path(), header));
	return {};
}

// "struct ext4_sb_info" without its first word.
static std::string base_of_type(const std::string &type)
{
	return type.substr(type.find(' ') + 1);
}

// A checksum covers what the compiler knows of every type on the way: an #include may change
// it and leave the types as they are. Layouts are compared anyway, so what is left is the
// function's own type.
Result<> Build::judge_exports(const Unit &unit)
{
	if (unit.export_changes.empty())
		return {};
	std::set<std::string> same = TRY(functions_of_one_type(unit.before_path, unit.after_path));
	for (const ExportChange &change : unit.export_changes)
		refuse(same.contains(change.symbol) ? refusal::export_checksum
						    : refusal::export_changed,
		       change.symbol, unit.name,
		       "the checksum of '" + change.symbol + "' becomes " + change.after);
	return {};
}

// A value that nobody names has no effect: what counts the constants of an enum, often. Whoever
// names one of an enum that a header changes is among the users of that header.
Result<bool> Build::is_unnamed(const std::set<std::string> &enumerators)
{
	auto [known, is_new] = unnamed_.emplace(enumerators, false);
	if (!is_new)
		return known->second;
	for (const std::string &folder : {tree_->source(), view_->folder()}) {
		std::vector<std::string> texts;
		for (const std::string &file : users_) {
			std::string text = TRY(text_if_there(folder + "/" + file));
			texts.push_back(std::move(text));
		}
		for (const std::string &name : enumerators) {
			if (!is_only_defined(name, texts))
				return false;
		}
	}
	known->second = true;
	return true;
}

Result<> Build::compare_types()
{
	step("types", "comparing types");
	for (const Unit &unit : units_) {
		std::vector<LayoutChange> changes =
			TRY(compare_layouts(unit.before_path, unit.after_path));
		for (size_t i = 0; i < changes.size();) {
			bool harmless = false;
			if (!changes[i].enumerators.empty())
				harmless = TRY(is_unnamed(changes[i].enumerators));
			if (harmless)
				changes.erase(changes.begin() + i);
			else
				i++;
		}
		std::set<std::string> names;
		for (const LayoutChange &change : changes)
			names.insert(base_of_type(change.type));
		std::map<std::string, std::string> places;
		if (!names.empty())
			places = source_places(unit.after_path, names);
		for (const LayoutChange &change : changes) {
			std::string &place = places[base_of_type(change.type)];
			refuse(refusal::layout_changed, change.type,
			       place.empty() ? unit.name : place, change.type + ": " + change.what);
		}
		TRY(judge_exports(unit));
	}
	return {};
}

static std::string base_of(const std::string &path)
{
	return path.substr(path.rfind('/') + 1);
}

Result<> Build::prove_units()
{
	step("prove", "comparing what was compiled with the kernel's image");
	KernelSymbols symbols =
		TRY(KernelSymbols::open(tree_->vmlinuz(), tree_->modules(), tree_->symvers()));
	symbols_ = std::move(symbols);
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
		return stop(BuildResult::unproved,
			    "what was compiled from the source is not what the kernel runs");
	return {};
}

// Where in the source the subjects of the last refusals are: after the fix, or before it
// where the fix removes them.
void Build::find_places(const Unit &unit, size_t count)
{
	auto first = outcome_.refusals.end() - count;
	std::set<std::string> names;
	for (auto refusal = first; refusal != outcome_.refusals.end(); ++refusal)
		names.insert(base_name(refusal->subject));
	if (names.empty())
		return;
	std::map<std::string, std::string> places = source_places(unit.after_path, names);
	places.merge(source_places(unit.before_path, names));
	for (auto refusal = first; refusal != outcome_.refusals.end(); ++refusal) {
		auto place = places.find(base_name(refusal->subject));
		refusal->place = place != places.end()
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
	outcome_.carried += selection.carried().size() - selection.replaced().size();
}

void Build::select()
{
	step("select", "finding what changed");
	std::set<std::string> fresh;
	for (const Unit &unit : units_) {
		const Difference &difference = differences_.emplace_back(unit.before, unit.after);
		for (const auto *changes : {&difference.functions(), &difference.variables()}) {
			for (const Change &change : *changes) {
				if (change.before == no_piece)
					fresh.insert(unit.after.piece(change.after).name);
			}
		}
	}
	std::vector<Selection *> selections;
	auto difference = differences_.begin();
	for (size_t i = 0; i < units_.size(); i++, ++difference)
		selections.push_back(&selections_.emplace_back(
			Selection::make(units_[i].before, units_[i].after, *difference, proofs_[i],
					*images_[i], *symbols_, fresh)));
	complete(selections);
	leave_escapes_to_callbacks(selections);
	for (size_t i = 0; i < units_.size(); i++) {
		size_t count = outcome_.refusals.size();
		for (const auto &list :
		     {selections[i]->refusals(), judge_declarations(*selections[i], selections)})
			outcome_.refusals.insert(outcome_.refusals.end(), list.begin(), list.end());
		find_places(units_[i], outcome_.refusals.size() - count);
		note_selection(units_[i], *selections[i]);
	}
}

std::string Build::module_name() const
{
	std::string name = base_of(options_.output.empty() ? options_.patches[0] : options_.output);
	name = name.substr(0, name.find('.'));
	if (options_.output.empty())
		name = "klp_" + name;
	for (char &letter : name) {
		if (!isalnum(static_cast<unsigned char>(letter)))
			letter = '_';
	}
	// struct module has room for 55 letters.
	return name.substr(0, 55);
}

std::string Build::manifest() const
{
	nlohmann::ordered_json json = {{"schema", "klp.manifest/1"},
				       {"tool", "klp-build " LIBKLP_VERSION},
				       {"kernel", outcome_.kernel},
				       {"base", nlohmann::ordered_json::object()},
				       {"patches", nlohmann::ordered_json::array()},
				       {"compiler", outcome_.compiler},
				       {"functions", nlohmann::ordered_json::array()},
				       {"removable", outcome_.removable},
				       {"not_removable_because", nlohmann::ordered_json::array()}};
	for (const Image *image : images_)
		json["base"][image->name()] = image->build_id();
	for (const std::string &path : options_.patches) {
		Result<std::vector<std::byte>> bytes = read_bytes(path, 1 << 28);
		json["patches"].push_back(
			{{"file", base_of(path)}, {"sha256", bytes ? sha256(*bytes) : ""}});
	}
	for (const BuiltFunction &function : outcome_.functions)
		json["functions"].push_back({{"object", function.object},
					     {"function", function.name},
					     {"sympos", function.sympos},
					     {"why", function.why}});
	for (const Refusal &refusal : outcome_.refusals) {
		if (refusal.kind == &refusal::not_removable)
			json["not_removable_because"].push_back(refusal.message);
	}
	return json.dump();
}

static Result<ElfFile> read_elf(const std::string &path)
{
	std::vector<std::byte> bytes = TRY(read_bytes(path, 1 << 28));
	return ElfFile::parse(path, std::move(bytes));
}

Result<> Build::link()
{
	step("link", "writing the module");
	std::string folder = TRY(tree_->init_part());
	ElfFile code = TRY(read_elf(folder + "/klprt_patch.o"));
	ElfFile this_module = TRY(read_elf(folder + "/klprt_patch.mod.o"));
	InitPart init = {std::move(code), std::move(this_module)};
	PatchDescription description = {module_name(), options_.replace, manifest()};
	std::vector<const Selection *> selections;
	for (const Selection &selection : selections_)
		selections.push_back(&selection);
	std::vector<std::byte> bytes =
		TRY(make_patch_module(description, in_order(selections), init, *symbols_));
	outcome_.file = options_.output.empty() ? module_name() + ".ko" : options_.output;
	std::string part = outcome_.file + ".part";
	std::ofstream out(part, std::ios::binary | std::ios::trunc);
	out.write(reinterpret_cast<const char *>(bytes.data()), bytes.size());
	out.close();
	if (!out)
		return fail(EIO, "cannot write '%s'", part.c_str());
	TRY(sign());
	if (rename(part.c_str(), outcome_.file.c_str()) != 0)
		return fail(errno, "cannot write '%s': %s", outcome_.file.c_str(), strerror(errno));
	// What is in the file is what counts: it is read as any loader would.
	PatchFile written = TRY(PatchFile::open(outcome_.file));
	outcome_.sha256 = written.sha256();
	for (const LivepatchSymbol &symbol : written.livepatch_symbols()) {
		outcome_.livepatch_symbols++;
		outcome_.livepatch_relocations += symbol.relocations;
	}
	return stop(BuildResult::built, "built '" + outcome_.file + "'");
}

Result<> Build::sign()
{
	if (!options_.sign.key.empty())
		outcome_.signed_by =
			TRY(sign_module(outcome_.file + ".part", options_.sign, *tree_));
	return {};
}

Result<> Build::attempt()
{
	TRY(prepare());
	TRY(find_units());
	if (stopped_)
		return {};
	TRY(note_sources());
	TRY(view_source());
	TRY(compile());
	TRY(compare_types());
	TRY(prove_units());
	if (stopped_)
		return {};
	select();
	if (has_error(outcome_.refusals))
		return stop(BuildResult::refused, "the fix changes what a livepatch cannot carry");
	if (outcome_.functions.empty() && outcome_.callbacks.empty())
		return stop(BuildResult::nothing_to_patch, "the fix changes no function's code");
	return link();
}

BuildOutcome Build::run()
{
	outcome_.kernel = options_.release;
	Result<> done = attempt();
	end_step();
	if (!done) {
		outcome_.result = BuildResult::failed;
		outcome_.code = done.error().code;
		outcome_.message = done.error().message;
	}
	return std::move(outcome_);
}

}

BuildOutcome build(const BuildOptions &options)
{
	return Build(options).run();
}

}
