// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit.hpp"
#include "../libklp/file.hpp"
#include "../libklp/try.hpp"
#include "assembly.hpp"
#include "correlation.hpp"
#include "jobs.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace klp {

namespace {

// Kbuild's command for a unit, for other outputs than its own.
class Compilation {
public:
	static Result<Compilation> parse(const KernelTree &tree, const std::string &command,
					 const std::string &unit);

	// A source that the fix adds was not there before it.
	void empty() { source_ = "-x c /dev/null"; }
	// Also includes, before all others, the headers beside it that replace another tool's
	// headers.
	void include(const std::string &header)
	{
		std::string folder = std::filesystem::path(header).parent_path() / "compat";
		options_ =
			" -I" + shell_word(folder) + options_ + " -include " + shell_word(header);
	}
	std::string to_assembly(const std::string &output) const
	{
		return compiler_ + options_ +
		       " -ffunction-sections -fdata-sections -fno-diagnostics-show-caret -S -o " +
		       shell_word(output) + " " + source_;
	}
	// Lists the included files in DEPENDENCIES, in make's format.
	std::string to_object(const std::string &output, const std::string &dependencies) const
	{
		return compiler_ + options_ + " -MD -MF " + shell_word(dependencies) + " -c -o " +
		       shell_word(output) + " " + source_;
	}
	std::string assemble(const std::string &input, const std::string &output) const
	{
		return compiler_ + assembler_options_ + " -c -o " + shell_word(output) + " " +
		       shell_word(input);
	}
	// Runs the tree's own program: a view of the tree has files of the fix.
	std::string exports(const std::string &tree, const std::string &output) const
	{
		return compiler_ + options_ + " -E -D__GENKSYMS__ " + source_ + " | " +
		       shell_word(tree + "/scripts/genksyms/genksyms") + " -r /dev/null > " +
		       shell_word(output);
	}

private:
	std::string compiler_, options_, assembler_options_, source_;
};

// A plugin is a program, too: the command uses the tree's own, never a view's.
std::string with_own_plugin(const KernelTree &tree, const std::string &option)
{
	static constexpr std::string_view plugin = " -fplugin=";
	if (!option.starts_with(plugin) || option.compare(plugin.size(), 1, "/") == 0)
		return option;
	return std::string(plugin) + tree.source() + "/" + option.substr(plugin.size());
}

Result<Compilation> Compilation::parse(const KernelTree &tree, const std::string &command,
				       const std::string &unit)
{
	Compilation parsed;
	size_t output = command.rfind(" -c -o ");
	size_t source = output == std::string::npos ? output : command.find(' ', output + 7);
	if (source == std::string::npos)
		return fail(EBADMSG, "'%s': not a command that compiles: %s", unit.c_str(),
			    command.c_str());
	parsed.source_ = command.substr(source + 1);
	size_t space = command.find(' ');
	parsed.compiler_ = command.substr(0, space);
	std::string options = command.substr(space, output - space);
	for (size_t at = 0; at < options.size();) {
		size_t end = std::min(options.find(' ', at + 1), options.size());
		std::string option = options.substr(at, end - at);
		// The compiler would write a list of dependencies into the tree.
		if (!option.starts_with(" -Wp,-MMD") && !option.starts_with(" -Wp,-MD"))
			parsed.options_ += with_own_plugin(tree, option);
		if (option.starts_with(" -Wa,") || option.starts_with(" -m"))
			parsed.assembler_options_ += option;
		at = end;
	}
	return parsed;
}

struct Sides {
	Compilation before, after;
};

// One unit's files.
struct Paths {
	std::string before, after, shipped; // without .s and .o
	Paths(const std::string &folder, const std::string &unit)
	{
		std::string name = unit;
		for (char &letter : name)
			letter = letter == '/' ? '_' : letter;
		before = folder + "/before-" + name;
		after = folder + "/after-" + name;
		shipped = folder + "/shipped-" + name;
	}
};

Result<> write_text(const std::string &path, const std::string &text)
{
	std::ofstream out(path, std::ios::trunc | std::ios::binary);
	out << text;
	out.close();
	if (!out)
		return fail(EIO, "cannot write '%s'", path.c_str());
	return {};
}

// The code tests a module's own keys, new or not; the patch brings the keys of the module's
// descriptors of pr_debug.
Result<> rewrite(const std::string &path, bool module,
		 const std::function<bool(const std::string &)> &is_export)
{
	std::string text = TRY(read_text(path));
	auto is_kept = [&](const std::string &symbol) {
		return is_special_static(symbol) || (is_export(symbol) && !defines(text, symbol));
	};
	std::string keyless = module ? with_keys_tested(text, is_kept) : text;
	return write_text(path, with_constants_read(keyless));
}

// Writes the assembly that is compared with the image, and then the two that are split.
Result<> rewrite_assembly(const Paths &paths, bool module,
			  const std::function<bool(const std::string &)> &is_export)
{
	std::string text = TRY(read_text(paths.before + ".s"));
	TRY(write_text(paths.shipped + ".s", without_function_sections(text)));
	TRY(rewrite(paths.before + ".s", module, is_export));
	return rewrite(paths.after + ".s", module, is_export);
}

// genksyms prints "#SYMVER name 0x12345678" a line, or "__crc_name = 0x12345678;".
Result<std::map<std::string, std::string>> read_checksums(const std::string &path)
{
	std::string text = TRY(read_text(path));
	std::istringstream lines(text);
	std::map<std::string, std::string> checksums;
	std::string line;
	while (std::getline(lines, line)) {
		std::istringstream fields(line);
		std::string first, name, crc;
		fields >> first >> name >> crc;
		if (first == "#SYMVER")
			checksums[name] = crc;
		else if (first.starts_with("__crc_") && name == "=")
			checksums[first.substr(6)] = crc;
	}
	return checksums;
}

bool has_exports(const Object &object)
{
	return std::ranges::any_of(object.elf().sections(), [](const ElfSection &section) {
		return section.name.starts_with("___ksymtab") || section.name == ".export_symbol" ||
		       section.name == "__ksymtab_strings";
	});
}

Result<> compare_exports(const KernelTree &tree, const std::string &view, const Sides &sides,
			 const Paths &paths, Unit *unit)
{
	if (!has_exports(unit->before))
		return {};
	TRY(run_all({{.command = sides.before.exports(tree.source(), paths.before + ".exports"),
		      .folder = tree.source(),
		      .what = "read the exports of '" + unit->name + "'"},
		     {.command = sides.after.exports(tree.source(), paths.after + ".exports"),
		      .folder = view,
		      .what = "read the exports of '" + unit->name + "' with the fix"}}));
	std::map<std::string, std::string> before = TRY(read_checksums(paths.before + ".exports"));
	std::map<std::string, std::string> after = TRY(read_checksums(paths.after + ".exports"));
	for (const auto &[symbol, crc] : before) {
		auto other = after.find(symbol);
		if (other == after.end())
			unit->export_changes.push_back({symbol, "none: it is gone"});
		else if (other->second != crc)
			unit->export_changes.push_back({symbol, other->second});
	}
	return {};
}

}

Result<std::vector<Unit>> compile_units(const KernelTree &tree, const std::string &view,
					const std::vector<std::string> &names,
					const std::string &folder, const std::string &header,
					const std::function<bool(const std::string &)> &is_export)
{
	std::vector<std::string> commands = TRY(tree.commands(names));
	std::vector<Sides> compilations;
	std::vector<Job> compile, assemble;
	for (size_t i = 0; i < names.size(); i++) {
		Compilation before = TRY(Compilation::parse(tree, commands[i], names[i]));
		Compilation after = before;
		if (tree.is_adopted(names[i]))
			before.empty();
		if (!header.empty())
			after.include(header);
		Paths paths(folder, names[i]);
		compile.push_back({after.to_assembly(paths.after + ".s"), view,
				   "compile '" + names[i] + "' with the fix"});
		compile.push_back({before.to_assembly(paths.before + ".s"), tree.source(),
				   "compile '" + names[i] + "'"});
		compilations.push_back({before, after});
	}
	// Two results for each unit: with the fix, and without the fix.
	std::vector<std::string> said = TRY(run_all(compile));
	for (size_t i = 0; i < names.size(); i++) {
		Paths paths(folder, names[i]);
		std::string object = tree.objects_of(names[i]).at(0);
		TRY(rewrite_assembly(paths, object != "vmlinux", is_export));
		std::string objtool = TRY(tree.objtool(object != "vmlinux"));
		for (const std::string &path : {paths.after, paths.before, paths.shipped}) {
			std::string command =
				compilations[i].before.assemble(path + ".s", path + ".o");
			if (!objtool.empty())
				command += " && " + objtool + " " + shell_word(path + ".o");
			assemble.push_back({command, tree.source(), "assemble '" + path + ".s'"});
		}
	}
	TRY(run_all(assemble));

	std::vector<Unit> units;
	for (size_t i = 0; i < names.size(); i++) {
		Paths paths(folder, names[i]);
		for (const std::string &object : tree.objects_of(names[i])) {
			Unit unit;
			unit.name = names[i];
			unit.object = object;
			if (object == tree.objects_of(names[i]).front())
				unit.warnings = new_warnings(said[2 * i + 1], said[2 * i]);
			unit.before_path = paths.before + ".o";
			unit.after_path = paths.after + ".o";
			unit.before = TRY(Object::open(unit.before_path));
			unit.after = TRY(Object::open(unit.after_path));
			unit.shipped = TRY(Object::open(paths.shipped + ".o"));
			TRY(compare_exports(tree, view, compilations[i], paths, &unit));
			units.push_back(std::move(unit));
		}
	}
	return units;
}

// "x.o: a.c include/b.h \\" and so on.
static std::vector<std::string> files_of_dependencies(const std::string &text)
{
	std::istringstream words(text.substr(std::min(text.find(':'), text.size())));
	std::set<std::string> files;
	std::string word;
	while (words >> word) {
		if (word != "\\" && word != ":" && !word.starts_with('/'))
			files.insert(std::filesystem::path(word).lexically_normal());
	}
	return std::vector<std::string>(files.begin(), files.end());
}

Result<std::vector<PlainUnit>> compile_plain(const KernelTree &tree, const std::string &view,
					     const std::vector<std::string> &names,
					     const std::string &folder)
{
	std::vector<std::string> commands = TRY(tree.commands(names));
	std::vector<Job> compile;
	for (size_t i = 0; i < names.size(); i++) {
		Compilation unit = TRY(Compilation::parse(tree, commands[i], names[i]));
		Paths paths(folder, names[i]);
		std::string object = tree.objects_of(names[i]).at(0);
		std::string objtool = TRY(tree.objtool(object != "vmlinux"));
		for (const auto &[path, source] :
		     {std::pair(paths.before, tree.source()), std::pair(paths.after, view)}) {
			std::string command = unit.to_object(path + ".o", path + ".d");
			if (!objtool.empty())
				command += " && cd " + shell_word(tree.source()) + " && " +
					   objtool + " " + shell_word(path + ".o");
			compile.push_back({command, source, "compile '" + names[i] + "'"});
		}
	}
	TRY(run_all(compile));
	std::vector<PlainUnit> units;
	for (const std::string &name : names) {
		Paths paths(folder, name);
		PlainUnit unit;
		unit.name = name;
		unit.object = tree.objects_of(name).at(0);
		unit.before = TRY(Object::open(paths.before + ".o"));
		unit.after = TRY(Object::open(paths.after + ".o"));
		std::string dependencies = TRY(read_text(paths.after + ".d"));
		unit.includes = files_of_dependencies(dependencies);
		units.push_back(std::move(unit));
	}
	return units;
}

}
