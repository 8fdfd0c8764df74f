// SPDX-License-Identifier: LGPL-2.1-or-later
// The encoding of klp-build: the kernel's own (since 6.19, scripts/livepatch/init.c) and ours,
// whose init part is kmod/patch/klprt_patch.c. Two sections describe the patch, and the module
// makes its klp_patch from them when it loads:
//
//	.init.klp_objects+0x00                          name: NULL is vmlinux
//	.init.klp_objects+0x08 R_X86_64_64 .init.klp_funcs+0x0
//	.init.klp_objects+0x10                          four callbacks and a flag
//	.init.klp_objects+0x38 (2)                      nr_funcs
//	.init.klp_funcs+0x00   R_X86_64_64 .rodata.klp.str1.1+0x7
//	.init.klp_funcs+0x08   R_X86_64_64 .text.f+0x10
//	.init.klp_funcs+0x10   (0)                      sympos
//
// The kernel's klp-build has nothing more: code sets .replace (KLP_NO_REPLACE), and it has no
// states. Ours has both in data, at the symbols klprt_flags and klprt_states.
#include "../../kmod/patch/klprt_patch.h"
#include "../try.hpp"
#include "encoding.hpp"

#include <algorithm>

namespace klp {

namespace {

// As 6.19 named it.
constexpr const char *first_objects_section = "__klp_objects";
constexpr uint32_t known_flags =
	KLPRT_REPLACE | KLPRT_PIN_TARGETS | KLPRT_STAYS | KLPRT_STAYS_IF_REPLACED;

class KlpBuildSections {
public:
	KlpBuildSections(const ElfFile &elf, const ModulePointers &pointers,
			 const KlpLayout &layout)
	    : elf_(elf), pointers_(pointers), layout_(layout)
	{
	}

	Result<std::optional<DecodedPatch>> decode();

private:
	Result<std::vector<PatchedObject>> objects(const ElfSection &section);
	Result<std::vector<PatchedFunction>> functions(Place object);
	Result<> read_own(const ElfSection &section, Place flags, DecodedPatch *decoded) const;
	Result<std::optional<Place>> defined(std::string_view name) const;
	std::string unfinished() const;

	const ElfFile &elf_;
	const ModulePointers &pointers_;
	const KlpLayout &layout_;
	size_t entries_ = 0;
};

// The place where the module defines a symbol.
Result<std::optional<Place>> KlpBuildSections::defined(std::string_view name) const
{
	std::optional<Place> found;
	for (const ElfSymbol &symbol : elf_.symbols()) {
		const ElfSection *section = elf_.section_of(symbol);
		if (symbol.name != name || !section)
			continue;
		if (found)
			return elf_.corrupt(*section, symbol.value, "a second '%s'",
					    std::string(name).c_str());
		found = Place{section, symbol.value};
	}
	return found;
}

Result<std::vector<PatchedFunction>> KlpBuildSections::functions(Place object)
{
	Place count_at = object + offsetof(klprt_object_ext, nr_funcs);
	unsigned count = TRY(pointers_.value<unsigned>(count_at));
	std::optional<Place> funcs = pointers_.follow(object + offsetof(klprt_object_ext, funcs));
	if (count > 0 && !funcs)
		return elf_.corrupt(*count_at.section, count_at.offset,
				    "%u function%s, and no pointer to them", count,
				    count == 1 ? "" : "s");
	std::vector<PatchedFunction> functions;
	for (unsigned i = 0; i < count; i++) {
		Place at = *funcs + i * sizeof(klprt_func_ext);
		PatchedFunction function =
			TRY(pointers_.function(at + offsetof(klprt_func_ext, old_name),
					       at + offsetof(klprt_func_ext, new_func),
					       at + offsetof(klprt_func_ext, sympos)));
		functions.push_back(std::move(function));
		if (++entries_ > ModulePointers::most_entries)
			return elf_.corrupt(*count_at.section, count_at.offset,
					    "%u functions, more than a patch ever has", count);
	}
	return functions;
}

Result<std::vector<PatchedObject>> KlpBuildSections::objects(const ElfSection &section)
{
	if (section.size % sizeof(klprt_object_ext) != 0 || section.type == SHT_NOBITS)
		return elf_.corrupt(section, 0, "%#llx bytes are no array of entries of %zu",
				    static_cast<unsigned long long>(section.size),
				    sizeof(klprt_object_ext));
	std::vector<PatchedObject> objects;
	for (Place at = {&section, 0}; at.offset < section.size;
	     at = at + sizeof(klprt_object_ext)) {
		const ElfRelocation *name = pointers_.at(at + offsetof(klprt_object_ext, name));
		PatchedObject object;
		object.name = "vmlinux";
		object.is_module = name != nullptr;
		object.has_functions = true; // an array, which may be empty
		if (name) {
			std::string module = TRY(pointers_.name(*name, at));
			object.name = module;
		}
		object.functions = TRY(functions(at));
		object.callbacks = pointers_.callbacks(at + offsetof(klprt_object_ext, callbacks));
		objects.push_back(std::move(object));
		if (++entries_ > ModulePointers::most_entries)
			return elf_.corrupt(section, at.offset,
					    "more objects than a patch ever has");
	}
	return objects;
}

// Reads the input of our init part: these symbols, and not the section.
Result<> KlpBuildSections::read_own(const ElfSection &section, Place flags_at,
				    DecodedPatch *decoded) const
{
	std::optional<Place> begin = TRY(defined("klprt_objects"));
	std::optional<Place> end = TRY(defined("klprt_objects_end"));
	if (!begin || !end || begin->section != &section || end->section != &section ||
	    begin->offset != 0 || end->offset != section.size)
		return elf_.corrupt(section, 0,
				    "klprt_objects to klprt_objects_end is not this section");
	uint32_t flags = TRY(pointers_.value<uint32_t>(flags_at));
	decoded->replace = flags & KLPRT_REPLACE;
	decoded->pins_targets = flags & KLPRT_PIN_TARGETS;
	decoded->stays = flags & KLPRT_STAYS;
	decoded->stays_if_replaced = flags & KLPRT_STAYS_IF_REPLACED;
	if (flags & ~known_flags)
		return elf_.corrupt(*flags_at.section, flags_at.offset,
				    "klprt_flags is %#x, of which only %#x is known", flags,
				    known_flags);
	std::optional<Place> states = TRY(defined("klprt_states"));
	if (states)
		decoded->states = TRY(pointers_.states(*states, layout_));
	return {};
}

// 'objtool klp diff' leaves the symbols of livepatch relocations weak and undefined, which for the
// kernel are at 0; 'objtool klp post-link' marks them.
std::string KlpBuildSections::unfinished() const
{
	for (const ElfSymbol &symbol : elf_.symbols()) {
		if (symbol.section == SHN_UNDEF && symbol.name.starts_with(".klp.sym."))
			return "'objtool klp post-link' has not run on it: to the kernel, '" +
			       std::string(symbol.name.substr(0, 100)) +
			       "' is an ordinary symbol that is nowhere";
	}
	return "";
}

Result<std::optional<DecodedPatch>> KlpBuildSections::decode()
{
	const ElfSection *section = elf_.section(KLPRT_OBJECTS_SECTION);
	if (!section)
		section = elf_.section(first_objects_section);
	if (!section)
		return std::optional<DecodedPatch>();
	DecodedPatch decoded;
	decoded.encoding = PatchFile::Encoding::klp_build_sections;
	decoded.objects = TRY(objects(*section));
	decoded.unfinished = unfinished();
	std::optional<Place> flags = TRY(defined("klprt_flags"));
	if (flags)
		TRY(read_own(*section, *flags, &decoded));
	else
		decoded.unknowns.push_back(
			"replace was decided when the patch was compiled, and is not written down");
	return decoded;
}

}

Result<std::optional<DecodedPatch>> decode_klp_build_sections(const ElfFile &elf,
							      const ModulePointers &pointers,
							      const KlpLayout &layout)
{
	return KlpBuildSections(elf, pointers, layout).decode();
}

}
