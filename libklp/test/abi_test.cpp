// SPDX-License-Identifier: LGPL-2.1-or-later
// Types of two sources that the machine's compiler compiled, compared.
#include "../abi/btf_types.hpp"
#include "../abi/comparison.hpp"
#include "../abi/dwarf_types.hpp"
#include "test_compiler.hpp"
#include "test_elf.hpp"
#include "test_said.hpp"

#include <bpf/btf.h>
#include <gtest/gtest.h>

using namespace klp;
using klp::test::made_by;
using klp::test::said;
using klp::test::to_bytes;

namespace {

TypeTable types_of(const std::string &source, const std::string &options = "")
{
	return read_dwarf_types(to_bytes(made_by("gcc -g -O2 -c -x c " + options, source)), "x.ko")
		.value();
}

// The difference of the first type of this name; both sources use it.
std::string difference(const std::string &patch, const std::string &kernel, const char *name = "s",
		       const std::string &options = "")
{
	TypeTable mine = types_of(patch, options), theirs = types_of(kernel);
	TypeComparison comparison(mine, theirs);
	EXPECT_EQ(mine.named(name).size(), 1u);
	return comparison.named(mine.named(name).at(0)).value_or("absent");
}

std::string members(const std::string &patch, const std::string &kernel,
		    const std::string &options = "")
{
	auto source = [](const std::string &list) { return "struct s { " + list + " } x;"; };
	return difference(source(patch), source(kernel), "s", options);
}

std::string prototypes(const std::string &patch, const std::string &kernel)
{
	TypeTable mine = types_of(patch), theirs = types_of(kernel);
	TypeComparison comparison(mine, theirs);
	return comparison.prototype(mine.function("f").value(), theirs.function("f").value());
}

}

TEST(abi, a_member_has_its_place)
{
	EXPECT_EQ(members("int a; int b;", "int a; int b;"), "");
	EXPECT_EQ(members("int a; int new; int b;", "int a; int b;"),
		  "the patch has 'new' at 4, this kernel has no such member");
	EXPECT_EQ(members("int a; int b;", "int a; int old; int b;"),
		  "the patch has 'b' at 4, this kernel at 8");
	EXPECT_EQ(members("int a; char b;", "int a; char b; char old;"),
		  "this kernel has 'old' at 5, the patch has no such member");
	EXPECT_EQ(members("int a;", "int a __attribute__((aligned(16)));"),
		  "it has 4 bytes in the patch, 16 in this kernel");
}

TEST(abi, a_bit_field_has_its_bits)
{
	for (const char *options : {"-gdwarf-5", "-gdwarf-4", "-gdwarf-4 -gstrict-dwarf"}) {
		EXPECT_EQ(members("int a:3, b:4, :0; long c:33;", "int a:3, b:4, :0; long c:33;",
				  options),
			  "")
			<< options;
		EXPECT_EQ(members("int a:3, b:4;", "int a:2, b:4;", options),
			  "'a' has 3 bits in the patch, 2 in this kernel");
		EXPECT_EQ(members("int a:3, b:4;", "int a:3, c:2, b:4;", options),
			  "the patch has 'b' at 3 bits behind 0, this kernel at 5 bits behind 0");
	}
	EXPECT_EQ(members("int a:3;", "int a;"), "'a' has 3 bits in the patch, 0 in this kernel");
}

TEST(abi, a_member_has_its_type)
{
	EXPECT_EQ(
		members("int a;", "long a;"),
		"'a' is an integer of 4 bytes in the patch, an integer of 8 bytes in this kernel");
	EXPECT_EQ(members("void *a;", "long a;"),
		  "'a' is a pointer in the patch, an integer of 8 bytes in this kernel");
	EXPECT_EQ(
		members("double a;", "long a;"),
		"'a' is a floating-point number of 8 bytes in the patch, an integer of 8 bytes in this kernel");
	EXPECT_EQ(members("int a[4];", "int a[5];"),
		  "'a' is an array of 4 in the patch, an array of 5 in this kernel");
	EXPECT_EQ(members("int a[2][3];", "int a[3][2];"), "") << "the same memory";
	EXPECT_EQ(members("int a[2];", "unsigned a[2];"), "");
	EXPECT_EQ(
		members("char a[8];", "short a[8];"),
		"'a' is an array: an integer of 1 bytes in the patch, an integer of 2 bytes in this kernel");
	EXPECT_EQ(members("struct p { int x; } a;", "struct q { int y; } a;"),
		  "'a' is struct p in the patch, struct q in this kernel");
	EXPECT_EQ(members("int a; int b[];", "int a; int b[];"), "");
}

TEST(abi, names_of_types_and_signs_do_not_matter)
{
	EXPECT_EQ(difference("typedef int t; struct s { const t a; volatile unsigned b; } x;",
			     "struct s { unsigned a; int b; } x;"),
		  "");
	EXPECT_EQ(difference("enum e { A }; struct s { enum e a; } x;",
			     "struct s { unsigned a; } x;"),
		  "");
	EXPECT_EQ(members("struct p *a;", "struct p { int x; } *a;"), "") << "declared only";
	EXPECT_EQ(members("enum e (*f)(void);", "enum e { A } (*f)(void);"), "") << "likewise";
}

TEST(abi, an_unnamed_member_is_part_of_the_structure)
{
	EXPECT_EQ(members("int a; union { int b; struct { int c, d; }; };",
			  "int a; union { int b; struct { int d, c; }; };"),
		  "the patch has 'c' at 4, this kernel at 8");
	EXPECT_EQ(members("int a; struct { int b; };", "int a; union { int b; };"),
		  "an unnamed struct is struct in the patch, union in this kernel");
}

TEST(abi, an_enumeration_has_its_values)
{
	EXPECT_EQ(difference("enum s { A, B = 7 } x;", "enum s { A, B = 7, C } x;"), "");
	EXPECT_EQ(difference("enum s { A, B } x;", "enum s { A, NEW, B } x;"),
		  "'B' is 1 in the patch, 2 in this kernel");
	EXPECT_EQ(difference("enum s { A, B } x;", "enum s { A } x;"),
		  "'B' is 1 in the patch, and this kernel has no such value");
	EXPECT_EQ(difference("enum s { A = -1 } x;", "enum s { A = -1 } x;"), "");
	TypeTable types = types_of("enum s { A = 0x80, B = 0xffff } x; enum t { C = -3 } y;");
	const Type &positive = types.at(types.named("s")[0]);
	EXPECT_EQ(positive.values[0].value, 0x80u) << "no sign";
	EXPECT_EQ(positive.values[1].value, 0xffffu);
	EXPECT_EQ(types.at(types.named("t")[0]).values[0].value, static_cast<uint64_t>(-3));
	EXPECT_EQ(difference("enum s { A = 1ull << 40 } x;", "enum s { A = 1ull << 41 } x;"),
		  "'A' is 1099511627776 in the patch, 2199023255552 in this kernel");
}

TEST(abi, functions_behind_pointers_are_compared)
{
	EXPECT_EQ(members("int (*f)(int, long);", "int (*f)(int);"),
		  "'f' is a function: it has 2 parameters in the patch, 1 in this kernel");
	auto source = [](const std::string &member) {
		return "struct p { " + member + " }; struct s { int (*f)(struct p *); } x;";
	};
	const std::string kernel = "struct q { int x; }; struct s { int (*f)(struct q *); } x;";
	EXPECT_EQ(difference(source("int x;"), kernel), "") << "by structure, not by name";
	EXPECT_EQ(
		difference(source("long x;"), kernel),
		"'f' is a function: parameter 1 is a pointer to struct p in the patch, a pointer to struct q in this kernel");
}

TEST(abi, prototypes)
{
	EXPECT_EQ(prototypes("int f(int a, char *b) { return a; }",
			     "int f(int c, void *b) { return c; }"),
		  "");
	EXPECT_EQ(prototypes("int f(int a) { return a; }", "int f(int a, int b) { return b; }"),
		  "it has 1 parameters in the patch, 2 in this kernel");
	EXPECT_EQ(prototypes("int f(void *a) { return !a; }", "int f(int a) { return a; }"),
		  "parameter 1 is a pointer in the patch, an integer of 4 bytes in this kernel");
	EXPECT_EQ(prototypes("void f(int a) {}", "int f(int a) { return a; }"),
		  "the result is void in the patch, an integer of 4 bytes in this kernel");
	EXPECT_EQ(prototypes("int f(int a, ...) { return a; }", "int f(int a) { return a; }"),
		  "it has 2 parameters in the patch, 1 in this kernel");
}

TEST(abi, types_of_several_variants_match_one_of_them)
{
	TypeTable patch = types_of("struct s { int a; } x;");
	TypeTable kernel =
		types_of("void f(void *); void g(void) { struct s { long a; } x; f(&x); } "
			 "void h(void) { struct s { int a; } x; f(&x); }");
	EXPECT_EQ(kernel.named("s").size(), 2u);
	TypeComparison comparison(patch, kernel);
	EXPECT_EQ(comparison.named(patch.named("s")[0]), "");
	TypeTable other = types_of("union s { int a; } x;");
	EXPECT_EQ(TypeComparison(patch, other).named(patch.named("s")[0]), std::nullopt);
}

TEST(abi, the_kernels_headers_and_the_patchs_own_source)
{
	TypeTable types = types_of("struct own { int a; } x;\n"
				   "# 1 \"/usr/src/linux/include/linux/s.h\"\n"
				   "struct s { int a; } y;\n");
	EXPECT_TRUE(types.at(types.named("own").at(0)).is_own);
	EXPECT_FALSE(types.at(types.named("s").at(0)).is_own);
}

TEST(abi, types_that_a_prototype_is_about)
{
	TypeTable types =
		types_of("struct a { int x; }; struct b { struct a *a; }; struct c { int x; } c;"
			 "int f(const struct b *b) { return b->a->x; }");
	std::set<TypeId> reached = reached_from(types, types.function("f").value());
	EXPECT_EQ(reached, (std::set<TypeId>{types.named("a")[0], types.named("b")[0]}));
}

TEST(abi, btf_has_the_same_types)
{
	std::unique_ptr<btf, void (*)(btf *)> btf(btf__new_empty(), btf__free);
	int integer = btf__add_int(btf.get(), "int", 4, BTF_INT_SIGNED);
	int pair = btf__add_array(btf.get(), integer, integer, 3);
	int array = btf__add_array(btf.get(), integer, pair, 2);
	int pointer = btf__add_ptr(btf.get(), 0);
	int values = btf__add_enum(btf.get(), "e", 4);
	btf__add_enum_value(btf.get(), "A", -1);
	int nested = btf__add_union(btf.get(), nullptr, 4);
	btf__add_field(btf.get(), "u", integer, 0, 0);
	btf__add_struct(btf.get(), "s", 48);
	btf__add_field(btf.get(), "a", integer, 0, 3);
	btf__add_field(btf.get(), "b", integer, 3, 4);
	btf__add_field(btf.get(), "c", array, 32, 0);
	btf__add_field(btf.get(), "d", pointer, 256, 0);
	btf__add_field(btf.get(), "e", values, 320, 0);
	btf__add_field(btf.get(), "", nested, 352, 0);
	int prototype = btf__add_func_proto(btf.get(), integer);
	btf__add_func_param(btf.get(), "x", pointer);
	btf__add_func(btf.get(), "f", BTF_FUNC_STATIC, prototype);
	uint32_t size;
	const void *data = btf__raw_data(btf.get(), &size);
	std::vector<std::byte> bytes(static_cast<const std::byte *>(data),
				     static_cast<const std::byte *>(data) + size);
	TypeTable kernel = read_btf_types(bytes, {}, "vmlinux", {"s", "e", "f"}).value();
	TypeTable patch =
		types_of("enum e { A = -1 }; struct s { int a:3, b:4, c[2][3]; void *d; "
			 "enum e e; union { int u; }; } x; int f(void *p) { return !p; }");
	TypeComparison comparison(patch, kernel);
	EXPECT_EQ(comparison.named(patch.named("s")[0]), "");
	EXPECT_EQ(comparison.named(patch.named("e")[0]), "");
	EXPECT_EQ(comparison.prototype(patch.function("f").value(), kernel.function("f").value()),
		  "");
	EXPECT_EQ(said(read_btf_types({}, {}, "vmlinux", {})), "ENOENT: vmlinux: there is no BTF");
	bytes.resize(20);
	EXPECT_TRUE(said(read_btf_types(bytes, {}, "vmlinux", {}))
			    .starts_with("EBADMSG: vmlinux: malformed"));
}

TEST(abi, pointers_are_followed)
{
	EXPECT_EQ(
		members("int *a;", "long *a;"),
		"'a' is a pointer to an integer of 4 bytes in the patch, a pointer to an integer of 8 bytes in this kernel");
	EXPECT_EQ(members("int **a;", "unsigned **a;"), "");
	EXPECT_EQ(members("int *a; void *b;", "void *a; int *b;"), "");
	EXPECT_EQ(
		members("struct p { int x; } *a;", "char *a;"),
		"'a' is a pointer to struct p in the patch, a pointer to an integer of 1 bytes in this kernel");
}

// As Kbuild compiles modules since 6.13: in their folder, and by a name without one.
TEST(abi, the_patchs_own_source_by_a_name_without_a_folder)
{
	klp::test::Root root;
	root.write("/unit.c", "struct own { int a; } x;\n"
			      "# 1 \"/usr/src/linux/include/linux/s.h\"\n"
			      "struct s { int a; } y;\n");
	klp::test::run("cd " + root.path() + " && gcc -g -c unit.c");
	std::string object = klp::test::text_of(root.path() + "/unit.o");
	TypeTable types = read_dwarf_types(to_bytes(object), "x.ko").value();
	EXPECT_TRUE(types.at(types.named("own").at(0)).is_own);
	EXPECT_FALSE(types.at(types.named("s").at(0)).is_own);
}

TEST(abi, debug_information_that_unpacks_to_too_much_is_E2BIG)
{
	klp::test::ElfWriter elf;
	std::string header;
	klp::test::put(&header, 0, Elf64_Chdr{ELFCOMPRESS_ZLIB, 0, uint64_t{1} << 40, 1});
	elf.add({.name = ".debug_info", .flags = SHF_COMPRESSED, .data = header});
	EXPECT_EQ(said(read_dwarf_types(elf.bytes(), "x.ko")),
		  "E2BIG: x.ko: more than 67108864 bytes of debug information, unpacked");
	klp::test::ElfWriter old;
	old.add({.name = ".zdebug_info", .flags = 0, .data = "ZLIB"});
	EXPECT_EQ(said(read_dwarf_types(old.bytes(), "x.ko")),
		  "EOPNOTSUPP: x.ko: debug information in the old compressed form (.zdebug)");
}

TEST(abi, a_patchs_btf_has_the_types_that_differ)
{
	auto bytes_of = [](btf *btf) {
		uint32_t size;
		const void *data = btf__raw_data(btf, &size);
		const std::byte *start = static_cast<const std::byte *>(data);
		return std::vector<std::byte>(start, start + size);
	};
	using Btf = std::unique_ptr<btf, void (*)(btf *)>;
	Btf kernel(btf__new_empty(), btf__free);
	int integer = btf__add_int(kernel.get(), "int", 4, BTF_INT_SIGNED);
	btf__add_struct(kernel.get(), "s", 4);
	btf__add_field(kernel.get(), "a", integer, 0, 0);
	Btf patch(btf__new_empty_split(kernel.get()), btf__free);
	int own = btf__add_struct(patch.get(), "s", 8);
	btf__add_field(patch.get(), "new", integer, 0, 0);
	btf__add_field(patch.get(), "a", integer, 32, 0);
	std::vector<std::byte> base = bytes_of(kernel.get());
	TypeTable types = read_patch_btf(bytes_of(patch.get()), base, "x.ko").value();
	EXPECT_EQ(types.first(), static_cast<TypeId>(own));
	TypeTable theirs = read_btf_types(base, {}, "vmlinux", {"s"}).value();
	EXPECT_EQ(TypeComparison(types, theirs).named(own),
		  "the patch has 'new' at 0, this kernel has no such member");
}

TEST(abi, debug_information_that_is_not_there_or_malformed)
{
	EXPECT_EQ(said(read_dwarf_types(to_bytes(made_by("gcc -c -x c", "int x;")), "x.ko")),
		  "ENOENT: x.ko: there is no debug information");
	EXPECT_TRUE(said(read_dwarf_types(to_bytes("no ELF file"), "x.ko"))
			    .starts_with("EBADMSG: x.ko: "));
}
