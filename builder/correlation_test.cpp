// SPDX-License-Identifier: LGPL-2.1-or-later
#include "correlation.hpp"
#include "test_objects.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

std::string variable(const std::string &name, int value)
{
	return ".section .data." + name + ",\"aw\"\n.type " + name + ",@object\n" + name +
	       ": .long " + std::to_string(value) + "\n.size " + name + ",4\n";
}

std::string user(const std::string &name, const std::string &variable)
{
	return function(name, "mov " + variable + "(%rip),%eax\nret");
}

// Two objects, and which piece of one is which of the other, by names.
class Pair {
public:
	Pair(Object before_object, Object after_object)
	    : before(std::move(before_object)), after(std::move(after_object))
	{
	}
	std::string after_of(std::string_view name) const
	{
		return name_of(after, correlation.after_of(before.find(name)));
	}
	std::string before_of(std::string_view name) const
	{
		return name_of(before, correlation.before_of(after.find(name)));
	}
	std::string ambiguous() const
	{
		std::string names;
		for (PieceId id : correlation.ambiguous())
			names += after.piece(id).name + " ";
		return names;
	}
	// Compares the first references of two functions.
	bool same(const std::string &function) const
	{
		return correlation.same(piece_of(before, function).references[0].target,
					piece_of(after, function).references[0].target);
	}

	const Object before, after;
	const Correlation correlation{before, after};

private:
	static std::string name_of(const Object &object, PieceId id)
	{
		return id == no_piece ? "none" : object.piece(id).name;
	}
};

}

TEST(correlation, a_name_tells)
{
	Pair pair(compile("int count; int f(int x) { return get(x) + count; } int old(void) "
			  "{ return 1; }"),
		  compile("int f(int x) { return get(x); } int count; int fresh(void) "
			  "{ return 1; }"));
	EXPECT_EQ(pair.after_of("f"), "f");
	EXPECT_EQ(pair.before_of("count"), "count");
	EXPECT_EQ(pair.after_of("old"), "none");
	EXPECT_EQ(pair.before_of("fresh"), "none");
}

TEST(correlation, a_function_is_no_variable_of_its_name)
{
	Pair pair(assemble(function("f", "ret")), assemble(variable("f", 1)));
	EXPECT_EQ(pair.after_of("f"), "none");
}

TEST(correlation, numbered_variables_are_paired_by_their_users)
{
	Pair pair(assemble(variable("count.1", 1) + variable("count.2", 2) + user("f", "count.1") +
			   user("g", "count.2")),
		  assemble(variable("count.1", 1) + variable("count.2", 2) + user("f", "count.2") +
			   user("g", "count.1")));
	EXPECT_EQ(pair.after_of("count.1"), "count.2");
	EXPECT_EQ(pair.after_of("count.2"), "count.1");
	EXPECT_EQ(pair.ambiguous(), "");
}

TEST(correlation, a_variable_stays_its_functions_whatever_it_holds)
{
	Pair pair(assemble(variable("count.1", 1) + user("f", "count.1")),
		  assemble(variable("count.7", 5) + user("f", "count.7")));
	EXPECT_EQ(pair.after_of("count.1"), "count.7");
}

TEST(correlation, the_compilers_numbers_move_with_the_source)
{
	const char *f = "int f(void) { static int count = 1; return count++; }";
	Pair pair(
		compile(f),
		compile(f + std::string("int g(void) { static int count = 7; return count++; }")));
	std::string old = references_of(pair.before, "f"), fresh = references_of(pair.after, "f");
	old = old.substr(1, old.find('\'', 1) - 1);
	fresh = fresh.substr(1, fresh.find('\'', 1) - 1);
	EXPECT_NE(old, fresh); // or it shows nothing
	EXPECT_EQ(pair.after_of(old), fresh);
}

TEST(correlation, two_variables_of_one_function_are_told_apart_by_what_they_hold)
{
	auto object = [](const char *first, const char *second) {
		return assemble(variable(first, 1) + variable(second, 2) +
				function("f", std::string("mov ") + first + "(%rip),%eax\nmov " +
						      second + "(%rip),%eax\nret"));
	};
	Pair pair(object("count.1", "count.2"), object("count.2", "count.1"));
	EXPECT_EQ(pair.after_of("count.1"), "count.2");
	EXPECT_EQ(pair.ambiguous(), "");
}

static Object two_counts(const std::string &before_them)
{
	return assemble(variable("count.1", 1) + variable("count.2", 1) +
			function("f", before_them + "mov count.1(%rip),%eax\nmov "
						    "count.2(%rip),%eax\nret"));
}

TEST(correlation, variables_of_an_unchanged_function_are_told_apart_by_their_place_in_it)
{
	Pair pair(two_counts(""), two_counts(""));
	EXPECT_EQ(pair.ambiguous(), "");
	EXPECT_EQ(pair.after_of("count.1"), "count.1");
	EXPECT_EQ(pair.after_of("count.2"), "count.2");
}

TEST(correlation, variables_that_nothing_tells_apart_are_ambiguous)
{
	Pair pair(two_counts(""), two_counts("nop\n"));
	EXPECT_EQ(pair.ambiguous(), "count.1 count.2 ");
	EXPECT_EQ(pair.after_of("count.1"), "none");
	EXPECT_EQ(pair.before_of("count.2"), "none");
}

TEST(correlation, a_variable_that_changes_its_user_is_ambiguous)
{
	Pair pair(assemble(variable("count.1", 1) + user("f", "count.1") + function("g", "ret")),
		  assemble(variable("count.1", 1) + user("g", "count.1") + function("f", "ret")));
	EXPECT_EQ(pair.after_of("count.1"), "none");
	EXPECT_EQ(pair.ambiguous(), "count.1 ");
}

TEST(correlation, where_no_variable_of_the_name_was_there_none_is_ambiguous)
{
	Pair pair(assemble(function("f", "ret")),
		  assemble(variable("count.1", 1) + variable("count.2", 1) + user("f", "count.1") +
			   user("g", "count.2")));
	EXPECT_EQ(pair.ambiguous(), "");
}

TEST(correlation, numbered_functions_are_paired_by_what_they_do)
{
	auto clone = [](const char *name, const char *callee) {
		return function(name, std::string("call ") + callee + "\nret");
	};
	Pair pair(assemble(clone("f.isra.0", "a") + clone("f.isra.1", "b")),
		  assemble(clone("f.isra.0", "b") + clone("f.isra.1", "a")));
	EXPECT_EQ(pair.after_of("f.isra.0"), "f.isra.1");
	EXPECT_EQ(pair.after_of("f.isra.1"), "f.isra.0");
	// The last one left is what remains.
	Pair changed(assemble(clone("f.isra.0", "a") + clone("f.isra.1", "b")),
		     assemble(clone("f.isra.0", "b") + clone("f.isra.1", "c")));
	EXPECT_EQ(changed.after_of("f.isra.0"), "f.isra.1");
	// Two of them tell nothing.
	Pair unclear(assemble(clone("f.isra.0", "a") + clone("f.isra.1", "b")),
		     assemble(clone("f.isra.0", "c") + clone("f.isra.1", "d")));
	EXPECT_EQ(unclear.after_of("f.isra.0"), "none");
	EXPECT_EQ(unclear.ambiguous(), ""); // code counts as new
}

TEST(correlation, a_cold_part_goes_with_its_function)
{
	auto clone = [](const char *name, const char *callee) {
		return function(name, std::string("call ") + callee + "\nret") +
		       function(std::string(name) + ".cold", "ud2");
	};
	Pair pair(assemble(clone("f.isra.0", "a") + clone("f.isra.1", "b")),
		  assemble(clone("f.isra.0", "b") + clone("f.isra.1", "a")));
	EXPECT_EQ(pair.after_of("f.isra.0.cold"), "f.isra.1.cold");
}

TEST(correlation, what_has_no_identity_is_not_paired_and_the_same_where_it_holds_the_same)
{
	Pair same(assemble(variable("__already_done.3", 0) + user("f", "__already_done.3")),
		  assemble(variable("__already_done.9", 0) + user("f", "__already_done.9")));
	EXPECT_EQ(same.after_of("__already_done.3"), "none");
	EXPECT_EQ(same.ambiguous(), "");
	EXPECT_TRUE(same.same("f"));
	Pair other(assemble(variable("__already_done.3", 0) + user("f", "__already_done.3")),
		   assemble(variable("__already_done.3", 1) + user("f", "__already_done.3")));
	EXPECT_FALSE(other.same("f"));
}

TEST(correlation, what_has_no_identity_may_point_to_itself)
{
	auto object = [](const char *last) {
		return assemble(user("f", "_rs.1") +
				".data\n.type _rs.1,@object\n.type _rs.2,@object\n"
				"_rs.1: .quad _rs.1, _rs.2\n.size _rs.1,16\n"
				"_rs.2: .quad _rs.1, " +
				std::string(last) + "\n.size _rs.2,16\n");
	};
	EXPECT_TRUE(Pair(object("1"), object("1")).same("f"));
	EXPECT_FALSE(Pair(object("1"), object("2")).same("f"));
}

TEST(correlation, constants_without_a_name_are_the_same_where_they_hold_the_same)
{
	auto object = [](const char *value) {
		return assemble(user("f", ".Lhidden") +
				".section .rodata,\"a\"\n.quad 7\n"
				".Lhidden: .quad " +
				value + "\n");
	};
	EXPECT_TRUE(Pair(object("1"), object("1")).same("f"));
	EXPECT_FALSE(Pair(object("1"), object("2")).same("f"));
	EXPECT_TRUE(Pair(object("get"), object("get")).same("f"));
	EXPECT_FALSE(Pair(object("get"), object("put")).same("f"));
}

namespace {

const std::string id_of_get = "__BTF_ID__func__get__12", id_of_put = "__BTF_ID__func__put__13",
		  put_shifted = "__BTF_ID__func__put__24", id_of_new = "__BTF_ID__func__new__25";

}

TEST(correlation, a_list_of_types_is_told_by_its_members)
{
	auto object = [](const std::string &first, const std::string &second) {
		return assemble(list_of("list", type_id(first) + type_id(second)) +
				user("f", "list+4"));
	};
	Pair pair(object(id_of_get, id_of_put), object(id_of_get, put_shifted));
	EXPECT_EQ(pair.after_of("list"), "list");
	EXPECT_TRUE(pair.same("f"));
	EXPECT_TRUE(pair.correlation.renewed().empty());
	for (const auto &[first, second] :
	     {std::pair(id_of_put, id_of_get), std::pair(id_of_get, id_of_new)}) {
		Pair other(object(id_of_get, id_of_put), object(first, second));
		EXPECT_EQ(other.after_of("list"), "none");
		EXPECT_FALSE(other.same("f"));
		EXPECT_EQ(other.correlation.renewed().size(), 1u);
	}
}

TEST(correlation, each_list_of_types_is_told_by_itself)
{
	auto object = [](const std::string &in_first) {
		return assemble(list_of("first", in_first) +
				list_of("second", type_id("__BTF_ID__func__put__31")) +
				list_of("third", type_id("__BTF_ID__func__put__32")) +
				user("f", "first+4") + user("g", "second") + user("h", "third"));
	};
	Pair pair(object(type_id(id_of_get) + type_id(put_shifted)),
		  object(type_id(id_of_get) + type_id(id_of_new)));
	EXPECT_FALSE(pair.same("f"));
	EXPECT_TRUE(pair.same("g"));
	EXPECT_TRUE(pair.same("h"));
	// A member without a name counts.
	Pair shorter(object(type_id(id_of_get) + ".zero 4\n"), object(type_id(id_of_get)));
	EXPECT_FALSE(shorter.same("f"));
	EXPECT_TRUE(shorter.same("g"));
}

TEST(correlation, a_set_of_types_is_told_by_its_members)
{
	auto object = [](const std::string &member) {
		return assemble(set_of("set", type_id(id_of_get) + type_id(member)) +
				user("f", "set"));
	};
	EXPECT_TRUE(Pair(object(id_of_put), object(put_shifted)).same("f"));
	Pair swapped(object(id_of_put), object(id_of_new));
	EXPECT_EQ(swapped.after_of("set"), "none");
	EXPECT_FALSE(swapped.same("f"));
}

TEST(correlation, of_equal_lists_of_types_the_name_tells)
{
	const std::string get = type_id(id_of_get), again = type_id("__BTF_ID__func__get__31");
	Pair pair(assemble(list_of("list", get) + user("f", "list")),
		  assemble(list_of("fresh", again) + list_of("list", get) + user("f", "list")));
	EXPECT_EQ(pair.after_of("list"), "list");
	// Other units know a global one by its name.
	auto globals = [&](const std::string &one, const std::string &other) {
		return assemble(".globl one\n.globl other\n" + list_of("one", one) +
				list_of("other", other) + user("f", "one"));
	};
	const std::string put = type_id(id_of_put);
	Pair exported(assemble(list_of("list", get) + user("f", "list")),
		      assemble(".globl other\n" + list_of("other", get) + user("f", "other")));
	EXPECT_EQ(exported.after_of("list"), "none");
	Pair swapped(globals(get, put), globals(put, get));
	EXPECT_EQ(swapped.after_of("one"), "none");
	EXPECT_FALSE(swapped.same("f"));
}

TEST(correlation, sets_of_types_that_change_places_are_told_by_their_names)
{
	const std::string one = set_of("one", type_id(id_of_get)),
			  other = set_of("other", type_id(id_of_put)),
			  users = user("f", "one") + user("g", "other");
	Pair pair(assemble(one + other + users), assemble(other + one + users));
	EXPECT_TRUE(pair.same("f"));
	EXPECT_TRUE(pair.same("g"));
	Pair renamed(assemble(one + user("f", "one")),
		     assemble(set_of("two", type_id(id_of_get)) + user("f", "two")));
	EXPECT_FALSE(renamed.same("f"));
}

TEST(correlation, two_variables_are_not_the_same_for_what_they_hold)
{
	Pair pair(assemble(variable("count.1", 1) + user("f", "count.1") + function("g", "ret")),
		  assemble(variable("count.1", 1) + user("g", "count.1") + function("f", "ret")));
	ASSERT_EQ(pair.after_of("count.1"), "none");
	EXPECT_FALSE(pair.correlation.same(piece_of(pair.before, "f").references[0].target,
					   piece_of(pair.after, "g").references[0].target));
}

TEST(is_special_static, is_what_the_compiler_makes_as_many_of_as_it_needs)
{
	for (const char *name : {"__func__.12", "__already_done.0", "_rs.3", "descriptor.7",
				 "__msg.2", "__UNIQUE_ID_ddebug123.4", ".LC0", "__key", "CSWTCH.5"})
		EXPECT_TRUE(is_special_static(name)) << name;
	for (const char *name : {"count.12", "func", "descriptor_list", "key", "rs.3", ""})
		EXPECT_FALSE(is_special_static(name)) << name;
}
