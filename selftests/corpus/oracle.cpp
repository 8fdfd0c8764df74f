// SPDX-License-Identifier: LGPL-2.1-or-later
// Compares klp-build's patches with a later kernel of the distribution's, which has the
// fixes.
//
//	klp-oracle [--lines-kept] BEFORE LATER FIX.patch UNIT.o...
//
// BEFORE is a release, LATER the folder that qemu-test/kernel gives for an image. The oracle
// compiles each unit by Kbuild's own command, as in the kernel BEFORE and with the fix, and
// compares each function with the image of LATER. A patch has to replace each function that
// differs between BEFORE and LATER. If a function differs although the unit was compiled with
// the fix, other files of LATER have changed it: the unit's includes tell which files may
// have. With --lines-kept the fix moves no line, as in klp-build: a function that differs
// then and not without it contains the number of its line. Nothing else here asks for
// klp-build's result.
#include "../../builder/affected_units.hpp"
#include "../../builder/includers.hpp"
#include "../../builder/kernel_tree.hpp"
#include "../../builder/proof.hpp"
#include "../../builder/source_view.hpp"
#include "../../builder/symbols.hpp"
#include "../../builder/unit.hpp"
#include "../../cli/exit_status.hpp"
#include "../../cli/print.hpp"
#include "../../libklp/try.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <set>

using namespace klp;
using nlohmann::ordered_json;

// A function and its cold part are one.
static std::string function_of(const std::string &name)
{
	return name.substr(0, name.find(".cold"));
}

// The functions that refer to a piece, also by way of constants.
static void add_users(const Object &object, PieceId of, std::set<PieceId> *seen,
		      std::set<std::string> *users)
{
	if (!seen->insert(of).second)
		return;
	for (PieceId id = 0; id < object.pieces().size(); id++) {
		const Piece &piece = object.piece(id);
		if (std::ranges::none_of(piece.references, [&](const Reference &reference) {
			    return reference.target.kind == Target::Kind::piece &&
				   reference.target.piece == of;
		    }))
			continue;
		if (piece.is_code())
			users->insert(function_of(piece.name));
		else
			add_users(object, id, seen, users);
	}
}

// The content of a constant belongs to the functions that refer to the constant.
static ordered_json differing(const Object &object, const Image &image)
{
	ordered_json functions = ordered_json::object();
	auto note = [&](const std::string &function, const std::string &what) {
		if (functions[function].is_null())
			functions[function] = what;
	};
	for (const Mismatch &mismatch : prove_function_by_function(object, image).mismatches) {
		const Piece &piece = object.piece(mismatch.piece);
		if (!piece.is_code()) {
			std::set<PieceId> seen;
			std::set<std::string> users;
			add_users(object, mismatch.piece, &seen, &users);
			for (const std::string &user : users)
				note(user, "the constant '" + mismatch.function + "'+" +
						   std::to_string(mismatch.offset) + ": " +
						   mismatch.what);
		} else if (!piece.weak) { // the linker may have taken another unit's
			note(function_of(mismatch.function), mismatch.what);
		}
	}
	return functions;
}

// Files that must have folders of their own in a view of the source, for "../" in an #include:
// the units, and the files that lead to a header that changes.
static Result<std::set<std::string>> users_of(const KernelTree &tree, const FixedSource &fixed,
					      const std::vector<std::string> &names)
{
	std::vector<std::string> headers;
	for (const auto &[file, source] : fixed.files()) {
		if (file.ends_with(".h"))
			headers.push_back(file);
	}
	Includers includers = TRY(Includers::read(tree.source(), tree.includes()));
	std::set<std::string> users = includers.of(headers);
	std::erase_if(users, [](const std::string &file) { return !file.ends_with(".h"); });
	std::vector<std::string> commands = TRY(tree.commands(names));
	for (const std::string &command : commands)
		users.insert(command.substr(command.rfind(' ') + 1));
	return users;
}

static Result<> compare(const KernelTree &tree, const std::string &later,
			const std::vector<std::string> &patches,
			const std::vector<std::string> &names, const std::string &folder,
			SourceView::Lines lines)
{
	// A later kernel also differs in its generated files.
	Fix fix = TRY(Fix::read(patches, Fix::Made::taken));
	FixedSource fixed = TRY(FixedSource::make(tree.source(), fix, [&](const std::string &file) {
		return AffectedUnits::is_unit(tree, file);
	}));
	std::set<std::string> users = TRY(users_of(tree, fixed, names));
	SourceView view =
		TRY(SourceView::make(tree.source(), folder + "/view", fixed, users, lines));
	std::vector<PlainUnit> units = TRY(compile_plain(tree, view.folder(), names, folder));
	std::filesystem::path modules =
		std::filesystem::directory_iterator(later + "/lib/modules")->path();
	KernelSymbols symbols =
		TRY(KernelSymbols::open(later + "/vmlinuz", modules, tree.symvers()));
	ordered_json document = {{"before", tree.release()},
				 {"later", modules.filename()},
				 {"units", ordered_json::array()}};
	for (const PlainUnit &unit : units) {
		const Image *image = &symbols.vmlinux();
		if (unit.object != "vmlinux")
			image = TRY(symbols.module(unit.object));
		document["units"].push_back({{"unit", unit.name},
					     {"object", image->name()},
					     {"before", differing(unit.before, *image)},
					     {"after", differing(unit.after, *image)},
					     {"includes", unit.includes}});
	}
	print(document);
	return {};
}

static Result<> run(int argc, char **argv, SourceView::Lines lines)
{
	KernelTree tree = TRY(KernelTree::prepare(argv[1]));
	std::string folder = std::filesystem::temp_directory_path() / "klp-oracle.XXXXXX";
	if (!mkdtemp(folder.data()))
		return fail(errno, "cannot make '%s'", folder.c_str());
	Result<> done = compare(tree, argv[2], {argv[3]}, {argv + 4, argv + argc}, folder, lines);
	std::filesystem::remove_all(folder);
	return done;
}

int main(int argc, char **argv)
{
	SourceView::Lines lines = SourceView::Lines::as_they_are;
	if (argc > 1 && strcmp(argv[1], "--lines-kept") == 0) {
		lines = SourceView::Lines::kept;
		argc--, argv++;
	}
	if (argc < 5) {
		fprintf(stderr,
			"usage: klp-oracle [--lines-kept] BEFORE LATER FIX.patch UNIT.o...\n");
		return exit_usage;
	}
	Result<> done = run(argc, argv, lines);
	if (!done)
		fprintf(stderr, "klp-oracle: %s\n", done.error().message.c_str());
	return done ? exit_done : exit_failed;
}
