// SPDX-License-Identifier: LGPL-2.1-or-later
// Livepatch modules for tests, in the encoding of static arrays or of klp-build. A test sets the
// fields that it is about, then calls file() or, to change more, writer().
#pragma once

#include "../../kmod/patch/klprt_patch.h"
#include "test_elf.hpp"

#include <klp/patch_file.hpp>

namespace klp::test {

inline constexpr const char *release = "6.1.0-56-amd64";
inline constexpr const char *vermagic = "6.1.0-56-amd64 SMP preempt mod_unload modversions ";

struct Patch {
	struct Function {
		std::string name;
		unsigned long sympos = 0;
		bool replaced = true; // new_func is set
	};
	struct Object {
		std::string name; // "" leaves it NULL: vmlinux
		std::vector<Function> functions;
		std::vector<unsigned> callbacks = {}; // 0 pre_patch … 3 post_unpatch
		bool has_functions = true; // else funcs is NULL
	};
	struct Relocation {
		std::string section; // ".klp.rela.vmlinux..text"
		std::string symbol; // ".klp.sym.vmlinux.foo,0"
		uint16_t symbol_section = SHN_LIVEPATCH;
	};

	std::string name = "fix";
	// "key=value"
	std::vector<std::string> modinfo = {"livepatch=Y", "name=fix",
					    std::string("vermagic=") + vermagic};
	std::string license = "GPL"; // "" for none
	std::vector<Object> objects;
	std::vector<PatchState> states = {};
	bool replace = false;
	bool is_static = true; // else there is no klp_patch in it
	bool is_klp_build = false; // in the form of klp-build, ours
	bool pins_targets = false, stays = false; // so marked, in that form
	std::vector<SymbolVersion> versions = {{"module_layout", 0x11111111}};
	std::vector<std::string> needs = {};
	std::vector<Relocation> relocations = {};
	std::string build_id = {}; // raw
	std::string signature = {}; // the bytes behind the last section; see test_signature.hpp
	std::string manifest = {}; // "" for none

	// Writes sections of these names, in this order: .text .rodata.str1.1 .data
	// .gnu.linkonce.this_module, then those that the fields above require, and .init.text.
	ElfWriter writer() const
	{
		ElfWriter elf;
		uint32_t text = elf.add({.name = ".text", .flags = SHF_ALLOC | SHF_EXECINSTR});
		uint32_t strings = elf.add(
			{.name = ".rodata.str1.1", .flags = SHF_ALLOC | SHF_MERGE | SHF_STRINGS});
		uint32_t data = elf.add({.name = ".data", .flags = SHF_ALLOC | SHF_WRITE});
		uint32_t module = elf.add(
			{.name = ".gnu.linkonce.this_module", .flags = SHF_ALLOC | SHF_WRITE});
		elf.data(module).resize(128);
		elf.data(module).replace(24, name.size(), name);
		uint32_t this_module = elf.symbol("__this_module", module, 0, STT_OBJECT);
		std::string info;
		for (const std::string &entry : modinfo)
			info.append(entry).push_back('\0');
		if (!license.empty())
			info.append("license=" + license).push_back('\0');
		elf.add({.name = ".modinfo", .data = info});
		if (!versions.empty())
			elf.add({.name = "__versions", .data = version_table()});
		if (!build_id.empty())
			elf.add({".note.gnu.build-id", SHT_NOTE, SHF_ALLOC, note()});
		if (!manifest.empty())
			elf.add({.name = ".klp.manifest", .flags = 0, .data = manifest});
		for (const std::string &symbol : needs)
			if (is_klp_build || symbol != "klp_enable_patch")
				elf.symbol(symbol, SHN_UNDEF);
		if (!is_klp_build)
			write_init(&elf, data);
		if (is_klp_build)
			write_sections(&elf, text);
		else if (is_static)
			write_arrays(&elf, text, strings, data, this_module);
		for (const Relocation &entry : relocations) {
			elf.data(text).resize(elf.data(text).size() + 16);
			elf.relocate(text, elf.data(text).size() - 16,
				     elf.symbol(entry.symbol, entry.symbol_section), 0, R_X86_64_64,
				     entry.section, SHF_RELA_LIVEPATCH | SHF_ALLOC);
		}
		return elf;
	}
	std::string file() const { return writer().file() + signature; }
	std::vector<std::byte> bytes() const { return to_bytes(file()); }
	Result<PatchFile> parse() const { return PatchFile::parse(name + ".ko", bytes()); }

private:
	// .init.klp_objects, .init.klp_funcs, .rodata.klp.str1.1, .rodata; then .data.states
	void write_sections(ElfWriter *elf, uint32_t text) const
	{
		uint32_t sections = elf->add({.name = KLPRT_OBJECTS_SECTION});
		uint32_t funcs = elf->add({.name = KLPRT_FUNCS_SECTION});
		uint32_t strings = elf->add({.name = KLPRT_STRINGS_SECTION});
		uint32_t flags = elf->add({.name = ".rodata"});
		put(&elf->data(flags), 0,
		    (replace ? KLPRT_REPLACE : 0) | (pins_targets ? KLPRT_PIN_TARGETS : 0) |
			    (stays ? KLPRT_STAYS : 0));
		elf->symbol("klprt_flags", flags, 0, STT_OBJECT);
		auto name = [&](uint32_t section, uint64_t at, const std::string &string) {
			elf->relocate(section, at, elf->symbol_of(strings),
				      elf->data(strings).size());
			elf->data(strings).append(string).push_back('\0');
		};
		auto code = [&](uint32_t section, uint64_t at, const std::string &symbol) {
			uint64_t place = elf->data(text).size();
			elf->data(text).resize(place + 16);
			elf->relocate(section, at, elf->symbol(symbol, text, place, STT_FUNC));
		};
		uint64_t object = 0, func = 0;
		for (const Object &entry : objects) {
			elf->data(sections).resize(object + sizeof(klprt_object_ext));
			if (!entry.name.empty())
				name(sections, object, entry.name);
			elf->relocate(sections, object + offsetof(klprt_object_ext, funcs),
				      elf->symbol_of(funcs), func);
			put<unsigned>(&elf->data(sections),
				      object + offsetof(klprt_object_ext, nr_funcs),
				      entry.functions.size());
			for (unsigned callback : entry.callbacks)
				code(sections,
				     object + offsetof(klprt_object_ext, callbacks) + callback * 8,
				     "callback");
			object += sizeof(klprt_object_ext);
			for (const Function &function : entry.functions) {
				elf->data(funcs).resize(func + sizeof(klprt_func_ext));
				name(funcs, func, function.name);
				if (function.replaced)
					code(funcs, func + offsetof(klprt_func_ext, new_func),
					     "new_" + function.name);
				put(&elf->data(funcs), func + offsetof(klprt_func_ext, sympos),
				    function.sympos);
				func += sizeof(klprt_func_ext);
			}
		}
		elf->symbol("klprt_objects", sections, 0, STT_OBJECT);
		elf->symbol("klprt_objects_end", sections, object, STT_OBJECT);
		if (states.empty()) {
			elf->symbol("klprt_states", SHN_UNDEF, 0, STT_NOTYPE, STB_WEAK);
			return;
		}
		uint32_t array = elf->add({.name = ".data.states", .flags = SHF_ALLOC | SHF_WRITE});
		elf->symbol("klprt_states", array, 0, STT_OBJECT);
		const KlpLayout layout;
		uint64_t state = 0;
		for (const PatchState &entry : states) {
			put(&elf->data(array), state + layout.state.id, entry.id);
			put(&elf->data(array), state + layout.state.version, entry.version);
			state += layout.state.size;
		}
		elf->data(array).resize(state + layout.state.size);
	}
	// mov $patch,%rdi; jmp klp_enable_patch
	static void write_init(ElfWriter *elf, uint32_t data)
	{
		uint32_t init =
			elf->add({.name = ".init.text",
				  .flags = SHF_ALLOC | SHF_EXECINSTR,
				  .data = std::string("\x48\xc7\xc7\0\0\0\0\xe9\0\0\0\0", 12)});
		elf->relocate(init, 3, elf->symbol_of(data), 0, R_X86_64_32S);
		elf->relocate(init, 8, elf->symbol("klp_enable_patch", SHN_UNDEF), -4,
			      R_X86_64_PLT32);
	}
	// patch, objects, states, then each object's functions.
	void write_arrays(ElfWriter *elf, uint32_t text, uint32_t strings, uint32_t data,
			  uint32_t this_module) const
	{
		const KlpLayout layout;
		auto point = [&](uint64_t at, uint32_t section, uint64_t offset) {
			elf->relocate(data, at, elf->symbol_of(section), offset);
		};
		auto point_to_string = [&](uint64_t at, const std::string &string) {
			uint64_t offset = elf->data(strings).size();
			elf->data(strings).append(string).push_back('\0');
			point(at, strings, offset);
		};
		uint64_t object = layout.patch.size;
		uint64_t state = object + (objects.size() + 1) * layout.object.size;
		uint64_t func = state + (states.size() + 1) * layout.state.size;
		elf->data(data).resize(func);
		elf->relocate(data, layout.patch.mod, this_module);
		point(layout.patch.objs, data, object);
		if (!states.empty())
			point(layout.patch.states, data, state);
		elf->data(data)[layout.patch.replace] = replace;
		for (const Object &entry : objects) {
			if (!entry.name.empty())
				point_to_string(object + layout.object.name, entry.name);
			if (entry.has_functions)
				point(object + layout.object.funcs, data, func);
			for (unsigned callback : entry.callbacks)
				point(object + layout.object.callbacks + callback * 8, text, 0);
			for (const Function &function : entry.functions) {
				point_to_string(func + layout.func.old_name, function.name);
				put(&elf->data(data), func + layout.func.old_sympos,
				    function.sympos);
				if (function.replaced) {
					uint64_t code = elf->data(text).size();
					elf->data(text).resize(code + 16);
					elf->symbol("new_" + function.name, text, code, STT_FUNC,
						    STB_LOCAL);
					point(func + layout.func.new_func, text, code);
				}
				func += layout.func.size;
			}
			func += layout.func.size;
			elf->data(data).resize(func);
			object += layout.object.size;
		}
		for (const PatchState &entry : states) {
			put(&elf->data(data), state + layout.state.id, entry.id);
			put(&elf->data(data), state + layout.state.version, entry.version);
			state += layout.state.size;
		}
	}
	std::string version_table() const
	{
		std::string table;
		for (const SymbolVersion &version : versions) {
			std::string entry(64, '\0');
			put(&entry, 0, uint64_t{version.crc});
			entry.replace(8, version.name.size(), version.name);
			table += entry;
		}
		return table;
	}
	std::string note() const
	{
		Elf64_Nhdr header = {4, static_cast<uint32_t>(build_id.size()), NT_GNU_BUILD_ID};
		std::string note;
		put(&note, 0, header);
		return note.append("GNU\0", 4) + build_id;
	}
};

}
