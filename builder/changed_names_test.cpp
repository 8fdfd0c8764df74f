// SPDX-License-Identifier: LGPL-2.1-or-later
#include "changed_names.hpp"

#include <gtest/gtest.h>

using namespace klp;

namespace {

std::string joined(const std::set<std::string> &names)
{
	std::string text;
	for (const std::string &name : names)
		text += (text.empty() ? "" : " ") + name;
	return text;
}

// "function f; type s": what an item is, and what it is called by.
std::string items(const std::string &text)
{
	static constexpr const char *kinds[] = {"directive", "macro", "function", "type",
						"declaration"};
	std::string all;
	for (const HeaderItem &item : items_of_header(text))
		all += (all.empty() ? "" : "; ") + std::string(kinds[static_cast<int>(item.kind)]) +
		       " " + joined(names_of(item));
	return all;
}

// The names, and behind a bar the types whose members change.
std::string touched(const std::string &before, const std::string &after)
{
	std::optional<ChangedNames> found = names_changed(before, after);
	return found ? joined(found->names) + "|" + joined(found->types) : "everything";
}

const std::string head = "#ifndef A_H\n#define A_H\n#include <b.h>\n", tail = "#endif\n";

}

TEST(header_items, are_called_by_their_names)
{
	EXPECT_EQ(items("int f(int x, struct a *b);"), "declaration f");
	EXPECT_EQ(items("extern struct a *f(void) __must_check;"), "declaration f");
	EXPECT_EQ(items("static inline __printf(1, 2) int f(int x)\n{ if (x) { g(); } return 1; }"),
		  "function f");
	EXPECT_EQ(items("#define M(x) ((x) + \\\n\tg(x))\n#define N /* a\nb */ 2\n"),
		  "macro M; macro N");
	EXPECT_EQ(items("struct a { int x; struct { int y; } z; };"), "type a");
	EXPECT_EQ(items("struct __attribute__((packed)) a { int x; } b;"), "type a b packed");
	EXPECT_EQ(items("typedef struct { int x; } a_t;"), "type a_t");
	EXPECT_EQ(items("enum a { B, C = 3 };"), "type B C a");
	EXPECT_EQ(items("extern int a, b[4]; extern struct s c;"),
		  "declaration a b; declaration c");
	// Too many names affect too many files, at worst.
	EXPECT_EQ(items("extern struct s c __read_mostly;"), "declaration __read_mostly c");
	// No code changes because of it.
	EXPECT_EQ(items("struct a;"), "declaration ");
	// The names that a macro declares are unknown.
	EXPECT_EQ(items("DECLARE_PER_CPU(struct rq, runqueues);"),
		  "declaration DECLARE_PER_CPU rq runqueues");
	EXPECT_EQ(items("// int f(void);\n/* int g(void); */ int h(const char *s /* \" */);"),
		  "declaration h");
}

TEST(header_items, a_string_or_comment_ends_nothing)
{
	EXPECT_EQ(items("static inline void f(void) { p(\"};\"); /* }; */ q('}'); } int g(void);"),
		  "function f; declaration g");
}

TEST(names_changed, of_what_is_there_on_one_side_only)
{
	std::string text = "int f(void);\n";
	EXPECT_EQ(touched(head + text + tail, head + text + "int g(int);\n" + tail), "g|");
	EXPECT_EQ(touched(head + text + tail, head + tail), "f|");
	EXPECT_EQ(touched(head + text + tail, head + "/* now */ int  f(void);\n\n" + tail), "|");
	EXPECT_EQ(touched("static inline int f(int x) { return x; }",
			  "static inline int f(int x) { return x + 1; }"),
		  "f|");
	EXPECT_EQ(touched("#define M 1\n", "#define M 2\n"), "M|");
	EXPECT_EQ(touched("enum a { B };", "enum a { A, B };"), "A B a|");
}

TEST(names_changed, of_a_struct_are_the_members_that_change)
{
	EXPECT_EQ(touched("struct a { int x; int y; };", "struct a { int x; long y; u8 z[2]; };"),
		  "y z|a");
	EXPECT_EQ(touched("struct a { int x; };", "struct a { int x; void (*call)(struct b *); };"),
		  "call|a");
}

TEST(names_changed, below_another_condition_is_all)
{
	std::string text = "int f(void);\nint g(void);\n";
	EXPECT_EQ(touched("#ifdef A\n" + text + "#endif\n", "#ifdef B\n" + text + "#endif\n"),
		  "f g|");
	EXPECT_EQ(touched("int f(void);\n", "int f(void);\n#ifdef A\nint g(void);\n#else\n"
					    "static inline int g(void) { return 0; }\n#endif\n"),
		  "g|");
}

TEST(names_changed, an_include_concerns_everybody)
{
	EXPECT_EQ(touched(head + tail, head + "#include <c.h>\n" + tail), "everything");
	EXPECT_EQ(touched(head + tail, head + "#undef M\n" + tail), "everything");
}

TEST(mentions, whole_words_of_code)
{
	EXPECT_TRUE(mentions("int x = set_limit(1);", {"set_limit"}));
	EXPECT_FALSE(mentions("int x = set_limits(1); /* set_limit */", {"set_limit"}));
}

TEST(pastes, make_a_name_of_an_argument)
{
	Pastes pastes;
	pastes.add("#define SET(x) set_##x()\n#define LIMIT(x) x ## _limit\n");
	EXPECT_EQ(joined(pastes.arguments_for({"set_limit"})), "limit set");
	EXPECT_EQ(joined(pastes.arguments_for({"set_upper_limit"})), "set_upper upper upper_limit");
	EXPECT_EQ(joined(pastes.arguments_for({"get_size", "set_x"})), "set_");
}

TEST(dependent_names, from_macros_functions_and_types_that_are_made_of_them)
{
	EXPECT_EQ(joined(dependent_names("#define M f(1)\n"
					 "static inline int g(void) { return f(2); }\n"
					 "struct s { int x[sizeof(f)]; };\n"
					 "int h(int f);\n"
					 "struct t { int f; };\n",
					 {"f"})),
		  "M g s");
}

TEST(changed_names, one_that_is_only_defined_is_named_once)
{
	const std::string defined = "enum e { E_ONE, E_TWO, E_MAX };";
	EXPECT_TRUE(is_only_defined("E_MAX", {defined, "int f(void) { return E_ONE; } // E_MAX"}));
	EXPECT_FALSE(is_only_defined("E_MAX", {defined, "int a[E_MAX];"}));
	EXPECT_FALSE(is_only_defined("E_MAX", {defined + "int a[E_MAX];"}));
	EXPECT_FALSE(is_only_defined("E_MAX", {"int a;"})); // defined by whom?
	EXPECT_FALSE(is_only_defined("E_MAX", {defined, "#define e(x) E_##x\nint a[e(MAX)];"}));
	EXPECT_TRUE(is_only_defined("E_MAX", {defined, "#define e(x) E_##x\nint a[e(ONE)];"}));
}
