// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <klp/error.hpp>
#include <klp/module_facts.hpp>
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
	unsigned long sympos; // 0: the name is to be unique; else which one, from 1
	std::string replacement; // its symbol, "" where the patch has none: new_func is NULL
	// The replacement, or what it calls in the patch, calls the function by the kernel's
	// symbol: the call comes back to the replacement.
	bool calls_itself = false;
};

struct PatchedObject {
	std::string name; // "vmlinux" or a module's
	bool is_module; // it has a name: one without is the kernel itself
	bool has_functions; // funcs points to an array, be it an empty one
	std::vector<PatchedFunction> functions;
	std::vector<std::string>
		callbacks; // "pre_patch", "post_patch", "pre_unpatch", "post_unpatch"
};

struct PatchState {
	unsigned long id;
	unsigned version;
};

// A symbol that the livepatch loader of the kernel resolves, not the module
// loader: .klp.sym.OBJECT.NAME,SYMPOS.
struct LivepatchSymbol {
	std::string section_object; // the object whose .klp.rela section refers to it
	std::string object; // the object that defines it
	std::string name;
	unsigned long sympos;
	size_t relocations; // how many refer to it: below 6.2 each scans all of kallsyms
};

// A livepatch module on disk, parsed and not loaded. It keeps the bytes that it
// was made from, unpacked; references and views live as long as it does.
// Distinct PatchFiles may be used from distinct threads.
class PatchFile {
public:
	enum class Encoding {
		none, // the functions could not be found in this file
		static_arrays, // klp_patch, klp_object[], klp_func[] in .data
		klp_build_sections, // .init.klp_objects: ours, and that of the kernel's klp-build
		kpatch_sections, // .kpatch.funcs
	};

	// EBADMSG, with file, section and offset, when it is not a well-formed
	// kernel module; EFBIG beyond 1 GiB; else the errno of reading it. A module
	// that is no livepatch is opened: check() has the word for it.
	static Result<PatchFile> open(const std::string &path, const KlpLayout &layout = {});
	// The same from bytes; path is for messages only.
	static Result<PatchFile> parse(const std::string &path, std::vector<std::byte> bytes,
				       const KlpLayout &layout = {});

	PatchFile(PatchFile &&) noexcept;
	PatchFile &operator=(PatchFile &&) noexcept;
	~PatchFile();

	const std::string &path() const;
	// The unpacked bytes, those that load() inserts.
	std::span<const std::byte> bytes() const;
	const std::string &sha256() const;

	const std::string &name() const;
	bool is_x86_64() const;
	// modinfo has livepatch=: what the kernel asks for before klp_enable_patch().
	bool is_livepatch() const;
	bool is_signed() const;
	// Of a patch that is. The Error's code is what the kernel answers to a broken one;
	// ENOPKG: of a kind that it takes for none.
	Result<Signature> signature() const;
	std::string build_id() const;
	std::optional<std::string_view> vermagic() const;
	std::vector<std::string> dependencies() const;
	// The names of the module parameters that it takes.
	std::vector<std::string> parameters() const;
	std::vector<std::string> needed_symbols() const;
	std::span<const SymbolVersion> versions() const;

	Encoding encoding() const;
	std::span<const PatchedObject> objects() const;
	std::span<const PatchState> states() const;
	// nothing: the file does not say; see unknowns().
	std::optional<bool> replace() const;
	// While they are patched, the kernel lets no module go that it could not patch
	// again: before 6.3, those with livepatch relocations.
	bool pins_targets() const;
	std::span<const LivepatchSymbol> livepatch_symbols() const;
	// Build ids that the patch was made for, by object: klp_build_id=OBJECT:HEX
	// in .modinfo.
	std::vector<std::pair<std::string, std::string>> target_build_ids() const;

	// What klp-build wrote down about the module, as JSON (klp.manifest/1); its author
	// may have written anything.
	std::optional<std::string_view> manifest() const;
	// No: once it was enabled, something may keep the address of one of its functions,
	// so it can be disabled and its module has to stay (klp_removable=no in .modinfo).
	bool is_removable() const;

	// What this encoding leaves to run time, one sentence each.
	std::span<const std::string> unknowns() const;

private:
	struct Contents;
	explicit PatchFile(std::unique_ptr<Contents> contents);
	static Result<PatchFile> from_module(Result<ModuleFile> opened, const KlpLayout &layout);
	std::unique_ptr<Contents> contents_;
};

}
