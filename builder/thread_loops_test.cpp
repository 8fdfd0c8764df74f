// SPDX-License-Identifier: LGPL-2.1-or-later
#include "control_flow.hpp"
#include "test_objects.hpp"
#include "thread_loops.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

const char *const declarations =
	"void schedule(void); int kthread_should_stop(void);"
	"void *kthread_create_on_node(int (*)(void *), void *, int, const char *, ...);"
	"void *kthread_create_on_cpu(int (*)(void *), void *, unsigned, const char *);"
	"int user_mode_thread(int (*)(void *), void *, unsigned long);"
	"void __attribute__((noreturn)) do_exit(long);"
	"int smpboot_register_percpu_thread(void *);\n";

std::string loop_in(const std::string &source, const char *function = "f")
{
	Object object = compile(declarations + source);
	piece_of(object, function); // or throw
	return thread_loop(object, object.find(function));
}

bool endless(const Object &object, const char *function = "f")
{
	return ControlFlow(object).has_endless_loop(object.find(function));
}

bool endless_in_c(const std::string &body)
{
	return endless(compile(declarations + ("int f(int x) {" + body + "}")));
}

bool endless_in_assembly(const std::string &body, const std::string &others = "")
{
	return endless(assemble(function("f", body) + others));
}

}

TEST(thread_loops, who_asks_whether_to_stop_is_one)
{
	EXPECT_EQ(loop_in("int f(void *p) { while (!kthread_should_stop()) get(1); return 0; }"),
		  "is a kernel thread's main loop: it asks kthread_should_stop()");
	EXPECT_EQ(loop_in("int f(void *p) { while (get(1)) get(2); return 0; }"), "");
}

TEST(thread_loops, what_a_thread_is_made_of_is_one)
{
	const std::string f = "static int f(void *p) { while (get(1)) get(2); return 0; }";
	EXPECT_EQ(
		loop_in(f +
			"void *g(void) { return kthread_create_on_node(f, 0, -1, \"kd%d\", 3); }"),
		"is what the thread 'kd%d' runs, which 'g' makes with kthread_create_on_node()");
	EXPECT_EQ(loop_in(f + "void *g(void) { return kthread_create_on_cpu(f, 0, 1, \"c\"); }"),
		  "is what the thread 'c' runs, which 'g' makes with kthread_create_on_cpu()");
	EXPECT_EQ(loop_in(f + "int g(void) { return user_mode_thread(f, 0, 17) + 1; }"),
		  "is what a thread runs, which 'g' makes with user_mode_thread()");
}

TEST(thread_loops, what_is_handed_elsewhere_or_as_data_is_none)
{
	const std::string f = "static int f(void *p) { while (get(1)) get(2); return 0; }"
			      "int other(void *p) { return 0; }";
	EXPECT_EQ(loop_in(f +
			  "void *g(void) { return kthread_create_on_node(other, f, -1, \"k\"); }"),
		  "");
	EXPECT_EQ(loop_in(f + "void g(void) { use(f); user_mode_thread(other, 0, 17); }"), "");
	EXPECT_EQ(
		loop_in(f +
			"void g(int (**to)(void *)) { to[4] = f; user_mode_thread(other, 0, 17); }"),
		"");
}

TEST(thread_loops, what_the_threads_of_smpboot_run_is_one)
{
	const std::string source =
		"int f(void *p) { return get(1); } int g(void *p) { return get(2); }"
		"static void *table[12] = {[3] = g, [4] = f};";
	const std::string registers =
		"int h(void) { return smpboot_register_percpu_thread(table); }";
	EXPECT_EQ(loop_in(source + registers), "is what the threads of 'table' run, over and over");
	EXPECT_EQ(loop_in(source + registers, "g"), "");
	EXPECT_EQ(loop_in(source + "void h(void) { use(table); }"), "");
}

TEST(thread_loops, the_kernels_own_are_known_by_name)
{
	EXPECT_EQ(loop_in("int worker_thread(void *p) { return get(1); }", "worker_thread"),
		  "is never left by threads of the kernel's own (kworker/...)");
	EXPECT_EQ(loop_in("int worker_threads(void *p) { return get(1); }", "worker_threads"), "");
}

TEST(thread_loops, what_waits_for_one_loop_alone_is_part_of_it)
{
	const std::string f =
		"static __attribute__((noipa)) int f(int x) { get(x); schedule(); return get(x); }";
	const std::string loop =
		"int loop(void *p) { while (!kthread_should_stop()) f(get(9)); return 0; }";
	EXPECT_EQ(loop_in(f + loop),
		  "waits, and is called by 'loop' alone, which is a kernel thread's main loop");
	EXPECT_EQ(loop_in(f + loop + "int g(void) { return f(get(4)) + 1; }"), "");
	EXPECT_EQ(loop_in(f + loop + "void g(void) { use(f); }"), "");
	EXPECT_EQ(loop_in(f + "int g(void *p) { while (get(1)) f(get(9)); return 0; }"), "");
	EXPECT_EQ(loop_in("static __attribute__((noipa)) int f(int x) { get(x); return get(x); }" +
			  loop),
		  "");
}

TEST(control_flow, a_loop_that_nothing_leaves)
{
	EXPECT_TRUE(endless_in_c("for (;;) { get(1); if (x) get(2); }"));
	EXPECT_TRUE(endless_in_c("if (x) return 1; for (;;) schedule();"));
	EXPECT_FALSE(endless_in_c("for (;;) { if (get(1)) return 2; schedule(); }"));
	EXPECT_FALSE(endless_in_c("while (get(1)) schedule(); return 0;"));
	EXPECT_FALSE(endless_in_c("return get(x);"));
	EXPECT_EQ(loop_in("int f(int x) { for (;;) get(1); }"), "has a loop that nothing leaves");
}

TEST(control_flow, a_threads_end_is_no_way_out_of_its_loop_and_a_panic_is_one)
{
	EXPECT_TRUE(endless_in_c("for (;;) { if (get(1)) do_exit(0); schedule(); }"));
	EXPECT_TRUE(endless_in_c("while (get(1)) schedule(); do_exit(0);"));
	EXPECT_FALSE(endless_in_assembly("1: call get\njz 2f\njmp 1b\n2: call panic"));
	EXPECT_TRUE(endless_in_assembly("1: call get\njz 2f\njmp 1b\n2: call do_exit\njmp 1b"));
}

TEST(control_flow, a_function_of_the_unit_that_never_returns_is_a_way_out)
{
	const std::string body = "1: call get\njz 2f\njmp 1b\n2: call g\njmp 1b";
	EXPECT_FALSE(endless_in_assembly(body, function("g", "call panic")));
	EXPECT_TRUE(endless_in_assembly(body, function("g", "ret")));
}

TEST(control_flow, goes_on_behind_a_warning_and_not_behind_a_bug)
{
	auto body = [](const char *flags) {
		return std::string("1: call get\njz 2f\njmp 1b\n2: ud2\njmp 1b\n") +
		       aside("__bug_table,\"aw\"",
			     ".long 2b-., .text.f-.\n.word 7, " + std::string(flags));
	};
	EXPECT_TRUE(endless_in_assembly(body("1")));
	EXPECT_FALSE(endless_in_assembly(body("0")));
}

TEST(control_flow, a_jump_label_an_exception_and_an_alternative_are_ways_out)
{
	const std::string loop = "1: call get\n2: nopl 0(%rax,%rax)\njmp 1b\n3: ret\n";
	EXPECT_TRUE(endless_in_assembly(loop));
	EXPECT_FALSE(endless_in_assembly(
		loop + aside("__jump_table,\"aw\"", ".long 2b-., 3b-.\n.quad key-.")));
	EXPECT_FALSE(endless_in_assembly(loop + aside("__ex_table,\"a\"", ".long 2b-., 3b-., 0")));
	EXPECT_FALSE(endless_in_assembly(
		loop + aside(".altinstr_replacement,\"ax\"", "4: jmp 3b\n") +
		aside(".altinstructions,\"a\"", ".long 2b-., 4b-.\n.word 7\n.byte 5, 5")));
}

TEST(control_flow, a_cold_part_is_the_functions_own)
{
	const std::string cold =
		"\n.section .text.unlikely,\"ax\"\n.type f.cold,@function\nf.cold:\n";
	EXPECT_FALSE(endless_in_assembly("1: call get\njz f.cold\njmp 1b",
					 cold + "ret\n.size f.cold,.-f.cold\n"));
	EXPECT_TRUE(endless_in_assembly("1: call get\njz f.cold\njmp 1b",
					cold + "call put\njmp f\n.size f.cold,.-f.cold\n"));
	// To another function.
	EXPECT_FALSE(endless_in_assembly("1: call get\njz put\njmp 1b"));
	EXPECT_FALSE(endless_in_assembly("1: call get\njz 2f\njmp 1b\n2: jmp *%rax"));
}
