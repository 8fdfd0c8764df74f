// SPDX-License-Identifier: LGPL-2.1-or-later
// The corpus of the object reader is compiled from this file. It has a piece of each kind, and an
// entry in each table.
typedef __WCHAR_TYPE__ wide;
void __attribute__((cold)) panic(const char *, ...);
void use(const void *);
int get(int);
extern int elsewhere __attribute__((weak));

#define aside(section, body) ".pushsection " section "\n" body "\n.popsection\n"
#define entries                                                                     \
	aside(".altinstructions,\"a\"", ".long 1b-.,2f-.\n.long 9\n.byte 1,2\n"     \
					".long 1b-.,2f-.\n.long 9\n.byte 1,0")      \
	aside(".altinstr_replacement,\"ax\"", "2: ud2")                              \
	aside("__bug_table,\"aw\"", ".long 1b-.\n.long .Lfile%=-.\n.word 42,1")            \
	aside(".rodata.str1.1,\"aMS\",@progbits,1", ".Lfile%=: .asciz \"file.c\"")          \
	aside("__ex_table,\"a\"", ".long 1b-.\n.long 1b-.\n.long 3")                 \
	aside("__jump_table,\"aw\"", ".long 1b-.\n.long 1b-.\n.quad key-.")          \
	aside(".static_call_sites,\"aw\"", ".long 1b-.\n.long key-.")                \
	aside(".orc_unwind_ip,\"a\"", ".long 1b-.")                                  \
	aside(".orc_unwind,\"a\"", ".byte 0,0,0,0,0,0")                              \
	aside(".smp_locks,\"a\"", ".long 1b-.")                                      \
	aside(".return_sites,\"a\"", ".long 1b-.")

long key;
static int zeros[40];
static const int table[] = {1, 7, 9};
static int __attribute__((section(".data..percpu"))) of_cpu = 2;
static int __attribute__((section(".data..fresh"), used)) unknown = 2;
const char *const names[] = {"one", "two", 0};

static int __attribute__((noinline)) inner(int x)
{
	static int count = 1;
	asm volatile("1: nop\n" entries ::);
	return get(x) + count++ + zeros[x] + table[x];
}

int outer(int x)
{
	if (__builtin_expect(x < 0, 0))
		panic("below %s", names[0]);
	use(L"wide");
	use(&of_cpu);
	switch (x) {
	case 1: return get(7);
	case 2: return inner(8);
	case 3: return elsewhere;
	case 4: return inner(x * 3);
	case 5: return get(x + 77);
	}
	return inner(x) + outer(x - 1);
}
asm(".section .BTF_ids,\"a\"\nlist: .type __BTF_ID__func__get__1,@object\n"
    "__BTF_ID__func__get__1: .zero 4\n.size __BTF_ID__func__get__1,4\n.text");
