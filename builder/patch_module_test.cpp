// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../kmod/patch/klprt_patch.h"
#include "../libklp/module/patch_label.hpp"
#include "../libklp/test/test_said.hpp"
#include "patch_module.hpp"
#include "test_patch_module.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

std::vector<std::string> modinfo(const ModuleFile &module, const char *key)
{
	std::vector<std::string> values;
	for (std::string_view value : module.modinfo_all(key))
		values.emplace_back(value);
	return values;
}

// The tables of livepatch relocations.
std::vector<std::string> livepatch_sections(const ElfFile &elf)
{
	std::vector<std::string> names;
	for (const ElfSection &section : elf.sections()) {
		if (section.flags & SHF_RELA_LIVEPATCH)
			names.emplace_back(section.name);
	}
	std::ranges::sort(names);
	return names;
}

}

TEST(patch_module, names_its_objects_functions_and_positions)
{
	Fix module(two_functions()), kernel(of_vmlinux());
	PatchFile file = opened(Making().made({&module, &kernel}));
	EXPECT_EQ(file.encoding(), PatchFile::Encoding::klp_build_sections);
	EXPECT_EQ(file.name(), "klp_fix");
	EXPECT_TRUE(file.is_livepatch());
	ASSERT_EQ(file.objects().size(), 2u);
	const PatchedObject &m = file.objects()[0], &vmlinux = file.objects()[1];
	EXPECT_EQ(m.name, "m");
	EXPECT_TRUE(m.is_module);
	ASSERT_EQ(m.functions.size(), 2u);
	EXPECT_EQ(m.functions[0].name, "f");
	EXPECT_EQ(m.functions[0].sympos, 1u);
	EXPECT_EQ(m.functions[0].replacement, "f");
	EXPECT_EQ(m.functions[1].name, "h");
	EXPECT_EQ(m.functions[1].replacement, "h");
	EXPECT_EQ(vmlinux.name, "vmlinux");
	EXPECT_FALSE(vmlinux.is_module);
	ASSERT_EQ(vmlinux.functions.size(), 1u);
	EXPECT_EQ(vmlinux.functions[0].name, "fn_8");
}

TEST(patch_module, two_units_of_an_object_are_one_object)
{
	Fix one(two_functions()), kernel(of_vmlinux());
	Fix other({.before = "int other(int x) { return get(x); }",
		   .after = "int other(int x) { return get(x) + 1; }"});
	PatchFile file = opened(Making().made({&one, &kernel, &other}));
	ASSERT_EQ(file.objects().size(), 2u);
	ASSERT_EQ(file.objects()[0].functions.size(), 3u);
	EXPECT_EQ(file.objects()[0].functions[2].name, "other");
	EXPECT_EQ(file.objects()[0].functions[2].replacement, "other");
}

TEST(patch_module, relocations_belong_to_the_object_that_has_to_be_there)
{
	FixSource source = {.before = "int f(int x) { return get(x); }",
			    .after = "int secret(int), elsewhere(int); extern int own;"
				     "int f(int x) { return secret(x) + elsewhere(x) + own; }"};
	source.others = {"int own = 1;"};
	source.prepare = [](Kernel *kernel) {
		kernel->add_module(
			"kernel/other",
			klp::test::module_of(
				"other",
				{compiled_file("int elsewhere(int x) { return x; }", plain)}));
		kernel->symvers = "0x00000001\telsewhere\tother\tEXPORT_SYMBOL\t\n";
	};
	Fix fix(source);
	PatchFile file = opened(Making().made({&fix}));
	std::vector<std::string> found;
	for (const LivepatchSymbol &symbol : file.livepatch_symbols())
		found.push_back(symbol.section_object + ": " + symbol.object + "." + symbol.name +
				"," + std::to_string(symbol.sympos));
	std::ranges::sort(found);
	EXPECT_EQ(found, (std::vector<std::string>{"m: m.own,1", "m: other.elsewhere,1",
						   "vmlinux: vmlinux.secret,1"}));
	EXPECT_TRUE(file.pins_targets());
	std::vector<std::string> needed = file.needed_symbols();
	std::ranges::sort(needed);
	EXPECT_EQ(needed, (std::vector<std::string>{"__fentry__", "klp_enable_patch", "use"}));
}

TEST(patch_module, a_list_of_types_is_there_with_its_numbers)
{
	Fix fix(fix_of_types());
	ModuleFile module = module_of(Making().made({&fix}));
	std::span<const std::byte> constants = module.elf().section(".rodata")->data;
	std::vector<std::byte> numbers = to_bytes(std::string("\5\0\0\0\3\0\0\0", 8));
	EXPECT_FALSE(std::ranges::search(constants, numbers).empty());
}

TEST(patch_module, only_code_and_data_have_relocations_that_wait_for_a_module)
{
	Fix fix(two_functions());
	ModuleFile module = module_of(Making().made({&fix}));
	EXPECT_EQ(livepatch_sections(module.elf()), std::vector<std::string>{".klp.rela.m..text"});
	Fix kernel(of_vmlinux());
	PatchFile file = opened(Making().made({&kernel}));
	EXPECT_FALSE(file.pins_targets());
}

TEST(patch_module, replaced_functions_alone_have_symbols_in_the_code)
{
	Fix fix(two_functions());
	ModuleFile module = module_of(Making().made({&fix}));
	const ElfSection *text = module.elf().section(".text");
	std::vector<std::pair<uint64_t, const ElfSymbol *>> symbols;
	for (const ElfSymbol &symbol : module.elf().symbols()) {
		if (symbol.section == text->index && symbol.type != STT_SECTION)
			symbols.emplace_back(symbol.value, &symbol);
	}
	std::ranges::sort(symbols);
	ASSERT_EQ(symbols.size(), 2u);
	EXPECT_EQ(symbols[0].second->name, "f");
	EXPECT_EQ(symbols[0].first, 0u);
	EXPECT_EQ(symbols[1].second->name, "h");
	EXPECT_EQ(symbols[0].second->size, piece_of(fix.after, "f").size);
	// The code between the two: f and its cold part, directly behind f.
	const Piece &cold = piece_of(fix.after, "f.cold");
	uint64_t end = symbols[0].second->size;
	EXPECT_EQ(text->data[end], cold.bytes[0]);
	EXPECT_LT(symbols[1].first - end, cold.size + 16);
	EXPECT_GE(symbols[1].first - end, cold.size);
}

TEST(patch_module, a_call_of_what_is_included_goes_there)
{
	Fix fix(two_functions());
	ModuleFile module = module_of(Making().made({&fix}));
	Image image = image_of(module);
	const Reference &call = reference_to(fix.after, "f", "'fresh'");
	uint64_t place = image.find("f")[0].address + call.offset;
	int32_t distance = 0;
	read_at(image.bytes(place, 4), 0, &distance);
	const Piece &fresh = piece_of(fix.after, "fresh");
	std::span<const std::byte> code =
		image.bytes(place + 4 + distance, fresh.references[0].offset);
	EXPECT_TRUE(std::equal(code.begin(), code.end(), fresh.bytes.begin()));
	EXPECT_GT(code.size(), 0u);
	// In it, the variable with its value.
	const Reference &use = reference_to(fix.after, "fresh", "'n.0'");
	place += 4 + distance + use.offset;
	read_at(image.bytes(place, 4), 0, &distance);
	int32_t value = 0;
	read_at(image.bytes(place + distance - use.bias, 4), 0, &value);
	EXPECT_EQ(value, 7);
}

TEST(patch_module, each_table_has_the_entries_of_what_is_included)
{
	Fix fix(two_functions());
	ModuleFile module = module_of(Making().made({&fix}));
	const ElfSection *sites = module.elf().section("__mcount_loc");
	ASSERT_NE(sites, nullptr);
	EXPECT_EQ(sites->size, 3 * 8u); // f, h, fresh
	for (const char *name : {"f", "h"})
		EXPECT_TRUE(*module.is_traceable(*module.kernel_symbols(name)[0])) << name;
}

TEST(patch_module, variables_that_the_loader_knows_by_their_sections_stay_in_them)
{
	Fix fix({.before = "int f(int x) { return get(x); }",
		 .after = "int f(int x) { static int in(\".data..percpu\") a = 1;"
			  "static int in(\"__dyndbg\") descriptor = 2; static int b = 3;"
			  "static int c; static const int d[] = {5, 6};"
			  "return get(x) + a++ + descriptor++ + b++ + c++ + d[x]; }"});
	ModuleFile module = module_of(Making().made({&fix}));
	for (const char *name : {".data..percpu", "__dyndbg", ".data", ".bss"}) {
		ASSERT_NE(module.elf().section(name), nullptr) << name;
		EXPECT_EQ(module.elf().section(name)->size, 4u) << name;
	}
	EXPECT_EQ(module.elf().section(".bss")->type, static_cast<uint32_t>(SHT_NOBITS));
	EXPECT_EQ(module.elf().section(".data")->data[0], std::byte{3});
	EXPECT_EQ(module.elf().section(".rodata")->data[0], std::byte{5});
}

TEST(patch_module, every_per_cpu_variable_is_where_the_loader_relocates_it)
{
	FixSource source =
		fix_in_assembly("", "nop", "mov %gs:calls(%rip),%rax\nmov %gs:limit(%rip),%rax");
	source.after +=
		".section .data..percpu,\"aw\"\n.type calls,@object\n.balign 8\n"
		"calls: .quad 1\n.size calls,8\n"
		".section .data..percpu..shared_aligned,\"aw\"\n.balign 64\n.type limit,@object\n"
		"limit: .quad 2\n.size limit,8\n";
	Fix fix(source);
	ModuleFile made = module_of(Making().made({&fix}));
	const ElfFile &module = made.elf();
	EXPECT_EQ(module.section(".data..percpu..shared_aligned"), nullptr);
	const ElfSection *section = module.section(".data..percpu");
	ASSERT_NE(section, nullptr);
	EXPECT_EQ(section->type, static_cast<uint32_t>(SHT_PROGBITS));
	EXPECT_EQ(section->align, 64u);
	EXPECT_EQ(section->size, 72u);
}

TEST(patch_module, strings_and_constants_keep_their_width_and_alignment)
{
	FixSource source =
		fix_in_assembly("", "nop", "lea .Lwide(%rip),%rax\nlea .Lbig(%rip),%rax");
	source.after += ".section .rodata.str2.8,\"aMS\",@progbits,2\n.balign 8\n"
			".Lwide: .short 83, 98, 0\n"
			".section .rodata.cst640,\"aM\",@progbits,640\n.balign 32\n"
			".Lbig: .fill 640,1,7\n";
	Fix fix(source);
	ModuleFile made = module_of(Making().made({&fix}));
	const ElfFile &module = made.elf();
	const ElfSection *section = module.section(".rodata");
	ASSERT_NE(section, nullptr);
	EXPECT_EQ(section->align, 32u);
	std::string_view bytes(reinterpret_cast<const char *>(section->data.data()),
			       section->data.size());
	EXPECT_EQ(bytes.find(std::string_view("S\0b\0\0\0", 6)) % 8, 0u);
	EXPECT_EQ(bytes.find(std::string(640, '\7')) % 32, 0u);
}

TEST(patch_module, the_entries_of_orc_have_their_companions)
{
	auto source = [](const char *body) {
		return function("f", std::string(".Lf: call __fentry__\n") + body + "\nret") +
		       aside("__mcount_loc,\"a\"", ".quad .Lf") + function("g", ".Lg: ret") +
		       aside(".orc_unwind_ip,\"a\"", ".long .Lg-.\n.long .Lf-.\n.long .Lf+5-.") +
		       aside(".orc_unwind,\"a\"", ".byte 1,1,1,1,1,1,2,2,2,2,2,2,3,3,3,3,3,3");
	};
	Fix fix({.before = source("nop"), .after = source("cld"), .assembly = true});
	ModuleFile module = module_of(Making().made({&fix}));
	EXPECT_EQ(module.elf().section(".orc_unwind_ip")->size, 8u);
	const ElfSection *orc = module.elf().section(".orc_unwind");
	ASSERT_EQ(orc->size, 12u);
	EXPECT_EQ(orc->data[0], std::byte{2});
	EXPECT_EQ(orc->data[6], std::byte{3});
}

TEST(patch_module, says_what_it_is_for)
{
	FixSource source = two_functions();
	source.prepare = [](Kernel *kernel) { kernel->exported("spaced", "NS"); };
	source.after += "int spaced(int); int h2(int x) { return spaced(x); }";
	source.before += "int h2(int x) { return get(x); }";
	Fix fix(source);
	Making making;
	making.description.manifest = "{}";
	std::vector<std::byte> bytes = making.made({&fix});
	ModuleFile module = module_of(bytes);
	using Values = std::vector<std::string>;
	EXPECT_EQ(modinfo(module, "license"), Values{"GPL"});
	EXPECT_EQ(modinfo(module, "livepatch"), Values{"Y"});
	EXPECT_EQ(modinfo(module, "name"), Values{"klp_fix"});
	EXPECT_EQ(modinfo(module, "depends"), Values{""});
	EXPECT_EQ(modinfo(module, "vermagic"), Values{"6.1.0-56-test SMP "});
	EXPECT_EQ(modinfo(module, "klp_build_id"), (Values{"m:0102", "vmlinux:1234abcd"}));
	EXPECT_EQ(modinfo(module, "import_ns"), Values{"NS"});
	EXPECT_EQ(modinfo(module, "klp_removable"), Values{});
	PatchFile file = opened(bytes);
	EXPECT_EQ(file.replace(), true);
	EXPECT_EQ(file.manifest(), "{}");
	std::string versions;
	for (const SymbolVersion &version : file.versions())
		versions += version.name + " ";
	EXPECT_EQ(versions, "__fentry__ klp_enable_patch module_layout panic spaced use ");
	EXPECT_EQ(file.versions()[0].crc, 0x1000u);
	EXPECT_EQ(file.build_id().size(), 40u);
	making.description.replace = false;
	EXPECT_EQ(opened(making.made({&fix})).replace(), false);
}

TEST(patch_module, the_label_is_for_modinfo_and_for_sysfs)
{
	Fix fix(two_functions());
	Making making;
	making.description.label = {
		PatchLabel::Source::none, {"CVE-2026-1234"}, "3", "https://example.org"};
	std::vector<std::byte> bytes = making.made({&fix});
	PatchFile file = opened(bytes);
	ASSERT_TRUE(file.label());
	EXPECT_EQ(file.label()->fixes, making.description.label.fixes);
	EXPECT_EQ(file.label()->version, "3");
	EXPECT_EQ(file.label()->url, making.description.label.url);
	ModuleFile module = module_of(bytes);
	const ElfSection *note = module.elf().section(label_section);
	ASSERT_TRUE(note);
	// The kernel shows notes that it loads.
	EXPECT_EQ(note->type, static_cast<uint32_t>(SHT_NOTE));
	EXPECT_TRUE(note->flags & SHF_ALLOC);
	Result<PatchLabel> label = parse_label_note(note->data);
	ASSERT_TRUE(label);
	EXPECT_EQ(label->fixes, making.description.label.fixes);
	EXPECT_EQ(label->url, making.description.label.url);
	EXPECT_EQ(module_of(Making().made({&fix})).elf().section(label_section), nullptr);
}

TEST(patch_module, what_may_be_kept_by_others_makes_it_stay)
{
	Fix fix({.before = "int f(int x) { return get(x); }",
		 .after = "noinline int fresh(int x) { return get(x); }"
			  "int f(int x) { use(fresh); return get(x); }"});
	std::vector<std::byte> bytes = Making().made({&fix});
	EXPECT_FALSE(opened(bytes).is_removable());
	// Sections that any tool can read, and that the init part uses.
	ModuleFile module = module_of(bytes);
	EXPECT_EQ(modinfo(module, "klp_removable"), std::vector<std::string>{"no"});
	EXPECT_EQ(flags_of(module) & KLPRT_STAYS, KLPRT_STAYS);
	Fix other(two_functions());
	EXPECT_EQ(flags_of(module_of(Making().made({&other}))) & KLPRT_STAYS, 0u);
}

TEST(patch_module, the_same_input_gives_the_same_bytes)
{
	Fix one(two_functions()), two(two_functions());
	std::vector<std::byte> bytes = Making().made({&one});
	EXPECT_EQ(bytes, Making().made({&one}));
	EXPECT_EQ(bytes, Making().made({&two}));
	Making other;
	other.description.name = "klp_fax";
	EXPECT_NE(opened(bytes).build_id(), opened(other.made({&one})).build_id());
}

TEST(patch_module, an_init_part_that_needs_what_is_not_exported_is_ENOENT)
{
	FixSource source = two_functions();
	source.prepare = [](Kernel *kernel) {
		std::erase_if(kernel->image.exports, [](const KernelWriter::Export &symbol) {
			return symbol.name == "klp_enable_patch";
		});
	};
	Fix fix(source);
	EXPECT_EQ(
		said(Making().make({&fix})),
		"ENOENT: the init part needs 'klp_enable_patch', which the kernel does not export");
}

// objtool removes ENDBR from functions that no code calls through a pointer, in its view.
TEST(patch_module, nothing_is_sealed)
{
	auto source = [](const char *body) {
		return function("f", std::string(".Lf: call __fentry__\n") + body + "\nret") +
		       aside("__mcount_loc,\"a\"", ".quad .Lf") +
		       aside(".ibt_endbr_seal,\"a\"", ".long .Lf-.");
	};
	Fix fix({.before = source("nop"), .after = source("cld"), .assembly = true});
	ModuleFile module = module_of(Making().made({&fix}));
	EXPECT_EQ(module.elf().section(".ibt_endbr_seal"), nullptr);
	EXPECT_NE(module.elf().section("__mcount_loc"), nullptr);
}

// A function without ENDBR at its beginning faults on a CPU with CET when it is called through a
// pointer.
TEST(patch_module, whatever_has_its_address_taken_begins_with_endbr)
{
	FixSource source = {.before = "int f(int x) { return get(x); }",
			    .after = "static int fresh(int x) { return get(x); }"
				     "int (*hook)(int) = fresh;"
				     "static int other(int x) { return get(x) + 1; }"
				     "int f(int x) { use(other); return hook(x); }"};
	source.options = "-fcf-protection=branch ";
	Fix fix(source);
	Making making;
	making.init_options = "-fcf-protection=branch ";
	ModuleFile module = module_of(making.made({&fix}));
	size_t count = 0;
	for (const ElfSection &rela : module.elf().sections()) {
		if (rela.type != SHT_RELA || rela.flags & SHF_RELA_LIVEPATCH ||
		    rela.name == ".rela__mcount_loc")
			continue;
		std::vector<ElfRelocation> entries = module.elf().relocations(rela).value();
		for (const ElfRelocation &entry : entries) {
			const ElfSymbol &symbol = module.elf().symbols()[entry.symbol];
			const ElfSection *section = module.elf().section_of(symbol);
			if (!section || !(section->flags & SHF_EXECINSTR) ||
			    is_pc_relative(entry.type))
				continue;
			count++;
			EXPECT_TRUE(std::ranges::equal(
				section->data.subspan(symbol.value + entry.addend, 4),
				to_bytes("\xf3\x0f\x1e\xfa")))
				<< rela.name << "+" << entry.offset;
		}
	}
	EXPECT_EQ(count, 5u); // f, other, fresh in hook, init and exit
}
