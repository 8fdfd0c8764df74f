// SPDX-License-Identifier: LGPL-2.1-or-later
#include "selection.hpp"
#include "test_fix.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

// A function f of the module that changes, and what stands before it.
FixSource fix_of(const std::string &others, const std::string &before, const std::string &after)
{
	return {.before = others + "int f(int x) { " + before + " }",
		.after = others + "int f(int x) { " + after + " }"};
}

std::string variable(const std::string &name)
{
	return ".data\n.globl " + name + "\n.type " + name + ",@object\n" + name +
	       ": .quad 5\n.size " + name + ",8\n";
}

}

TEST(selection, a_changed_function_is_replaced_and_nothing_else)
{
	Fix fix(fix_of(
		"static int count; static noinline int g(int x) { return get(x) + count++; }",
		"return g(x);", "return g(x) + 1;"));
	EXPECT_EQ(fix.refusals(), "");
	EXPECT_FALSE(fix.refused());
	EXPECT_EQ(fix.replaced(), "f,1");
	EXPECT_EQ(fix.included(), "f");
	EXPECT_NE(fix.selection.replaced()[0].why, "");
	EXPECT_EQ(fix.placed("f", "'g'"), "m:g,1");
	EXPECT_EQ(fix.placed("f", "'__fentry__'"), "import __fentry__");
}

TEST(selection, the_position_among_functions_of_one_name_is_told)
{
	FixSource source = {.before = "static noinline int f(int x) { return get(x) * 5; }"
				      "int g(int x) { return f(x) + 1; }",
			    .after = "static noinline int f(int x) { return get(x) * 7; }"
				     "int g(int x) { return f(x) + 1; }"};
	source.others = {"static noinline int f(int x) { return get(x) * 2; }"
			 "int h(int x) { return f(x) + 1; }"};
	EXPECT_EQ(Fix(source).replaced(), "f,2");
}

TEST(selection, a_reference_to_what_is_there_goes_there)
{
	Fix fix(fix_of("int count = 3; const int limits[] = {1, 2, 3};"
		       "int printk(const char *, ...); int secret(int);"
		       "static noinline int g(int x) { return get(x) + 1; }",
		       "return g(x);",
		       "printk(\"text\"); use(&count); use(limits + 1); return secret(g(x));"));
	EXPECT_EQ(fix.refusals(), "");
	EXPECT_EQ(fix.placed("f", "'printk'"), "import printk");
	EXPECT_EQ(fix.placed("f", "\"text\""), "content");
	EXPECT_EQ(fix.placed("f", "'count'"), "m:count,1");
	EXPECT_EQ(fix.placed("f", "'limits'+4"), "m:limits,1");
	EXPECT_EQ(fix.placed("f", "'secret'"), "vmlinux:secret,1");
}

TEST(selection, what_another_module_exports_is_looked_up_there)
{
	FixSource source = fix_of("int elsewhere(int);", "return get(x);", "return elsewhere(x);");
	source.prepare = [](Kernel *kernel) {
		kernel->add_module(
			"kernel/fs/other",
			module_of("other",
				  {compiled_file("int elsewhere(int x) { return x; }", plain)}));
		kernel->symvers = "0x00000001\telsewhere\tfs/other\tEXPORT_SYMBOL\t\n";
	};
	Fix fix(source);
	EXPECT_EQ(fix.refusals(), "");
	EXPECT_EQ(fix.placed("f", "'elsewhere'"), "other:elsewhere,1");
}

TEST(selection, what_is_new_goes_along)
{
	Fix fix(fix_of("", "return get(x);",
		       "static int calls = 1; extern int fresh(int); return fresh(x) + calls++; }"
		       "int more = 2; noinline int fresh(int x) { return get(x) + more++;"));
	EXPECT_EQ(fix.refusals(), "");
	EXPECT_EQ(fix.replaced(), "f,1");
	EXPECT_EQ(fix.included(), "f fresh more calls.0");
	EXPECT_EQ(fix.placed("f", "'fresh'"), "included");
	EXPECT_EQ(fix.placed("fresh", "'more'"), "included");
}

TEST(selection, each_cold_part_stands_behind_its_function_and_what_is_new_behind_all_of_these)
{
	Fix fix({.before = "int f(int x) { if (x) panic(\"a\"); return get(x); }"
			   "int g(int x) { if (x) panic(\"b\"); return get(x); }",
		 .after = "noinline int fresh(int x) { if (x) panic(\"c\"); return get(x); }"
			  "int f(int x) { if (x) panic(\"a\"); return fresh(x); }"
			  "int g(int x) { if (x) panic(\"b\"); return fresh(x) + 1; }"});
	EXPECT_EQ(fix.refusals(), "");
	EXPECT_EQ(fix.included(), "f f.cold g g.cold fresh fresh.cold");
}

TEST(selection, a_call_goes_to_the_replacement_and_a_pointer_to_the_original)
{
	auto source = [](const char *more) {
		return std::string("noinline int g(int x) { return get(x)") + more +
		       "; } int f(int x) { use(g); return g(x)" + more + "; }";
	};
	Fix fix({.before = source(""), .after = source(" + 1")});
	EXPECT_EQ(fix.replaced(), "g,1 f,1");
	std::string places;
	for (const Reference &reference : piece_of(fix.after, "f").references) {
		if (described(fix.after, reference) == "'g'")
			places += Fix::described(fix.selection.placement(reference)) + " ";
	}
	EXPECT_EQ(places, "m:g,1 included ");
	EXPECT_EQ(fix.refusals(), "");
}

TEST(selection, a_weak_symbol_that_nobody_has_stays_unresolved)
{
	Fix fix(fix_of("int maybe(int) __attribute__((weak));", "return get(x);",
		       "return maybe ? maybe(x) : get(x);"));
	EXPECT_EQ(fix.refusals(), "");
	EXPECT_EQ(fix.placed("f", "'maybe'"), "unresolved");
}

TEST(selection, a_units_own_functions_of_vmlinux_are_vmlinuxs)
{
	FixSource source = {.before = "noinline int fn_7(int x) { return get(x); }"
				      "int fn_8(int x) { return fn_7(x); }",
			    .after = "noinline int fn_7(int x) { return get(x); }"
				     "int fn_8(int x) { return fn_7(x) + 1; }"};
	source.of_vmlinux = true;
	Fix fix(source);
	EXPECT_EQ(fix.refusals(), "");
	EXPECT_EQ(fix.replaced(), "fn_8,1");
	EXPECT_EQ(fix.placed("fn_8", "'fn_7'"), "vmlinux:fn_7,1");
}

TEST(selection, not_traceable_comes_from_the_difference)
{
	Fix fix({.before = "int notrace f(int x) { return get(x); }",
		 .after = "int notrace f(int x) { return get(x) + 300; }"});
	EXPECT_TRUE(fix.refused());
	EXPECT_EQ(fix.refusals().substr(0, 16), "not-traceable f:");
}

TEST(selection, address_unknown)
{
	EXPECT_EQ(
		Fix(fix_of("int nowhere(int);", "return get(x);", "return nowhere(x);")).refusals(),
		"address-unknown f: vmlinux has no symbol 'nowhere'");
	EXPECT_EQ(
		Fix(fix_of("int twin(int);", "return get(x);", "return twin(x);")).refusals(),
		"address-unknown f: vmlinux has 2 symbols 'twin', and klp-build cannot tell which is meant");
	FixSource source = {.before = "int unheard(int x) { return get(x); }",
			    .after = "int unheard(int x) { return get(x) + 1; }"};
	source.of_vmlinux = true;
	EXPECT_EQ(
		Fix(source).refusals(),
		"address-unknown unheard: klp-build cannot determine the address of 'unheard' in the kernel");
}

TEST(selection, not_movable)
{
	auto source = [](const char *more) {
		return std::string(".text\n.type f,@function\n.type g,@function\n") +
		       "f: call __fentry__\n" + more + "jmp g\n.size f,.-f\ng: ret\n.size g,.-g\n" +
		       aside("__mcount_loc,\"a\"", ".quad f");
	};
	Fix fix({.before = source(""), .after = source("nop\n"), .assembly = true});
	EXPECT_EQ(fix.refusals(),
		  "not-movable f: 'f' has a 2-byte jump to another function of its section");
	EXPECT_TRUE(fix.refused());
}

TEST(selection, key_in_module)
{
	const std::string entry =
		aside("__jump_table,\"aw\"", ".long .Lf-.\n.long .Lf+1-.\n.quad key-.");
	Fix own(fix_in_assembly(variable("key") + entry, "nop", "nop\nnop"));
	EXPECT_EQ(own.refusals(),
		  "key-in-module f: 'f' has a jump label for the static key 'key' of m");
	EXPECT_EQ(own.kept("f", "__jump_table"), 0u);
	// Another unit's of the same module.
	FixSource source = fix_in_assembly(entry, "nop", "nop\nnop");
	source.others = {"long key;"};
	EXPECT_EQ(Fix(source).refusals(),
		  "key-in-module f: 'f' has a jump label for the static key 'key' of m");
}

TEST(selection, the_kernels_own_static_key_may_be_tested)
{
	FixSource source = fix_in_assembly(
		aside("__jump_table,\"aw\"", ".long .Lf-.\n.long .Lf+1-.\n.quad secret-."), "nop",
		"nop\nnop");
	Fix fix(source);
	EXPECT_EQ(fix.refusals(), "");
	EXPECT_EQ(fix.kept("f", "__jump_table"), 1u);
}

TEST(selection, an_alternative_that_an_old_kernel_would_not_correct)
{
	auto refusals = [](const std::string &replacement, bool corrects = false) {
		FixSource source = fix_in_assembly(
			aside(".altinstr_replacement,\"ax\"", ".L1: " + replacement + "\n.L2:") +
				aside(".altinstructions,\"a\"", ".long .Lf-.\n.long .L1-.\n"
								".word 1\n.byte 5,.L2-.L1"),
			"nop", "nop\nnop");
		if (corrects)
			source.prepare = [](Kernel *kernel) {
				kernel->image.add(text_start + 0x2900, 'T',
						  "text_poke_apply_relocation");
			};
		return Fix(source).refusals();
	};
	const std::string refused =
		"relative-alternative f: 'f' has an alternative that refers to ";
	EXPECT_EQ(refusals("cmpl $1,secret(%rip)"), refused + "'secret' by its distance");
	EXPECT_EQ(refusals("nop\ncall get"), refused + "'get' by its distance");
	EXPECT_EQ(refusals("cmpl $1,secret(%rip)", true), "");
	EXPECT_EQ(refusals("call get"), "");
	EXPECT_EQ(refusals("jmp get"), "");
	EXPECT_EQ(refusals("cmpq $secret,%rax"), "");
}

TEST(selection, a_constant_that_is_filled_in_at_boot)
{
	Fix fix(fix_in_assembly(aside("runtime_mask_bits,\"a\"", ".long .Lf-."), "nop",
				"nop\nnop"));
	EXPECT_EQ(fix.refusals(), "boot-constant f: 'f' has a constant of runtime_mask_bits");
	EXPECT_TRUE(fix.refused());
}

TEST(selection, an_entry_of_a_list_that_is_read_at_boot)
{
	FixSource source = fix_in_assembly("", "nop", "nop\nnop");
	source.after += ".section .pci_fixup_header,\"a\"\n.type quirk,@object\n"
			"quirk: .quad f\n.size quirk,8\n";
	Fix fix(source);
	EXPECT_NE(fix.refusals().find("new-key quirk: 'quirk' is new in .pci_fixup_header"),
		  std::string::npos)
		<< fix.refusals();
	EXPECT_TRUE(fix.refused());
}

// A function, or its new variable, brings the entries that the module loader looks for.
TEST(selection, what_the_loader_finds_by_its_section_comes_along)
{
	const std::string domain = ".section .data.domain,\"aw\"\n.type domain,@object\n"
				   "domain: .quad 0\n.size domain,8\n"
				   ".section ___srcu_struct_ptrs,\"a\"\n.type entry,@object\n"
				   "entry: .quad domain\n.size entry,8\n";
	FixSource source = fix_in_assembly("", "nop", "mov domain(%rip),%rax");
	source.after += domain;
	EXPECT_EQ(Fix(source).included(), "f domain entry");
	// No code needs the domain.
	source = fix_in_assembly("", "nop", "nop\nnop");
	source.after += domain;
	EXPECT_EQ(Fix(source).included(), "f");

	const std::string formats = ".section __trace_printk_fmt,\"aw\"\n"
				    ".type trace_printk_fmt.1,@object\n"
				    "trace_printk_fmt.1: .quad 0\n.size trace_printk_fmt.1,8\n";
	FixSource prints = fix_in_assembly("", "nop", "call __trace_bprintk");
	prints.after += formats;
	prints.prepare = [](Kernel *kernel) { kernel->exported("__trace_bprintk"); };
	EXPECT_EQ(Fix(prints).included(), "f trace_printk_fmt.1");
	EXPECT_EQ(Fix(prints).refusals(), "");
}

TEST(selection, a_static_call_of_the_module_goes_through_its_trampoline)
{
	const std::string section = ".static_call_sites,\"aw\"";
	Fix own(fix_in_assembly(variable("key") + aside(section, ".long .Lf-.\n.long key-."), "nop",
				"nop\nnop"));
	EXPECT_EQ(own.refusals(), "");
	EXPECT_EQ(own.kept("f", ".static_call_sites"), 0u);
	Fix kernels(
		fix_in_assembly(aside(section, ".long .Lf-.\n.long secret-."), "nop", "nop\nnop"));
	EXPECT_EQ(kernels.kept("f", ".static_call_sites"), 1u);
}

static void export_elsewhere(Kernel *kernel)
{
	kernel->add_module("kernel/fs/other-fs",
			   module_of("other_fs", {compiled_file("int elsewhere = 1;", plain)}));
	kernel->symvers = "0x00000001\telsewhere\tfs/other-fs\tEXPORT_SYMBOL\t\n";
}

TEST(selection, so_does_one_of_a_module_that_it_depends_on)
{
	FixSource source = fix_in_assembly(
		aside(".static_call_sites,\"aw\"", ".long .Lf-.\n.long elsewhere-."), "nop",
		"nop\nnop");
	source.prepare = export_elsewhere;
	Fix fix(source);
	EXPECT_EQ(fix.refusals(), "");
	EXPECT_EQ(fix.kept("f", ".static_call_sites"), 0u);
}

TEST(selection, a_static_key_of_a_module_that_it_depends_on)
{
	FixSource source = fix_in_assembly(
		aside("__jump_table,\"aw\"", ".long .Lf-.\n.long .Lf+1-.\n.quad elsewhere-."),
		"nop", "nop\nnop");
	source.prepare = export_elsewhere;
	EXPECT_EQ(Fix(source).refusals(),
		  "key-in-module f: 'f' has a jump label for the static key 'elsewhere' of "
		  "other_fs");
}

TEST(selection, table_in_module)
{
	Fix fix(fix_in_assembly(variable("count") + aside("__bug_table,\"aw\"",
							  ".long .Lf-.\n.long count-.\n.long 0"),
				"nop", "nop\nnop"));
	EXPECT_EQ(fix.refusals(),
		  "table-in-module f: an entry of 'f' in __bug_table refers to 'count'");
	EXPECT_TRUE(fix.refused());
}

TEST(selection, new_key)
{
	for (const char *section : {"__tracepoints", ".static_call.text", "__param", ".BTF_ids"}) {
		Fix fix(fix_of("", "return get(x);",
			       std::string("extern int entry; use(&entry); return get(x); }"
					   "int in(\"") +
				       section +
				       "\") entry = 1; int last(int x) { return get(x);"));
		EXPECT_EQ(fix.refusals().substr(0, fix.refusals().find('\n')),
			  "new-key f: 'entry' is new in " + std::string(section) + ", used by 'f'");
		EXPECT_TRUE(fix.refused());
	}
}

TEST(selection, a_sealed_function_is_not_sealed_in_the_patch)
{
	Fix fix(fix_in_assembly(aside(".ibt_endbr_seal,\"a\"", ".long .Lf-.") +
					aside(".return_sites,\"a\"", ".long .Lf-."),
				"nop", "nop\nnop"));
	EXPECT_EQ(fix.refusals(), "");
	EXPECT_EQ(fix.kept("f", ".ibt_endbr_seal"), 0u);
	EXPECT_EQ(fix.kept("f", ".return_sites"), 1u);
	EXPECT_EQ(fix.kept("f", "__mcount_loc"), 1u);
}

TEST(selection, not_removable)
{
	Fix fix(fix_of(
		"", "return get(x);",
		"extern int fresh(int); extern int more; use(fresh); use(&more); return get(x); }"
		"int more = 1; int fresh(int x) { return get(x);"));
	EXPECT_EQ(fix.refusals(), "not-removable fresh: the address of 'fresh' is taken in 'f'\n"
				  "not-removable more: the address of 'more' is taken in 'f'");
	EXPECT_FALSE(fix.refused());
	// In a variable that is new, too.
	Fix stored(
		fix_of("", "return get(x);",
		       "extern int (*hook)(int); return hook(x); } int fresh(int x) "
		       "{ return get(x); } int (*hook)(int) = fresh; int last(int x) { return 1;"));
	EXPECT_NE(stored.refusals().find("not-removable fresh: the address of 'fresh' is taken in "
					 "'hook'"),
		  std::string::npos);
	// No code keeps a string, a message to netlink, the content that fills a variable, a table
	// that the code only reads, or the flag of a warning.
	EXPECT_EQ(Fix(fix_of("", "return get(x);",
			     "int filled[16] = {1, 7, 9, 11, 13, 15, 17, 19, 21, 23};"
			     "static const int list[] = {1, 7, 10}; static char __already_done;"
			     "static const char __msg[] = \"invalid\";"
			     "use(filled); use(&__already_done); use(\"text\"); use(__msg);"
			     "return list[get(x) & 1];"))
			  .refusals(),
		  "");
	EXPECT_EQ(Fix(fix_of("static const int list[] = {1, 7};", "return get(x);",
			     "use(list); return get(x);"))
			  .refusals(),
		  "not-removable list: the address of 'list' is taken in 'f'");
}

// A table "list" of before or after, its users f and g, and what else there is.
static FixSource fix_of_table(const std::string &before, const std::string &after,
			      const std::string &others = "")
{
	const std::string users = "int g(int x) { return get(list[x & 1]); } " + others +
				  " int f(int x) { return list[x & 1] + x; }";
	return {.before = before + users, .after = after + users};
}

TEST(selection, a_table_of_other_values_comes_with_the_functions_that_use_it)
{
	Fix fix(fix_of_table("static const int list[] = {1, 7};",
			     "static const int list[] = {1, 8, 9};"));
	EXPECT_EQ(fix.refusals(), "");
	EXPECT_EQ(fix.replaced(), "g,1 f,1");
	EXPECT_EQ(fix.included(), "g f list");
	EXPECT_EQ(fix.placed("f", "'list'"), "included");
	EXPECT_NE(fix.selection.replaced()[0].why.find("refers to 'list', which is another, at +"),
		  std::string::npos);
	// A loop ends where the table does.
	FixSource loop = fix_of_table(
		"static const int list[] = {1, 7};", "static const int list[] = {1, 8};",
		"void h(void) { for (const int *p = list; p != list + 2; p++) "
		"get(*p); }");
	EXPECT_EQ(Fix(loop).replaced(), "g,1 h,1 f,1");
}

TEST(selection, who_was_given_a_tables_address_is_told)
{
	const std::string before = "static const int list[] = {1, 7};",
			  after = "static const int list[] = {1, 8};",
			  taken = "table-renewed list: 'list' has other values, and its address is "
				  "taken in 'h'",
			  stays = "not-removable list: the address of 'list' is taken in 'h'";
	FixSource source = fix_of_table(before, after, "void h(void) { use(list); }");
	EXPECT_EQ(Fix(source).refusals(), taken + "\n" + stays);
	// The address in the kernel's memory is that of the old table.
	source = fix_of_table(before, after, "");
	source.before += "void h(void) { use(list); }";
	source.after += "void h(void) { use(0); }";
	EXPECT_EQ(Fix(source).refusals(), taken);
	// For that it does not matter which of the two tables matches which.
	auto two = [](const char *one, const char *other, const char *more) {
		auto branch = [](const char *values) {
			return std::string("{ static const int list[] = ") + values +
			       "; use(list); return list[x]; }";
		};
		return "int f(int x) { if (get(x)) " + branch(one) + more + branch(other) + "}";
	};
	std::string said = Fix({.before = two("{1, 2, 3}", "{4, 5, 6}", ""),
				.after = two("{1, 2, 7}", "{4, 5, 8}", "get(x + 1);")})
				   .refusals();
	EXPECT_NE(said.find("has other values, and its address is taken in 'f'"), std::string::npos)
		<< said;
}

TEST(selection, equal_tables_of_a_function_are_no_others)
{
	auto source = [](const char *more) {
		const std::string branch = "{ static const int list[] = {1, 2}; use(list); }";
		return "int f(int x) { if (get(x)) " + branch + more + " else " + branch +
		       " return x; }";
	};
	EXPECT_EQ(Fix({.before = source(""), .after = source("else if (x) return 1;")})
			  .refusals()
			  .find("table-renewed"),
		  std::string::npos);
}

TEST(selection, strings_of_a_table_may_be_kept)
{
	auto source = [](const char *second) {
		return std::string("static const char *const list[] = {\"a\", ") + second +
		       "}; const char *f(int x) { return list[x]; }";
	};
	Fix fix({.before = source("\"b\""), .after = source("\"c\"")});
	EXPECT_EQ(fix.refusals(), "not-removable list: 'list' has the addresses of strings");
	EXPECT_EQ(fix.included(), "f list");
}

TEST(selection, a_table_that_something_else_knows_stays)
{
	const std::string other_value = "data-changed list: 'list' has another initial value";
	auto refusals = [](const std::string &kind, const std::string &others) {
		return Fix(fix_of_table(kind + "int list[] = {1, 7};",
					kind + "int list[] = {1, 8};", others))
			.refusals();
	};
	const std::string table = "static const ", start = "void in(\".init.text\") start(void) ";
	EXPECT_EQ(refusals("const ", ""), other_value) << "other units know its name";
	EXPECT_EQ(refusals(table, "extern const int other[2] __attribute__((alias(\"list\")));"),
		  "data-changed other: 'other' has another initial value");
	EXPECT_EQ(refusals(table, "const void *known = list;"), other_value);
	EXPECT_EQ(refusals(table, start + "{ use(list); }"), other_value)
		<< "whoever it was registered with has it";
	EXPECT_EQ(refusals(table, "int h(const int *p) { return p == list; }"), other_value)
		<< "what was given out before is compared";
	EXPECT_EQ(refusals("static ", "void h(int x) { list[0] = x; }"), other_value);
	EXPECT_EQ(refusals("static in(\".data..ro_after_init\") ", ""), other_value);
	EXPECT_EQ(refusals("static in(\".ref.rodata\") const ", ""), other_value)
		<< "whoever goes through the section knows it";
	EXPECT_EQ(refusals("static const int in(\".rodata.x\") beside[] = {1}; "
			   "static in(\".rodata.x\") const ",
			   "int h(int x) { return beside[x]; }"),
		  other_value)
		<< "where it ends another begins";
	FixSource once = fix_of_table("static const int list[] = {1, 7};",
				      "static const int list[] = {1, 8};");
	FixSource now = once;
	once.before += start + "{ use(list); }";
	EXPECT_NE(Fix(once).refusals().find(other_value), std::string::npos);
	now.after += start + "{ use(list); }";
	EXPECT_NE(Fix(now).refusals().find(other_value), std::string::npos);
	auto addresses = [](const std::string &of) {
		return "int one(int x) { return get(x); } int two(int x) { return get(x + 1); }"
		       "extern int far, near; static const void *const list[] = {" +
		       of + "}; const void *f(int x) { return list[x]; }";
	};
	EXPECT_EQ(Fix({.before = addresses("one, one"), .after = addresses("one, two")}).refusals(),
		  "data-changed list: 'list' refers to 'two' instead of 'one' at +0x8");
	FixSource far = {.before = addresses("&far, &far"), .after = addresses("&far, &near")};
	far.prepare = [](Kernel *kernel) {
		kernel->image.add(data_start + 8, 'D', "far");
		kernel->image.add(data_start + 16, 'D', "near");
	};
	EXPECT_EQ(Fix(far).refusals(),
		  "data-changed list: 'list' refers to 'near' instead of 'far' at +0x8");
}

TEST(selection, a_list_of_types_comes_filled_in)
{
	Fix fix(fix_of_types());
	EXPECT_EQ(fix.refusals(), "table-renewed list: 'list' has other values, and its address is "
				  "taken in 'f'\nnot-removable list: the address of 'list' is "
				  "taken in 'f'");
	EXPECT_EQ(fix.included(), "f list");
	std::vector<std::byte> expected = to_bytes(std::string("\5\0\0\0\3\0\0\0", 8));
	EXPECT_EQ(fix.selection.bytes_of(fix.after.find("list")), expected);
}

TEST(selection, a_list_of_types_that_cannot_be_filled_in_or_that_others_know_is_refused)
{
	FixSource source = fix_of_types();
	source.prepare = [](Kernel *kernel) {
		kernel->image.add(text_start + 0x2900, 't', "f");
		kernel->image.btf = Types().bytes();
	};
	EXPECT_NE(Fix(source).refusals().find(
			  "address-unknown list: 'list': the kernel's BTF has no func put"),
		  std::string::npos);
	EXPECT_NE(Fix(fix_of_types(".globl list\n"))
			  .refusals()
			  .find("data-changed list: 'list' has changed, and other files "
				"refer to it by name"),
		  std::string::npos);
	FixSource of_module = fix_of_types();
	of_module.of_vmlinux = false;
	EXPECT_NE(
		Fix(of_module).refusals().find("new-key f: 'list' is new in .BTF_ids, used by 'f'"),
		std::string::npos);
}

// In assembly, as gcc writes a loop over the list's two members.
TEST(selection, where_one_list_of_types_ends_and_another_begins_is_not_guessed)
{
	const std::string get = type_id("__BTF_ID__func__get__1"),
			  put = type_id("__BTF_ID__func__put__2"),
			  last = list_of("next", type_id("__BTF_ID__func__get__3"));
	auto refusals = [&](const std::string &before, const std::string &after) {
		FixSource source = fix_of_types();
		const std::string loop = "mov $.BTF_ids,%rbx\ncmp $.BTF_ids+8,%rbx";
		source.before = traced("f", loop) + before;
		source.after = traced("f", loop + "\nnop") + after;
		return Fix(source).refusals();
	};
	const std::string told =
		"address-unknown f: 'f' refers to the end of 'list', or to 'next': "
		"klp-build cannot tell which is meant";
	const std::string list = list_of("list", get + put);
	EXPECT_EQ(refusals(list + last, list + last).find("cannot be told"), std::string::npos);
	EXPECT_NE(refusals(list + last, list_of("list", put + get) + last).find(told),
		  std::string::npos);
	EXPECT_NE(refusals(list, list + last).find(told), std::string::npos);
	EXPECT_NE(refusals(list + list_of("gone", type_id("__BTF_ID__func__put__4")) + last,
			   list + last)
			  .find(told),
		  std::string::npos);
}

// Selects for two units of one patch.
static std::vector<Selection> selected_together(Fix *one, Fix *other)
{
	const UnitOfFix units[] = {one->unit, other->unit};
	std::vector<Selection> both = select(units, {}, one->symbols);
	one->selection = both[0];
	other->selection = both[1];
	return both;
}

// Units of one patch: the placement of "helper" for fn_8 of the unit that uses it.
static std::string taken(const FixSource &lending, const FixSource &using_it,
			 std::string *order = nullptr)
{
	Fix provider(lending), user(using_it);
	std::vector<Selection> both = selected_together(&provider, &user);
	if (order) {
		for (const Selection *selection : in_order(both))
			*order += selection == &both[0] ? "provider " : "user ";
	}
	return user.placed("fn_8", "'helper'") + " from " + provider.included() + "\n" +
	       user.refusals();
}

static FixSource user_of_helper()
{
	return {.before = "int fn_8(int x) { return get(x); }",
		.after = "int helper(int x); int fn_8(int x) { return helper(x); }"};
}

TEST(selection, what_another_unit_adds_comes_from_there)
{
	FixSource user = user_of_helper();
	FixSource provider = {.before = "int g(int x) { return get(x); }",
			      .after = "int g(int x) { return get(x) + 1; }"
				       "static noinline int part(int x) { return get(x) * 3; }"
				       "int helper(int x) { return part(x) + part(x + 1); }"};
	std::string order;
	EXPECT_EQ(taken(provider, user, &order), "included from g helper part\n");
	EXPECT_EQ(order, "provider user ");
	// A file without a replacement is placed behind a file with one.
	provider.after.replace(provider.after.find(" + 1"), 4, "");
	order.clear();
	EXPECT_EQ(taken(provider, user, &order), "included from helper part\n");
	EXPECT_EQ(order, "user provider ");
	// A static helper is for its own file only, and the kernel has no helper.
	provider.after.replace(provider.after.find("int helper"), 3,
			       "static int __attribute__((used))");
	EXPECT_NE(taken(provider, user).find("address-unknown fn_8: "), std::string::npos);
}

TEST(selection, what_another_unit_adds_may_be_of_the_kernel_exported_or_not)
{
	FixSource of_module = user_of_helper(), of_vmlinux = of_module;
	of_vmlinux.of_vmlinux = true;
	FixSource provider = {.before = "int fn_7(int x) { return get(x); }",
			      .after = "int fn_7(int x) { return get(x); }"
				       "int helper(int x) { return get(x) + 1; }"};
	FixSource kernels = provider;
	kernels.of_vmlinux = true;
	const std::string refused = "address-unknown fn_8: 'helper' is new in another file";
	EXPECT_EQ(taken(kernels, of_vmlinux), "included from helper\n");
	EXPECT_EQ(taken(kernels, of_module), "included from helper\n");
	EXPECT_NE(taken(provider, of_vmlinux).find(refused), std::string::npos);
}

TEST(selection, what_another_unit_adds_is_not_taken_for_what_the_kernel_has)
{
	// A new variable stays in its unit; secret is a static symbol of another unit.
	FixSource user = {.before = "int fn_8(int x) { return get(x); }",
			  .after = "extern int secret; int fn_8(int x) { return secret; }"};
	FixSource owner = {.before = "int fn_7(int x) { return get(x); }",
			   .after = "int fn_7(int x) { return get(x); } int secret = 1;"};
	Fix mine(user), theirs(owner);
	selected_together(&mine, &theirs);
	EXPECT_NE(mine.refusals().find("address-unknown fn_8: 'secret' is new in another file"),
		  std::string::npos);
}

TEST(selection, what_is_moved_is_refused)
{
	FixSource source = {.before = "int f(int x) { return get(x); }",
			    .after = "noinline int shared(int x) { return get(x) * 2; }"
				     "int f(int x) { return shared(x); }",
			    .others = {"int shared(int x) { return get(x) * 2; }"}};
	Fix fix(source);
	EXPECT_NE(fix.refusals().find("moved shared: 'shared' is new here, and m has it already"),
		  std::string::npos);
}

TEST(selection, not_carried)
{
	Fix fix(fix_of("", "return get(x);",
		       "return get(x) + 1; } int spare = 1; int unused(int x) { return get(x);"));
	EXPECT_EQ(fix.refusals(), "not-carried unused: 'unused' is new\n"
				  "not-carried spare: 'spare' is new");
	EXPECT_EQ(fix.included(), "f");
	EXPECT_FALSE(fix.refused());
}
