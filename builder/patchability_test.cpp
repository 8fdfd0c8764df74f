// SPDX-License-Identifier: LGPL-2.1-or-later
#include "patchability.hpp"
#include "test_objects.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

// "data-changed count: 'count' has another initial value", a line each.
std::string checked(const Object &before, const Object &after)
{
	std::string text;
	for (const Refusal &refusal : check_patchability(before, after, Difference(before, after)))
		text += (text.empty() ? "" : "\n") + std::string(refusal.kind->id) + " " +
			refusal.subject + ": " + refusal.message;
	return text;
}

std::string in_c(const std::string &before, const std::string &after)
{
	return checked(compile(before), compile(after));
}

// A function that counts in a static variable, whose number is left out.
std::string without_number(std::string text)
{
	size_t at = text.find("count.");
	return at == std::string::npos ? text : text.erase(at + 5, 2);
}

}

TEST(patchability, a_function_that_ftrace_can_redirect_may_change)
{
	EXPECT_EQ(in_c("int f(int x) { return get(x); }", "int f(int x) { return get(x) + 1; }"),
		  "");
}

TEST(patchability, new_functions_and_variables_are_no_obstacle)
{
	EXPECT_EQ(in_c("int f(int x) { return get(x); }",
		       "int count = 3; int g(int x) { static int n; return n++; }"
		       "int f(int x) { return get(x); }"),
		  "");
}

TEST(patchability, data_changed)
{
	EXPECT_EQ(in_c("int count = 1;", "int count = 2;"),
		  "data-changed count: 'count' has another initial value");
	EXPECT_EQ(in_c("const int limit = 1;", "const int limit = 2;"),
		  "data-changed limit: 'limit' has another initial value");
	EXPECT_EQ(in_c("int count;", "long count;"),
		  "data-changed count: 'count' has 8 bytes instead of 4");
	EXPECT_EQ(without_number(in_c("int f(void) { static int count = 1; return count++; }",
				      "int f(void) { static int count = 2; return count++; }")),
		  "data-changed count: 'count' has another initial value");
}

TEST(patchability, data_changed_is_none_of_tables_that_are_read_once)
{
	for (const char *section : {"__param", "__ksymtab", ".initcall6.init", "__tracepoints"}) {
		std::string variable = std::string("int entry in(\"") + section + "\") = ";
		EXPECT_EQ(in_c(variable + "1;", variable + "2;"), "") << section;
	}
}

TEST(patchability, data_removed)
{
	EXPECT_EQ(without_number(in_c("int f(void) { static int count = 1; return count++; }",
				      "int f(void) { return 1; }")),
		  "data-removed count: 'count' is gone");
	// The flags of DO_ONCE() are asked only where they are set.
	EXPECT_EQ(in_c("int f(void) { static int ___done; return ___done++; }",
		       "int f(void) { return 1; }"),
		  "");
	// A variable that is not a function's own may be another's.
	EXPECT_EQ(in_c("int count = 1;", ""), "");
	// The value of a constant is not lost either.
	EXPECT_EQ(in_c("int f(int i) { static const int list[] = {1, 7, 9}; return list[i]; }",
		       "int f(int i) { return i; }"),
		  "");
}

TEST(patchability, data_ambiguous)
{
	auto source = [](const char *first) {
		return ".data\n.type count.1,@object\n.type count.2,@object\n"
		       "count.1: .long 1\n.size count.1,4\ncount.2: .long 1\n.size count.2,4\n" +
		       function("f", std::string(first) +
					     "mov count.1(%rip),%eax\nmov count.2(%rip),%eax\nret");
	};
	std::string text = checked(assemble(source("")), assemble(source("nop\n")));
	for (const char *name : {"count.1", "count.2"})
		EXPECT_NE(text.find(std::string("data-ambiguous ") + name +
				    ": 'count' may be any of several static variables"),
			  std::string::npos)
			<< text;
}

TEST(patchability, init_changed)
{
	EXPECT_EQ(in_c("int in(\".init.text\") f(int x) { return get(x); }",
		       "int in(\".init.text\") f(int x) { return 1; }")
			  .substr(0, 24),
		  "init-changed f: 'f' has ");
	EXPECT_EQ(in_c("int in(\".exit.text\") f(int x) { return get(x); }",
		       "int in(\".exit.text\") f(int x) { return 1; }")
			  .substr(0, 15),
		  "init-changed f:");
}

TEST(patchability, not_traceable)
{
	EXPECT_EQ(
		checked(assemble(function("f", "call a\nret")),
			assemble(function("f", "call b\nret"))),
		"not-traceable f: 'f' calls 'b' instead of 'a' at +0x1, and ftrace has no site at "
		"its entry");
	EXPECT_EQ(in_c("int notrace f(int x) { return get(x); }",
		       "int notrace f(int x) { return 1; }")
			  .substr(0, 16),
		  "not-traceable f:");
}

TEST(patchability, a_thread_of_new_code_is_warned_of)
{
	auto checked_with = [](const std::string &body) {
		const std::string stays =
			"int kthread_should_stop(void); int f(int x) { return get(x); }";
		return in_c(stays, stays + "int worker(void *data) { " + body + " return 0; }");
	};
	EXPECT_EQ(checked_with("while (!kthread_should_stop()) get(1);"),
		  "endless-loop worker: 'worker' is new, and is a kernel thread's main loop: it "
		  "asks kthread_should_stop()");
	EXPECT_EQ(checked_with("get(1);"), "");
}

TEST(patchability, endless_loop)
{
	auto loop = [](const char *more) {
		return std::string("int kthread_should_stop(void); int worker(void *data) "
				   "{ while (!kthread_should_stop()) get(1);") +
		       more + " return 0; }";
	};
	Object before = compile(loop("")), after = compile(loop("get(2);"));
	std::vector<Refusal> refusals =
		check_patchability(before, after, Difference(before, after));
	ASSERT_EQ(refusals.size(), 1u);
	EXPECT_EQ(refusals[0].kind, &refusal::endless_loop);
	EXPECT_FALSE(refusals[0].kind->error);
	EXPECT_EQ(refusals[0].message,
		  "'worker' is a kernel thread's main loop: it asks kthread_should_stop()");
}

TEST(patchability, tables_of_the_kernel_are_known_by_their_names)
{
	for (const char *section : {"__ksymtab", "___ksymtab_gpl+f", "__param", ".initcall4.init",
				    ".export_symbol", ".exit.text"})
		EXPECT_TRUE(is_registration(section)) << section;
	for (const char *section : {"__tracepoints", "__tracepoints_ptrs", "_ftrace_events",
				    ".static_call.text", "__bpf_raw_tp_map", "__syscalls_metadata"})
		EXPECT_TRUE(is_kernel_table(section)) << section;
	for (const char *section : {".data", ".text.f", ".rodata", ".data..percpu", "__dyndbg"}) {
		EXPECT_FALSE(is_registration(section)) << section;
		EXPECT_FALSE(is_kernel_table(section)) << section;
	}
}

TEST(refusal, each_kind_has_an_id_of_its_own_and_says_what_it_means)
{
	std::set<std::string> ids;
	for (const RefusalKind &kind : refusal_kinds()) {
		EXPECT_TRUE(ids.insert(kind.id).second) << kind.id;
		EXPECT_STRNE(kind.meaning, "") << kind.id;
		// An error without a remedy helps nobody.
		EXPECT_TRUE(!kind.error || *kind.cure) << kind.id;
	}
	EXPECT_STREQ(refusal::data_changed.id, "data-changed");
	EXPECT_STREQ(refusal::not_carried.id, "not-carried");
}
