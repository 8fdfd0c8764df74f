// SPDX-License-Identifier: LGPL-2.1-or-later
// Runs a fix through the builder up to the selection: a unit of a small module or of a kernel that
// the test writes, before and after the fix.
#pragma once

#include "../libklp/test/test_btf.hpp"
#include "../libklp/test/test_image.hpp"
#include "selection.hpp"
#include "test_objects.hpp"

namespace klp::test {

// Links a module of these files, as Kbuild does.
inline std::string module_of(const std::string &name, const std::vector<std::string> &objects)
{
	Root root;
	root.write("/stub.o",
		   assembled_file(".section .modinfo,\"a\"\n.asciz \"name=" + name +
				  "\"\n.asciz \"vermagic=6.1.0-56-test SMP \"\n"
				  ".section .gnu.linkonce.this_module,\"aw\"\n.fill 24,1,0\n"
				  "1: .asciz \"" +
				  name + "\"\n.org 1b+104\n"));
	std::string command =
		"ld -r -z noexecstack --build-id=0x0102 -o " + root.path() + "/module";
	for (size_t i = 0; i < objects.size(); i++) {
		std::string path = "/" + std::to_string(i) + ".o";
		root.write(path, objects[i]);
		command += " " + root.path() + path;
	}
	run(command + " " + root.path() + "/stub.o");
	return text_of(root.path() + "/module");
}

inline ModuleFile module_file(const std::string &file)
{
	Result<ModuleFile> module = ModuleFile::parse("m.ko", to_bytes(file));
	if (!module)
		throw std::runtime_error(module.error().message);
	return std::move(*module);
}

inline Image image_of(const ModuleFile &module)
{
	Result<Image> image = Image::of_module(module);
	if (!image)
		throw std::runtime_error(image.error().message);
	return std::move(*image);
}

// A kernel's vmlinuz, modules and Module.symvers. It exports what the prelude declares.
class Kernel {
public:
	static constexpr uint64_t exports_start = text_start + 0x2000;
	static constexpr uint64_t secret = text_start + 0x2800; // is not exported

	Kernel()
	{
		for (const char *name : {"__fentry__", "get", "klp_enable_patch", "module_layout",
					 "panic", "printk", "put", "use"})
			exported(name);
		image.add(secret, 't', "secret");
	}
	void exported(const std::string &name, const std::string &name_space = "")
	{
		uint64_t address = exports_start + 16 * image.exports.size();
		image.add(address, 'T', name);
		image.exports.push_back({name, address, 0x1000, name_space});
		std::ranges::sort(image.exports, {}, &KernelWriter::Export::name);
	}
	void add_module(const std::string &path, const std::string &file)
	{
		root_.write("/modules/" + path + ".ko", file);
	}
	Result<KernelSymbols> try_open()
	{
		root_.write("/vmlinuz", image.file());
		root_.write("/symvers", symvers);
		return KernelSymbols::open(root_.path() + "/vmlinuz", root_.path() + "/modules",
					   root_.path() + "/symvers");
	}
	KernelSymbols open()
	{
		Result<KernelSymbols> symbols = try_open();
		if (!symbols)
			throw std::runtime_error(symbols.error().message);
		return std::move(*symbols);
	}
	const std::string &path() const { return root_.path(); }

	KernelWriter image;
	std::string symvers;

private:
	Root root_;
};

// The input of a Fix. The sources are C, or assembly with a section for each function.
struct FixSource {
	std::string before, after;
	std::string options = "";
	bool assembly = false;
	// Other sources of the module, in C, linked in front of the unit.
	std::vector<std::string> others = {};
	// The unit is the kernel's own. Its addresses are taken by name from the image.
	bool of_vmlinux = false;
	void (*prepare)(Kernel *kernel) = [](Kernel *) {};

	std::string file(const std::string &source, const char *sections) const
	{
		return assembly ? assembled_file(source)
				: compiled_file(source, sections + options);
	}
};

class Fix {
public:
	explicit Fix(const FixSource &source)
	    : before(object_of(source.file(source.before, split))),
	      after(object_of(source.file(source.after, split))),
	      shipped(object_of(source.file(source.before, plain))),
	      symbols(open(source)),
	      image(source.of_vmlinux ? &symbols.vmlinux() : *symbols.module("kernel/m")),
	      proof(make_proof(source)),
	      selection(std::move(select(std::span(&unit, 1), {}, symbols)[0]))
	{
	}
	Fix(const Fix &) = delete;

	// "f,1 g,2"
	std::string replaced() const
	{
		std::string text;
		for (const ReplacedFunction &function : selection.replaced())
			text += (text.empty() ? "" : " ") + function.name + "," +
				std::to_string(function.sympos);
		return text;
	}
	// In the order of the patch.
	std::string included() const
	{
		std::string text;
		for (PieceId id : selection.included()) {
			const Piece &piece = after.piece(id);
			text += (text.empty() ? "" : " ") +
				(piece.name.empty() ? std::string(after.section_name(piece))
						    : piece.name);
		}
		return text;
	}
	// "new-key f: message", a line each.
	std::string refusals() const
	{
		std::string text;
		for (const Refusal &refusal : selection.refusals())
			text += (text.empty() ? "" : "\n") + std::string(refusal.kind->id) + " " +
				refusal.subject + ": " + refusal.message;
		return text;
	}
	bool refused() const
	{
		return std::ranges::any_of(selection.refusals(), [](const Refusal &refusal) {
			return refusal.kind->error;
		});
	}
	// The placement of a function's reference: "import printk", "m:g,1".
	std::string placed(const std::string &function, const std::string &target) const
	{
		return described(selection.placement(reference_to(after, function, target)));
	}
	static std::string described(const Placement &placement)
	{
		const External &external = placement.external;
		switch (placement.kind) {
		case Placement::Kind::included:
			return "included";
		case Placement::Kind::content:
			return "content";
		case Placement::Kind::unresolved:
			return "unresolved";
		case Placement::Kind::number:
			return "number";
		case Placement::Kind::external:
			break;
		}
		if (external.kind == External::Kind::import)
			return "import " + external.name;
		std::string text = external.object + ":" + external.name + "," +
				   std::to_string(external.sympos);
		return external.delta == 0 ? text : text + "+" + std::to_string(external.delta);
	}
	// How many of a function's entries in a table the patch keeps.
	size_t kept(const std::string &function, std::string_view section) const
	{
		size_t count = 0;
		for (const TableEntry &entry : piece_of(after, function).tables)
			count += entry.section == section && selection.keeps(entry);
		return count;
	}

	const Object before, after, shipped;
	Kernel kernel;
	KernelSymbols symbols;
	const Image *image;
	Difference difference{before, after};
	const Proof proof;
	const UnitOfFix unit{&before, &after, &difference, &proof, image};
	Selection selection; // as the only unit of the patch

private:
	KernelSymbols open(const FixSource &source)
	{
		std::vector<std::string> units;
		for (const std::string &other : source.others)
			units.push_back(compiled_file(other, plain));
		if (!source.of_vmlinux)
			units.push_back(source.file(source.before, plain));
		kernel.add_module("kernel/m", module_of("m", units));
		source.prepare(&kernel);
		return kernel.open();
	}
	Proof make_proof(const FixSource &source) const
	{
		if (!source.of_vmlinux)
			return prove(shipped, *image).translated(shipped, before);
		Proof by_name;
		for (const Piece &piece : before.pieces()) {
			std::vector<Image::Symbol> found = image->find(piece.name);
			by_name.addresses.push_back(found.empty() ? 0 : found[0].address);
		}
		return by_name;
	}
};

// A function in assembly, with the site that ftrace needs.
inline std::string traced(const std::string &name, const std::string &body)
{
	return function(name, ".L" + name + ": call __fentry__\n" + body + "\nret") +
	       aside("__mcount_loc,\"a\"", ".quad .L" + name);
}

inline FixSource fix_in_assembly(const std::string &others, const std::string &before,
				 const std::string &after)
{
	return {.before = traced("f", before) + others,
		.after = traced("f", after) + others,
		.assembly = true};
}

// f uses a list of types, of which the fix makes two. The kernel's BTF has the functions get and
// put, with the numbers 3 and 5.
inline FixSource fix_of_types(const std::string &directives = "")
{
	FixSource source = fix_in_assembly("", "mov $list,%rdi", "mov $list,%rdi");
	const std::string get = type_id("__BTF_ID__func__get__1"),
			  put = type_id("__BTF_ID__func__put__2");
	source.before += directives + list_of("list", get);
	source.after += directives + list_of("list", put + get);
	source.of_vmlinux = true;
	source.prepare = [](Kernel *kernel) {
		Types types;
		types.add_function("get");
		types.add_function("put");
		kernel->image.btf = types.bytes();
		for (const char *name : {"f", "list"})
			kernel->image.add(text_start + 0x2900, 't', name);
	};
	return source;
}

}
