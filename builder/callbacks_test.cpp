// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../kmod/patch/klprt_patch.h"
#include "declaration_checks.hpp"
#include "kernel_tree.hpp"
#include "test_patch_module.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

// As klp-build compiles a fix that declares something.
std::string header()
{
	Result<std::string> path = KernelTree::declarations_header();
	if (!path)
		throw std::runtime_error(path.error().message);
	return "-include " + *path + " ";
}

// A function f of the module, changed or not, and what a fix adds to it.
FixSource fix_with(const std::string &declarations, const std::string &body = "return get(x);")
{
	return {.before = "int f(int x) { return get(x); }",
		.after = declarations + " int f(int x) { " + body + " }",
		.options = header()};
}

constexpr const char *all_four =
	"static int prepare(struct klp_object *o) { return get(1); } KLP_PRE_PATCH(prepare);"
	"static void greet(struct klp_object *o) { get(2); } KLP_POST_PATCH(greet);"
	"static void warn(struct klp_object *o) { get(3); } KLP_PRE_UNPATCH(warn);"
	"static void undo(struct klp_object *o) { get(4); } KLP_POST_UNPATCH(undo);";

std::string callback(const std::string &name, const std::string &macro)
{
	std::string result = macro == "KLP_PRE_PATCH" ? "int" : "void";
	std::string value = macro == "KLP_PRE_PATCH" ? "return 0;" : "";
	return "static " + result + " " + name + "(struct klp_object *o) { use(\"" + name +
	       "\"); " + value + " } " + macro + "(" + name + ");";
}

// The address of a timer's function leaves the patch.
std::string escaping(const std::string &more)
{
	return "static void tick(void) { get(9); } " + more;
}

// The entries of each object in the patch: "m: f; pre_patch post_unpatch".
std::string objects_of(const PatchFile &file)
{
	std::string text;
	for (const PatchedObject &object : file.objects()) {
		text += (text.empty() ? "" : "\n") + object.name + ":";
		for (const PatchedFunction &function : object.functions)
			text += " " + function.name;
		text += ";";
		for (const std::string &callback : object.callbacks)
			text += " " + callback;
	}
	return text;
}

std::string states_of(const PatchFile &file)
{
	std::string text;
	for (const PatchState &state : file.states())
		text += std::to_string(state.id) + "," + std::to_string(state.version) + " ";
	return text;
}

// The refusals of one kind, a line each.
std::string said_of(const RefusalKind &kind, const std::vector<Fix *> &fixes)
{
	std::vector<Selection> copies;
	for (const Fix *fix : fixes)
		copies.push_back(fix->selection);
	std::string text;
	for (const Selection &selection : copies) {
		for (const Refusal &refusal : check_declarations(selection, copies)) {
			if (refusal.kind == &kind)
				text += std::string(refusal.kind->id) + " " + refusal.subject +
					": " + refusal.message + "\n";
		}
	}
	return text;
}

std::string declared_twice(const std::vector<Fix *> &fixes)
{
	return said_of(refusal::declared_twice, fixes);
}

// The refusals of the first fix, beside the second.
bool is_removable_beside(const Fix &one, const Fix &other)
{
	std::vector<Selection> both = {one.selection, other.selection};
	leave_escapes_to_callbacks(both);
	return both[0].is_removable();
}

}

TEST(declarations, are_read_from_their_sections)
{
	Object object = compile(all_four + std::string("KLP_STATE(7, 1); KLP_STATE(8, 3);"),
				split + header());
	Declarations found = read_declarations(object);
	std::string text;
	for (const Callback &callback : found.callbacks)
		text += std::string(name_of(callback.kind)) + " " + callback.name + " ";
	EXPECT_EQ(text, "pre_patch prepare post_patch greet pre_unpatch warn post_unpatch undo ");
	ASSERT_EQ(found.states.size(), 2u);
	EXPECT_EQ(found.states[0].id, 7u);
	EXPECT_EQ(found.states[0].version, 1u);
	EXPECT_EQ(found.states[1].id, 8u);
	EXPECT_EQ(found.states[1].version, 3u);
	EXPECT_TRUE(found.has_post_unpatch());
	found = read_declarations(compile("int f(int x) { return get(x); }", split + header()));
	EXPECT_TRUE(found.callbacks.empty());
	EXPECT_TRUE(found.states.empty());
	EXPECT_FALSE(found.has_post_unpatch());
}

TEST(declarations, the_header_comes_with_the_macros)
{
	for (const char *line :
	     {"+KLP_PRE_PATCH(f);", "+KLP_POST_PATCH(f);", "+KLP_PRE_UNPATCH (f);",
	      "+  KLP_POST_UNPATCH(f);", "+KLP_STATE(7, 1);", "+	KLP_STATE_DATA(7) = x;"})
		EXPECT_TRUE(adds_declarations("--- a/f.c\n+++ b/f.c\n" + std::string(line) + "\n"))
			<< line;
	for (const char *line : {"+#include \"kpatch-macros.h\"", "+#include <kpatch-syscall.h>",
				 "+  #  include <linux/livepatch_helpers.h>"})
		EXPECT_TRUE(adds_declarations("--- a/f.c\n+++ b/f.c\n" + std::string(line) + "\n"))
			<< line;
	for (const char *line : {" #include \"kpatch-macros.h\"", "-#include \"kpatch-macros.h\"",
				 "+// include \"kpatch-macros.h\"", "+#include <linux/livepatch.h>",
				 "+#include my-kpatch-macros.h", " KLP_PRE_PATCH(f);",
				 "-KLP_PRE_PATCH(f);", "+KLP_PRE_PATCH_CALLBACK(f);",
				 "+MY_KLP_STATE(7, 1);", "+KLP_STATE;", "+int f(void);", "+"})
		EXPECT_FALSE(adds_declarations("--- a/f.c\n+++ b/f.c\n" + std::string(line) + "\n"))
			<< line;
}

TEST(callbacks, what_is_declared_goes_along_and_nothing_escapes_by_it)
{
	Fix fix(fix_with(all_four + std::string("KLP_STATE(7, 1);"), "return get(x) + 1;"));
	EXPECT_EQ(fix.refusals(), "");
	EXPECT_EQ(fix.replaced(), "f,1");
	EXPECT_EQ(fix.included(), "f prepare greet warn undo klprt_state_7");
	PatchFile file = opened(Making().made({&fix}));
	EXPECT_EQ(objects_of(file), "m: f; pre_patch post_patch pre_unpatch post_unpatch");
	EXPECT_EQ(states_of(file), "7,1 ");
	EXPECT_TRUE(file.is_removable());
}

TEST(callbacks, are_a_patch_by_themselves)
{
	Fix fix(fix_with(callback("prepare", "KLP_PRE_PATCH")));
	EXPECT_EQ(fix.refusals(), "");
	EXPECT_EQ(fix.replaced(), "");
	EXPECT_TRUE(fix.selection.patches());
	std::vector<std::byte> bytes = Making().made({&fix});
	EXPECT_EQ(objects_of(opened(bytes)), "m:; pre_patch");
	EXPECT_EQ(states_of(opened(bytes)), "");
	EXPECT_EQ(module_of(bytes).modinfo("klp_build_id"), "m:0102");
	// A state alone does nothing.
	Fix state(fix_with("KLP_STATE(7, 1);"));
	EXPECT_EQ(state.refusals(), "");
	EXPECT_FALSE(state.selection.patches());
}

TEST(callbacks, a_stub_needs_no_replaced_function)
{
	Fix fix(fix_with("int secret(int); static int prepare(struct klp_object *o)"
			 "{ return secret(1) + secret(2); } KLP_PRE_PATCH(prepare);"));
	EXPECT_EQ(fix.refusals(), "");
	EXPECT_NE(module_of(Making().made({&fix})).elf().section(".text.stubs"), nullptr);
}

TEST(callbacks, each_object_has_its_own)
{
	FixSource source = fix_with(callback("undo", "KLP_POST_UNPATCH"));
	FixSource kernels = {.before = "int fn_8(int x) { return get(x); }",
			     .after = callback("undo", "KLP_POST_UNPATCH") +
				      "int fn_8(int x) { return get(x); }",
			     .options = header(),
			     .of_vmlinux = true};
	Fix module(source), kernel(kernels), again(source);
	EXPECT_EQ(objects_of(opened(Making().made({&module, &kernel}))),
		  "m:; post_unpatch\nvmlinux:; post_unpatch");
	EXPECT_EQ(declared_twice({&module, &kernel}), "");
	EXPECT_EQ(
		declared_twice({&module, &again}),
		"declared-twice undo: 'undo' and 'undo' are both the post_unpatch callback of m\n"
		"declared-twice undo: 'undo' and 'undo' are both the post_unpatch callback of m\n");
}

TEST(callbacks, one_that_nothing_undoes_is_told)
{
	auto unpaired = [](const std::vector<Fix *> &fixes) {
		return said_of(refusal::callback_unpaired, fixes);
	};
	Fix before(fix_with(callback("one", "KLP_PRE_PATCH")));
	EXPECT_EQ(unpaired({&before}),
		  "callback-unpaired one: nothing undoes what 'one', the pre_patch callback of m, "
		  "does: there is no post_unpatch\n");
	Fix after(fix_with(callback("two", "KLP_POST_PATCH")));
	EXPECT_EQ(unpaired({&after}),
		  "callback-unpaired two: nothing undoes what 'two', the post_patch callback of m, "
		  "does: there is no pre_unpatch\n");
	Fix leave(fix_with(callback("three", "KLP_PRE_UNPATCH")));
	EXPECT_EQ(unpaired({&after, &leave}), "");
	EXPECT_NE(unpaired({&before, &leave}), "");
	Fix undo(fix_with(callback("four", "KLP_POST_UNPATCH")));
	EXPECT_EQ(unpaired({&before, &after, &undo}), "");
}

TEST(callbacks, declared_twice)
{
	Fix fix(fix_with(callback("one", "KLP_PRE_PATCH") + callback("two", "KLP_PRE_PATCH") +
			 callback("two_as_well", "KLP_POST_PATCH")));
	EXPECT_EQ(declared_twice({&fix}),
		  "declared-twice one: 'one' and 'two' are both the pre_patch callback of m\n"
		  "declared-twice two: 'two' and 'one' are both the pre_patch callback of m\n");
	Fix state(fix_with("KLP_STATE(7, 1);")),
		other(fix_with("KLP_STATE(7, 2); KLP_STATE(8, 1);"));
	EXPECT_EQ(declared_twice({&state, &other}),
		  "declared-twice klprt_state_7: the state 7 is declared twice\n"
		  "declared-twice klprt_state_7: the state 7 is declared twice\n");
}

TEST(callbacks, callback_elsewhere)
{
	Fix fix(fix_with("int prepare(struct klp_object *o); KLP_PRE_PATCH(prepare);"));
	EXPECT_TRUE(fix.refused());
	EXPECT_EQ(fix.refusals(), "callback-elsewhere prepare: the pre_patch callback 'prepare' is "
				  "no function of this file");
}

TEST(callbacks, left_to_callback)
{
	auto source = [](const std::string &macro) {
		return fix_with(escaping(callback("call", macro)), "use(tick); return get(x);");
	};
	for (const char *macro :
	     {"KLP_PRE_PATCH", "KLP_POST_PATCH", "KLP_PRE_UNPATCH", "KLP_POST_UNPATCH"}) {
		Fix fix(source(macro));
		EXPECT_EQ(fix.refusals(),
			  "not-removable tick: the address of 'tick' is taken in 'f'");
		Selection selection = fix.selection;
		leave_escapes_to_callbacks(std::span(&selection, 1));
		bool undoes = std::string(macro) == "KLP_POST_UNPATCH";
		EXPECT_EQ(selection.is_removable(), undoes) << macro;
		EXPECT_EQ(selection.is_left_to_callbacks(), undoes) << macro;
		EXPECT_EQ(selection.refusals()[0].kind,
			  undoes ? &refusal::left_to_callback : &refusal::not_removable);
		EXPECT_FALSE(fix.refused());
	}
}

TEST(callbacks, what_is_left_to_them_stays_if_it_is_replaced)
{
	auto flags = [](const std::string &declarations) {
		Fix fix(fix_with(escaping(declarations), "use(tick); return get(x);"));
		return flags_of(module_of(Making().made({&fix})));
	};
	uint32_t both = KLPRT_STAYS | KLPRT_STAYS_IF_REPLACED;
	EXPECT_EQ(flags("") & both, KLPRT_STAYS);
	EXPECT_EQ(flags(callback("undo", "KLP_POST_UNPATCH")) & both, KLPRT_STAYS_IF_REPLACED);
}

TEST(callbacks, vmlinuxs_are_called_whatever_else_is_there)
{
	FixSource kernels = {.before = "int fn_8(int x) { return get(x); }",
			     .after = callback("undo", "KLP_POST_UNPATCH") +
				      "int fn_8(int x) { return get(x); }",
			     .options = header(),
			     .of_vmlinux = true};
	FixSource escapes_from_kernel = {
		.before = "int fn_8(int x) { return get(x); }",
		.after = escaping("int fn_8(int x) { use(tick); return get(x); }"),
		.options = header(),
		.of_vmlinux = true};
	Fix kernel(kernels), module(fix_with(callback("undo", "KLP_POST_UNPATCH")));
	Fix escape(fix_with(escaping(""), "use(tick); return get(x);")), other(escapes_from_kernel);
	EXPECT_TRUE(is_removable_beside(escape, kernel));
	EXPECT_TRUE(is_removable_beside(escape, module));
	EXPECT_TRUE(is_removable_beside(other, kernel));
	EXPECT_FALSE(is_removable_beside(other, module));
}

// klp_get_prev_state() gives a later patch the values that the fix writes there.
TEST(callbacks, a_states_data_is_that_of_the_patch)
{
	Fix fix(fix_with("static int count = 5; KLP_STATE(6, 1); KLP_STATE(7, 2);",
			 "KLP_STATE_DATA(7) = (void *)(long)get(x); return count++;"));
	EXPECT_EQ(fix.refusals(), "");
	ModuleFile module = module_of(Making().made({&fix}));
	const ElfSection *data = module.elf().section(".data");
	Image image = image_of(module);
	const Reference &store = reference_to(fix.after, "f", "'klprt_state_7'+16");
	uint64_t code = image.find("f")[0].address;
	int32_t field = 0;
	read_at(image.bytes(code + store.offset, 4), 0, &field);
	// The second one's last field.
	std::vector<Image::Symbol> states = image.find("klprt_states");
	ASSERT_EQ(states.size(), 1u);
	uint64_t address = is_pc_relative(store.type) ? code + store.offset - store.bias + field
						      : static_cast<int64_t>(field);
	EXPECT_EQ(address, states[0].address + 24 + 16);
	// Ended by id 0, before anything else.
	EXPECT_EQ(data->data[0], std::byte{6});
	EXPECT_EQ(data->data[24], std::byte{7});
	EXPECT_EQ(data->data[48], std::byte{0});
}

// The kernel calls it through a pointer: on a CPU with CET it would fault without ENDBR.
TEST(callbacks, begin_with_endbr)
{
	FixSource source = fix_with(all_four);
	source.options += "-fcf-protection=branch ";
	Fix fix(source);
	ModuleFile module = module_of(Making().made({&fix}));
	std::vector<ElfRelocation> entries =
		module.elf().relocations(*module.elf().section(".rela.init.klp_objects")).value();
	size_t count = 0;
	for (const ElfRelocation &entry : entries) {
		const ElfSymbol &symbol = module.elf().symbols()[entry.symbol];
		const ElfSection *section = module.elf().section_of(symbol);
		if (!(section->flags & SHF_EXECINSTR))
			continue;
		count++;
		EXPECT_TRUE(
			std::ranges::equal(section->data.subspan(symbol.value + entry.addend, 4),
					   to_bytes("\xf3\x0f\x1e\xfa")));
	}
	EXPECT_EQ(count, 4u);
}

TEST(callbacks, what_another_tool_is_told_is_refused_by_name)
{
	Fix fix(fix_with("KLPRT_REFUSED(KPATCH_FORCE_UNSAFE, f) "
			 "KLPRT_REFUSED(KPATCH_IGNORE_SECTION, \"__bug_table\") ",
			 "return get(x) + 1;"));
	EXPECT_EQ(fix.refusals(),
		  "macro-refused KPATCH_FORCE_UNSAFE(f): 'KPATCH_FORCE_UNSAFE(f)' has no meaning "
		  "here\nmacro-refused KPATCH_IGNORE_SECTION(\"__bug_table\"): "
		  "'KPATCH_IGNORE_SECTION(\"__bug_table\")' has no meaning here");
	EXPECT_TRUE(fix.refused());
}

TEST(callbacks, another_tools_own_sections_are_refused)
{
	for (const std::string name :
	     {".kpatch.callbacks.pre_patch", ".kpatch.force", ".discard.klp_callback_ptrs"}) {
		Fix fix(fix_with("void *theirs in(\"" + name + "\") = 0;", "return get(x) + 1;"));
		EXPECT_NE(fix.refusals().find("macro-refused " + name), std::string::npos)
			<< fix.refusals();
	}
}
