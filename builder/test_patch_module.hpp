// SPDX-License-Identifier: LGPL-2.1-or-later
// Patch modules for tests, made of Fixes and of an init part that is written here.
#pragma once

#include "declaration_checks.hpp"
#include "patch_module.hpp"
#include "test_fix.hpp"

#include <klp/patch_file.hpp>

namespace klp::test {

// Stands for kmod/patch, which Kbuild compiles.
inline constexpr const char *init_code = R"(
extern const char klprt_objects[], klprt_objects_end[];
extern long klprt_states[] __attribute__((weak));
extern const unsigned klprt_flags;
int klp_enable_patch(const void *);
int in(".init.text") notrace init_module(void)
{
	return klp_enable_patch(klprt_states) + (klprt_objects_end - klprt_objects) + klprt_flags;
}
noinline void notrace klprt_free(const void *what) { use(what); }
void in(".exit.text") notrace cleanup_module(void) { klprt_free("gone"); }
asm(".pushsection .ibt_endbr_seal,\"a\"\n.long init_module-.\n.popsection");
)";

inline constexpr const char *this_module = R"(
	.section .gnu.linkonce.this_module,"aw"
	.globl __this_module
	.type __this_module,@object
__this_module:
	.fill 24,1,0
	.asciz "klprt_patch"
	.org 256
	.quad init_module, cleanup_module
	.size __this_module,.-__this_module
	.section .modinfo,"a"
	.asciz "name=klprt_patch"
	.section __versions,"a"
	.fill 64,1,1
)";

inline ElfFile elf_of(const std::string &file)
{
	return std::move(ElfFile::parse("init.o", to_bytes(file)).value());
}

struct Making {
	PatchDescription description = {"klp_fix", true, ""};
	std::string init_options = plain;

	Result<std::vector<std::byte>> make(const std::vector<Fix *> &fixes) const
	{
		InitPart init = {elf_of(compiled_file(init_code, init_options)),
				 elf_of(assembled_file(this_module))};
		std::vector<Selection> copies;
		for (const Fix *fix : fixes)
			copies.push_back(fix->selection);
		leave_escapes_to_callbacks(copies);
		return make_patch_module(description, in_order(copies), init, fixes[0]->symbols);
	}
	std::vector<std::byte> made(const std::vector<Fix *> &fixes) const
	{
		Result<std::vector<std::byte>> bytes = make(fixes);
		if (!bytes)
			throw std::runtime_error(bytes.error().message);
		return *bytes;
	}
};

inline PatchFile opened(const std::vector<std::byte> &bytes)
{
	Result<PatchFile> file = PatchFile::parse("klp_fix.ko", bytes);
	if (!file)
		throw std::runtime_error(file.error().message);
	return std::move(*file);
}

inline ModuleFile module_of(const std::vector<std::byte> &bytes)
{
	return std::move(ModuleFile::parse("klp_fix.ko", bytes).value());
}

// KLPRT_*
inline uint32_t flags_of(const ModuleFile &module)
{
	const ElfSymbol *symbol = module.kernel_symbols("klprt_flags").at(0);
	uint32_t flags = 0;
	read_at(module.elf().section_of(*symbol)->data, symbol->value, &flags);
	return flags;
}

// Two functions that change, with cold parts, and one that is new.
inline FixSource two_functions()
{
	auto source = [](const char *fresh, const char *call) {
		return "static int count; noinline int g(int x) { return get(x) + count++; }" +
		       std::string(fresh) + "int f(int x) { if (x) panic(\"f\"); return " + call +
		       "; } int h(int x) { if (x) panic(\"h\"); return 3 * " + call + "; }";
	};
	return {.before = source("", "g(x)"),
		.after =
			source("noinline int fresh(int x) { static int n = 7; return g(x) + n++; }",
			       "fresh(x)")};
}

inline FixSource of_vmlinux()
{
	FixSource source = {.before = "int fn_8(int x) { return get(x); }",
			    .after = "int fn_8(int x) { return get(x) + 1; }"};
	source.of_vmlinux = true;
	return source;
}

}
