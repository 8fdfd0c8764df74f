// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <klp/error.hpp>
#include <klp/module_facts.hpp>
#include <klp/patch_label.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace [[gnu::visibility("default")]] klp {

class ModuleFile;

// Offsets, in bytes, of the fields of the kernel's livepatch structures that a
// patch module fills in. The defaults hold from 6.1 to 7.3 on x86-64;
// Kernel::klp_layout() reads them from a kernel's own BTF.
struct KlpLayout {
	struct {
		size_t size = 200, mod = 0, objs = 8, states = 16, replace = 24;
	} patch;
	struct {
		size_t size = 168, name = 0, funcs = 8, callbacks = 16;
	} object;
	struct {
		size_t size = 152, old_name = 0, new_func = 8, old_sympos = 16;
	} func;
	struct {
		size_t size = 24, id = 0, version = 8;
	} state;
};

struct PatchedFunction {
	std::string name;
	unsigned long sympos; // 0: the name must be unique; else the position, from 1
	std::string replacement; // its symbol; "" where the patch has none: new_func is NULL
	// The replacement, or a function of the patch that it calls, calls the old function by the
	// kernel's symbol: livepatch sends this call to the replacement again.
	bool calls_itself = false;
};

struct PatchedObject {
	std::string name; // "vmlinux" or a module's
	bool is_module; // the object has a name: an object without a name is the kernel itself
	bool has_functions; // funcs points to an array, which may be empty
	std::vector<PatchedFunction> functions;
	std::vector<std::string>
		callbacks; // "pre_patch", "post_patch", "pre_unpatch", "post_unpatch"
};

struct PatchState {
	unsigned long id;
	unsigned version;
};

// A symbol that the kernel's livepatch core resolves, not its module loader:
// .klp.sym.OBJECT.NAME,SYMPOS.
struct LivepatchSymbol {
	std::string section_object; // the object whose .klp.rela section refers to it
	std::string object; // the object that defines it
	std::string name;
	unsigned long sympos;
	size_t relocations; // the number of relocations against it: before 6.2 each one scans all
			    // of kallsyms
};

// A livepatch module on disk, parsed and not loaded. A PatchFile keeps the bytes that it was made
// from, unpacked; references and views live as long as the PatchFile. Distinct threads may use
// distinct PatchFiles.
class PatchFile {
public:
	enum class Encoding {
		none, // the functions could not be found in this file
		static_arrays, // klp_patch, klp_object[], klp_func[] in .data
		klp_build_sections, // .init.klp_objects: of our klp-build and of the kernel's
		kpatch_sections, // .kpatch.funcs
	};

	// EBADMSG, with file, section and offset, when the file is not a well-formed kernel
	// module or has more than 64 MiB, packed or unpacked; else the errno of reading the file.
	// open() accepts a module that is no livepatch; check() reports it.
	static Result<PatchFile> open(const std::string &path, const KlpLayout &layout = {});
	// The same from bytes; path is for messages only.
	static Result<PatchFile> parse(const std::string &path, std::vector<std::byte> bytes,
				       const KlpLayout &layout = {});

	PatchFile(PatchFile &&) noexcept;
	PatchFile &operator=(PatchFile &&) noexcept;
	~PatchFile();

	const std::string &path() const;
	// The unpacked bytes, which load() inserts.
	std::span<const std::byte> bytes() const;
	const std::string &sha256() const;

	const std::string &name() const;
	bool is_x86_64() const;
	// modinfo has livepatch=, which the kernel requires before klp_enable_patch().
	bool is_livepatch() const;
	bool is_signed() const;
	// For a patch that is signed. The Error's code is the errno of the kernel for a broken
	// signature; ENOPKG: the kernel takes this kind of signature for none.
	Result<Signature> signature() const;
	std::string build_id() const;
	// The section .BTF; ENOENT.
	Result<std::vector<std::byte>> btf() const;
	std::optional<std::string_view> vermagic() const;
	std::vector<std::string> dependencies() const;
	// The names of the module's parameters.
	std::vector<std::string> parameters() const;
	std::vector<std::string> needed_symbols() const;
	std::vector<std::string> exported_symbols() const;
	// MODULE_LICENSE(), "" for none, and the namespaces of MODULE_IMPORT_NS().
	std::string license() const;
	std::vector<std::string> imported_namespaces() const;
	std::span<const SymbolVersion> versions() const;

	Encoding encoding() const;
	std::span<const PatchedObject> objects() const;
	std::span<const PatchState> states() const;
	// std::nullopt: the file does not tell; see unknowns().
	std::optional<bool> replace() const;
	// While the modules are patched, the patch keeps the kernel from unloading those that it
	// could not patch again: before 6.3, modules with livepatch relocations.
	bool pins_targets() const;
	std::span<const LivepatchSymbol> livepatch_symbols() const;
	// A livepatch relocation that the kernel cannot resolve, whatever its symbols:
	// livepatch_symbols() is then empty.
	struct WrongRelocation {
		std::string object; // the kernel finds it when this object is patched; "" at once
		std::string message;
	};
	const std::optional<WrongRelocation> &wrong_relocation() const;
	// Build ids that the patch was made for, by object: klp_build_id=OBJECT:HEX
	// in .modinfo.
	std::vector<std::pair<std::string, std::string>> target_build_ids() const;

	// The defects that the patch fixes, as it says itself. EBADMSG for a label that klp cannot
	// read.
	const Result<PatchLabel> &label() const;
	// klp-build's description of the module, as JSON (klp.manifest/1). The module's author may
	// have written anything.
	std::optional<std::string_view> manifest() const;
	// False: after the patch was enabled, something may keep the address of one of its
	// functions. The patch can be disabled, but its module must stay (klp_removable=no in
	// .modinfo).
	bool is_removable() const;
	// True: the same once another patch replaces this one, since the kernel then calls no
	// callback of this one.
	bool stays_if_replaced() const;

	// The facts that this encoding leaves to run time, one sentence each.
	std::span<const std::string> unknowns() const;
	// Why the tool that makes the module is not done with it; "" where it is.
	const std::string &unfinished() const;

private:
	struct Contents;
	explicit PatchFile(std::unique_ptr<Contents> contents);
	static Result<PatchFile> from_module(Result<ModuleFile> opened, const KlpLayout &layout);
	std::unique_ptr<Contents> contents_;
};

}
