// SPDX-License-Identifier: LGPL-2.1-or-later
// What klp-build's patches are held against: a later kernel of the distribution's, which
// has the fixes.
//
//	klp-oracle [--lines-kept] BEFORE LATER FIX.patch UNIT.o...
//
// BEFORE is a release, LATER the folder that qemu-test/kernel gives for an image.
// Each unit is compiled by Kbuild's own command, as it is in the kernel BEFORE and with
// the fix, and each function compared with the image of LATER. Of those that BEFORE has
// otherwise than LATER, a patch has to replace each; those that differ although the unit
// was compiled with the fix, other files of LATER have changed: the unit's includes tell
// which may have. With --lines-kept the fix moves no line, as in klp-build: what differs
// then and not without it contains the number of its line. Nothing else here asks what klp-build
// makes of the fix.
#include "../../builder/kernel_tree.hpp"
#include "../../builder/proof.hpp"
#include "../../builder/source_view.hpp"
#include "../../builder/symbols.hpp"
#include "../../builder/unit.hpp"
#include "../../cli/exit_status.hpp"
#include "../../cli/print.hpp"
#include "../../libklp/try.hpp"

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

// A constant's content belongs to the functions that refer to it.
static ordered_json differing(const Object &object, const Image &image)
{
	ordered_json functions = ordered_json::object();
	for (const Mismatch &mismatch : prove_function_by_function(object, image).mismatches) {
		PieceId id = object.find(mismatch.function);
		// The linker may have taken another unit's in place of a weak one.
		if (id == no_piece || !object.piece(id).is_code() || object.piece(id).weak)
			continue;
		ordered_json &what = functions[function_of(mismatch.function)];
		if (what.is_null())
			what = mismatch.what;
	}
	return functions;
}

static Result<> compare(const KernelTree &tree, const std::string &later,
			const std::vector<std::string> &patches,
			const std::vector<std::string> &names, const std::string &folder,
			SourceView::Lines lines)
{
	std::set<std::string> users;
	std::vector<std::string> commands = TRY(tree.commands(names));
	for (const std::string &command : commands)
		users.insert(command.substr(command.rfind(' ') + 1));
	SourceView view =
		TRY(SourceView::make(tree.source(), folder + "/view", patches, users, lines));
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
