// SPDX-License-Identifier: LGPL-2.1-or-later
#include "selection.hpp"
#include "test_fix.hpp"
#include "untraceable.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

// A unit of a fix, and its proof.
struct FixedUnit {
	FixedUnit(const Image &image, const std::string &before_source,
		  const std::string &after_source)
	    : before(compile(before_source)),
	      after(compile(after_source)),
	      shipped(compile(before_source, plain)),
	      difference(before, after),
	      proof(prove(shipped, image).translated(shipped, before))
	{
	}
	const Object before, after, shipped;
	Difference difference;
	const Proof proof;
};

// A module of two units that a fix changes, and of others that it doesn't.
class Fixes {
public:
	Fixes(const std::string &first, const std::string &first_after, const std::string &second,
	      const std::string &second_after, const std::string &others = "")
	    : symbols(open({first, second, others})),
	      image(*symbols.module("kernel/m")),
	      a(*image, first, first_after),
	      b(*image, second, second_after)
	{
		UnitOfFix units[] = {{&a.before, &a.after, &a.difference, &a.proof, image},
				     {&b.before, &b.after, &b.difference, &b.proof, image}};
		copies = bring_in_callers(units);
		selections = select(units, copies, symbols);
	}
	// Without how it changed.
	static std::string told(const Refusal &refusal)
	{
		static const std::string end = "no site at its entry";
		size_t at = refusal.message.find(end);
		return std::string(refusal.kind->id) + " '" + refusal.subject + "'" +
		       (at == std::string::npos ? ": " + refusal.message
						: refusal.message.substr(at + end.size())) +
		       "\n";
	}
	std::string replaced() const
	{
		std::string text;
		for (const Selection &selection : selections) {
			for (const ReplacedFunction &function : selection.replaced())
				text += (text.empty() ? "" : ", ") + function.name;
		}
		return text;
	}
	std::string refusals() const
	{
		std::string text;
		for (const Selection &selection : selections) {
			for (const Refusal &refusal : selection.refusals())
				text += told(refusal);
		}
		return text;
	}

	Kernel kernel;
	KernelSymbols symbols;
	const Image *image;
	FixedUnit a, b;
	std::set<std::string> copies;
	std::vector<Selection> selections;

private:
	KernelSymbols open(const std::vector<std::string> &sources)
	{
		std::vector<std::string> files;
		for (const std::string &source : sources)
			files.push_back(compiled_file(source, plain));
		kernel.add_module("kernel/m", module_of("m", files));
		return kernel.open();
	}
};

std::string shared(const std::string &value, const std::string &more = "")
{
	return "noinline notrace int shared(int x) { return get(x) + " + value + "; }" + more;
}

const char *const user = "int shared(int); int user(int x) { return shared(x) * 2; }";
const char *const refused = "not-traceable 'shared'";

}

TEST(untraceable, a_global_function_comes_with_its_callers_in_units_of_the_fix)
{
	const std::string near = "int near(int x) { return shared(x) * 3; }";
	Fixes fix(shared("1", near), shared("2", near), user, user);
	EXPECT_EQ(fix.refusals(), "");
	EXPECT_EQ(fix.copies, std::set<std::string>{"shared"});
	EXPECT_EQ(fix.replaced(), "near, user");
	EXPECT_EQ(fix.selections[1].replaced()[0].why,
		  "calls 'shared', which ftrace cannot redirect");
	// Both call the copy that the first unit has.
	PieceId copy = fix.a.after.find("shared");
	for (size_t i : {0, 1}) {
		const Placement &placed = fix.selections[i].placement(
			reference_to(fix.selections[i].object(), i ? "user" : "near", "'shared'"));
		EXPECT_EQ(placed.kind, Placement::Kind::included);
		EXPECT_EQ(placed.piece, copy);
		EXPECT_EQ(placed.object, &fix.a.after);
	}
	EXPECT_EQ(std::ranges::count(fix.selections[0].included(), copy), 1);
}

TEST(untraceable, where_another_unit_calls_it_that_one_is_named)
{
	Fixes fix(shared("1"), shared("2"), user, user,
		  "int shared(int); int third(int x) { return shared(x) * 7; }");
	EXPECT_EQ(fix.replaced(), "");
	EXPECT_EQ(fix.refusals(), std::string(refused) + "; it is called by 'user' and 'third'\n");
}

TEST(untraceable, of_callers_that_cannot_be_redirected_the_next_ones_are_named)
{
	const std::string others =
		"int shared(int); noinline notrace int way(int x) { return shared(x) * 7; }"
		"int far(int x) { return way(x) + 1; }";
	Fixes fix(shared("1"), shared("2"), "int y(int x) { return get(x); }",
		  "int y(int x) { return get(x); }", others);
	EXPECT_EQ(fix.refusals(), std::string(refused) + "; 'way' is called by 'far'\n");
	// The nearest callers come first.
	Fixes both(shared("1"), shared("2"), user, user, others);
	EXPECT_EQ(both.refusals(),
		  std::string(refused) +
			  "; it is called by 'user', and by 'way', which ftrace cannot redirect "
			  "either\n");
}

TEST(untraceable, five_are_named_and_the_others_counted)
{
	std::string others = "int shared(int);";
	for (int i = 0; i < 9; i++)
		others += "int c" + std::to_string(i) + "(int x) { return shared(x) * 7; }";
	Fixes fix(shared("1"), shared("2"), user, user, others);
	EXPECT_EQ(fix.refusals(),
		  std::string(refused) +
			  "; it is called by 'user', 'c0', 'c1', 'c2', 'c3' and 5 more\n");
	// More than eight callers in units of the fix are too many, too.
	Fixes many(shared("1"), shared("2"), others, others);
	EXPECT_EQ(many.replaced(), "");
	EXPECT_NE(many.refusals().find("and 4 more"), std::string::npos);
}

TEST(untraceable, who_has_its_address_calls_the_old_one)
{
	Fixes table(shared("1"), shared("2"), user, user,
		    "int shared(int); int (*const table)(int) = shared;");
	EXPECT_EQ(table.refusals(),
		  std::string(refused) + "; it is called by 'user'; its address is in 'table'\n");
	Fixes taken(shared("1"), shared("2"), user, user,
		    "int shared(int); void taker(void) { use(shared); }");
	EXPECT_EQ(taken.refusals(),
		  std::string(refused) +
			  "; it is called by 'user'; its address is taken in 'taker'\n");
	// With the fix, too.
	const std::string now = std::string(user) + "void taker(void) { use(shared); }";
	EXPECT_NE(Fixes(shared("1"), shared("2"), user, now).refusals().find(refused),
		  std::string::npos);
}

TEST(untraceable, an_export_has_users_that_nobody_knows)
{
	const std::string exported =
		"asm(\".pushsection __ksymtab,\\\"a\\\"; .long shared-.; .popsection;"
		".pushsection __ksymtab_strings,\\\"a\\\"; __kstrtab_shared: .asciz "
		"\\\"shared\\\"; .popsection\");";
	Fixes fix(shared("1", exported), shared("2", exported), user, user);
	EXPECT_EQ(fix.replaced(), "");
	EXPECT_EQ(fix.refusals(),
		  std::string(refused) + "; it is called by 'user'; modules may call it, too\n");
}

TEST(untraceable, one_that_cannot_be_copied_keeps_the_other_from_it)
{
	// outer calls shared, and is called by a unit that the fix does not have.
	auto both = [](const std::string &value) {
		return shared(value, "noinline notrace int outer(int x) { return shared(x) + get(" +
					     value + "); }");
	};
	Fixes fix(both("1"), both("2"), "int outer(int); int user(int x) { return outer(x) * 2; }",
		  "int outer(int); int user(int x) { return outer(x) * 2; }",
		  "int outer(int); int third(int x) { return outer(x) * 3; }");
	EXPECT_EQ(fix.copies.size(), 0u);
	Fixes without(both("1"), both("2"),
		      "int outer(int); int user(int x) { return outer(x) * 2; }",
		      "int outer(int); int user(int x) { return outer(x) * 2; }");
	EXPECT_EQ(without.copies, (std::set<std::string>{"outer", "shared"}));
	EXPECT_EQ(without.refusals(), "");
	EXPECT_EQ(without.replaced(), "user");
}
