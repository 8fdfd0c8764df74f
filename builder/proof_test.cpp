// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../libklp/test/test_btf.hpp"
#include "proof.hpp"
#include "test_fix.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

// A unit, and the module that the distribution has shipped.
class Case {
public:
	Case(const std::string &compiled, const std::string &shipped,
	     const std::string &in_front = "")
	    : object(compile(compiled, plain)), module(module_file(linked(shipped, in_front)))
	{
	}
	// "f+0x4: what", a line each.
	std::string mismatches() const
	{
		std::string text;
		for (const Mismatch &mismatch : proof.mismatches) {
			char offset[32];
			snprintf(offset, sizeof(offset),
				 "+%#zx: ", static_cast<size_t>(mismatch.offset));
			text += (text.empty() ? "" : "\n") + mismatch.function + offset +
				mismatch.what;
		}
		return text;
	}
	uint64_t address(std::string_view name) const { return proof.addresses[object.find(name)]; }

	const Object object;
	const ModuleFile module;
	const Image image = image_of(module);
	const Proof proof = prove(object, image);

private:
	static std::string linked(const std::string &shipped, const std::string &in_front)
	{
		std::vector<std::string> files;
		if (!in_front.empty())
			files.push_back(compiled_file(in_front, plain));
		files.push_back(compiled_file(shipped, plain));
		return module_of("m", files);
	}
};

// An assembled unit against an assembled module.
std::string of_assembly(const std::string &compiled, const std::string &shipped)
{
	Object object = assemble(compiled);
	ModuleFile module = module_file(module_of("m", {assembled_file(shipped)}));
	Image image = image_of(module);
	std::string text;
	for (const Mismatch &mismatch : prove(object, image).mismatches)
		text += mismatch.function + "+" + std::to_string(mismatch.offset) + ": " +
			mismatch.what + "\n";
	return text;
}

std::string with_literal(const std::string &value)
{
	return function("f", "mov .Lone(%rip),%rax\nret") +
	       ".section .rodata.cst8,\"aM\",@progbits,8\n.Lone: .quad " + value + "\n";
}

constexpr const char *unit = R"(
static int count = 3;
static const int limits[] = {4, 5};
static noinline int g(int x) { return get(x) + limits[x]; }
int f(int x) { if (x) panic("so"); return g(x) + count++; }
)";

}

TEST(proof, the_same_code_is_proved)
{
	Case same(unit, unit, "int first(int x) { return get(x); }");
	EXPECT_EQ(same.mismatches(), "");
	EXPECT_EQ(same.proof.likely_reason(), "");
	EXPECT_EQ(same.proof.functions, 3u); // f.cold, too
	EXPECT_EQ(same.proof.constants, 1u);
	EXPECT_GT(same.proof.references, 5u);
	for (const char *name : {"f", "g", "count", "limits", "f.cold"})
		EXPECT_EQ(same.address(name), same.image.find(name)[0].address) << name;
}

TEST(proof, a_byte_that_differs_is_told)
{
	EXPECT_EQ(of_assembly(function("f", "nop\nmov $1,%al\nret"),
			      function("f", "nop\nmov $2,%al\nret")),
		  "f+2: 01 was compiled, the image has 02\n");
	// One mismatch a function is enough; the other function is still compared.
	EXPECT_EQ(of_assembly(function("f", "cld\ncld\ncld") + function("g", "cld"),
			      function("f", "std\nstd\nstd") + function("g", "std")),
		  "f+0: fc was compiled, the image has fd\n"
		  "g+0: fc was compiled, the image has fd\n");
}

TEST(proof, a_longer_function_is_told)
{
	EXPECT_EQ(of_assembly(function("f", "nop\nnop"), function("f", "nop")),
		  "f+0: the image ends before it does\n");
}

TEST(proof, another_callee_is_told)
{
	const std::string callees = "noinline int g(int x) { return get(x) + 1; }"
				    "noinline int h(int x) { return get(x) + 2; }";
	Case other(callees + "int f(int x) { return g(x) + 1; }",
		   callees + "int f(int x) { return h(x) + 1; }");
	EXPECT_NE(other.mismatches().find("refers to 'g', and the image to something else"),
		  std::string::npos)
		<< other.mismatches();
	EXPECT_EQ(of_assembly(function("f", "call a\nret"), function("f", "call b\nret")),
		  "f+1: refers to 'a', and the image to something else\n");
}

TEST(proof, another_string_is_told)
{
	EXPECT_EQ(Case("void f(void) { printk(\"one\"); use(0); }",
		       "void f(void) { printk(\"two\"); use(0); }")
			  .mismatches()
			  .substr(4),
		  "c: the string \"one\" is another one in the image");
}

TEST(proof, another_constant_is_told)
{
	EXPECT_EQ(of_assembly(with_literal("1"), with_literal("1")), "");
	EXPECT_EQ(of_assembly(with_literal("1"), with_literal("2")),
		  "f+3: a constant of 8 bytes is another one in the image\n");
	Case named("static const int list[] = {1, 2}; int f(int i) { return list[i]; }",
		   "static const int list[] = {1, 3}; int f(int i) { return list[i]; }");
	EXPECT_EQ(named.mismatches(), "list+0x4: 02 was compiled, the image has 03");
}

TEST(proof, what_is_filled_in_at_link_is_not_compared)
{
	auto list = [](const char *section, int value) {
		return std::string("static const int in(\"") + section + "\") list[] = {" +
		       std::to_string(value) + ", 5}; int f(int i) { return list[i]; }";
	};
	EXPECT_EQ(Case(list(".BTF_ids", 0), list(".BTF_ids", 7)).mismatches(), "");
	EXPECT_EQ(Case(list(".lists", 0), list(".lists", 7)).mismatches(),
		  "list+0: 00 was compiled, the image has 07");
}

// f of a kernel whose BTF has get and put refers to a list that holds two numbers.
static std::string of_types(uint32_t first, uint32_t second)
{
	static constexpr uint64_t code_at = 0x2900, list_at = 0x80;
	Types types;
	types.add_function("get");
	types.add_function("put");
	KernelWriter kernel;
	kernel.btf = types.bytes();
	kernel.banner.resize(list_at);
	append_value(&kernel.banner, first);
	append_value(&kernel.banner, second);
	std::string mov = "\x48\xc7\xc7";
	append_value(&mov, static_cast<uint32_t>(rodata_start + list_at));
	kernel.code.replace(code_at, mov.size() + 1, mov + '\xc3');
	kernel.add(text_start + code_at, 'T', "f");
	Result<KernelImage> image = KernelImage::parse("vmlinuz", kernel.bytes());
	if (!image)
		return image.error().message;
	Object object = assemble(function("f", "mov $list,%rdi\nret") +
				 list_of("list", type_id("__BTF_ID__func__put__1") +
							 type_id("__BTF_ID__func__get__2")));
	Proof proof = prove(object, Image::of_kernel(*image));
	return std::to_string(proof.constants) + " compared" +
	       (proof.mismatches.empty() ? "" : ", " + proof.mismatches[0].what);
}

TEST(proof, a_list_of_types_is_compared_as_it_is_when_the_kernel_is_linked)
{
	EXPECT_EQ(of_types(5, 3), "1 compared");
	EXPECT_EQ(of_types(3, 5), "1 compared, 05 was compiled, the image has 03");
	EXPECT_EQ(of_types(5, 0), "1 compared, 03 was compiled, the image has 00");
}

TEST(proof, what_a_constant_points_to_is_compared)
{
	auto source = [](const char *callee) {
		return "static int g(int x) { return get(x); }"
		       "static int h(int x) { return get(x); }"
		       "int (*const list[])(int) = {g, h, " +
		       std::string(callee) + "}; int f(int i) { return list[i](2); }";
	};
	EXPECT_EQ(Case(source("g"), source("g")).mismatches(), "");
	EXPECT_EQ(Case(source("g"), source("h")).mismatches(),
		  "list+0x10: refers to 'g', and the image to something else");
}

TEST(proof, an_initial_value_of_a_variable_is_not_compared)
{
	EXPECT_EQ(Case("int count = 1; int f(void) { return count; }",
		       "int count = 2; int f(void) { return count; }")
			  .mismatches(),
		  "");
}

TEST(proof, a_variable_of_the_same_name_elsewhere_is_told)
{
	auto object = [](const char *variable) {
		return function("f", std::string("mov ") + variable + "(%rip),%eax\nret") +
		       ".data\n.type count,@object\n.type other,@object\n"
		       "count: .long 0\n.size count,4\nother: .long 0\n.size other,4\n";
	};
	EXPECT_EQ(of_assembly(object("count"), object("count")), "");
	EXPECT_EQ(of_assembly(object("count"), object("other")),
		  "f+2: 'count' is elsewhere in the image\n");
}

TEST(proof, two_references_to_one_variable_agree)
{
	EXPECT_EQ(
		of_assembly(function("f", "mov .La(%rip),%eax\nmov .La(%rip),%eax") +
				    ".data\n.type x,@object\nx: .long 1\n.size x,4\n.La: .long 2\n"
				    ".type y,@object\ny: .long 3\n.size y,4\n",
			    function("f", "mov .La(%rip),%eax\nmov .Lb(%rip),%eax") +
				    ".data\n.La: .long 2\n.Lb: .long 3\n"),
		"f+8: refers to '', and the image to something else\n");
}

TEST(proof, a_missing_function_is_told)
{
	EXPECT_EQ(Case("int f(int x) { return get(x); }", "int g(int x) { return get(x); }")
			  .mismatches(),
		  "f+0: the image has no function of this name");
	Case none("int f(int x) { return get(x); }", "int g(int x) { return get(x); }");
	EXPECT_EQ(none.address("f"), 0u);
	EXPECT_EQ(none.proof.likely_reason(),
		  "this kernel's image has none of the unit's code: it is configured away, or part "
		  "of another object");
}

TEST(proof, functions_of_one_name_are_told_apart_by_their_neighbours)
{
	const std::string init = "static noinline int init(int x) { return get(x) + 1; }";
	Case pair(init + "int f(int x) { return init(x); }",
		  init + "int f(int x) { return init(x); }",
		  init + "int g(int x) { return init(x); }");
	EXPECT_EQ(pair.mismatches(), "");
	std::vector<Image::Symbol> both = pair.image.find("init");
	ASSERT_EQ(both.size(), 2u);
	EXPECT_EQ(pair.address("init"), both[1].address);
}

TEST(proof, functions_of_one_name_are_told_apart_by_their_bytes)
{
	Case pair("static noinline int init(int x) { return get(x) + 1; } void *keep = init;",
		  "static noinline int init(int x) { return get(x) + 1; } void *keep = init;",
		  "static noinline int init(int x) { return get(x) + 2; } void *other = init;");
	EXPECT_EQ(pair.mismatches(), "");
	EXPECT_EQ(pair.address("init"), pair.image.find("init")[1].address);
}

TEST(proof, what_is_at_several_places_and_referred_to_by_none_has_no_address)
{
	const char *init = "static noinline int init(int x) { return get(x) + 1; } "
			   "static void *keep in(\".data\") = init;";
	Case pair(init, init, init);
	EXPECT_EQ(pair.mismatches(), "");
	EXPECT_EQ(pair.address("init"), 0u);
	EXPECT_EQ(pair.proof.functions, 1u);
}

TEST(proof, places_that_differ_equally_are_told)
{
	const char *init = "static noinline int init(int x) { return get(x) + 1; } "
			   "static void *keep in(\".data\") = init;";
	const char *other = "static noinline int init(int x) { return get(x) + 2; } "
			    "static void *keep in(\".data\") = init;";
	EXPECT_EQ(Case(init, other, other).mismatches(),
		  "init+0: the image has 2 places that fit equally");
}

TEST(proof, of_places_that_fit_equally_the_one_that_is_referred_to_is_meant)
{
	const std::string part = "static noinline __attribute__((cold)) int part(int x) "
				 "{ return get(x) + 1; }";
	const std::string called = part + "int f(int x) { return part(x) * 2; }";
	const std::string other = part + "int g(int x) { return part(x) * 3; }";
	Case pair(called, called, other);
	EXPECT_EQ(pair.mismatches(), "");
	EXPECT_EQ(pair.address("part"), pair.image.find("part")[1].address);
	EXPECT_EQ(Case(other, other + "int h;", called).mismatches(), "");
	// From a constant, too.
	const std::string table = part + "int (*const table[])(int) = {part};"
					 "int f(int x) { return table[x](x); }";
	Case by_table(table, table, other);
	EXPECT_EQ(by_table.mismatches(), "");
	EXPECT_EQ(by_table.address("part"), by_table.image.find("part")[1].address);
}

TEST(proof, another_units_definition_may_stand_in_for_a_weak_one)
{
	const std::string weak = "int __attribute__((weak)) hook(int x) { return get(x); }"
				 "int f(int x) { return hook(x) + 1; }";
	Case overridden(weak, weak, "int hook(int x) { return get(x) * 5; }");
	EXPECT_EQ(overridden.mismatches(), "");
	EXPECT_EQ(overridden.address("f"), overridden.image.find("f")[0].address);
	// A definition that is not weak does not match.
	Case other(
		"noinline int hook(int x) { return get(x); } int f(int x) { return hook(x) + 1; }",
		weak, "int hook(int x) { return get(x) * 5; }");
	EXPECT_NE(other.mismatches(), "");
}

TEST(proof, what_a_unit_takes_from_elsewhere_in_the_module_gets_an_address)
{
	const std::string source = "int first(int); int f(int x) { return first(x) + get(x); }";
	Case both(source, source, "int first(int x) { return get(x); }");
	EXPECT_EQ(both.mismatches(), "");
	ASSERT_EQ(both.proof.undefined.size(), 1u);
	EXPECT_EQ(both.proof.undefined.at("first"), both.image.find("first")[0].address);
}

TEST(proof, is_translated_to_an_object_of_other_sections)
{
	Case same(unit, unit);
	Object other = compile(unit, split);
	Proof translated = same.proof.translated(same.object, other);
	ASSERT_EQ(translated.addresses.size(), other.pieces().size());
	for (const char *name : {"f", "g", "count", "limits", "f.cold"})
		EXPECT_EQ(translated.addresses[other.find(name)], same.address(name)) << name;
}

// Another version of a unit: a function is longer, so the functions behind it have other addresses.
// A static variable is added, so that the compiler's numbers differ.
TEST(proof, function_by_function_what_another_version_changed_is_told)
{
	auto source = [](const std::string &more) {
		return "int zero(int x) { return get(x) + 1; } int first(int x) {" + more +
		       " return get(x); }"
		       "int second(int x) { static int n; n += x; return get(n); }"
		       "int third(int x) { return second(x) + get(x); }";
	};
	Case other(source(""),
		   source("static int n; n -= get(5); n -= get(6); n -= get(7); n -= get(8);"));
	EXPECT_NE(other.mismatches().find("first+"), 0u);
	std::set<std::string> changed;
	for (const Mismatch &mismatch :
	     prove_function_by_function(other.object, other.image).mismatches)
		changed.insert(mismatch.function);
	EXPECT_EQ(changed, std::set<std::string>{"first"});
	// Each of two units of the module has a copy of twin().
	const std::string twin = "static noinline int twin(int x) { return get(x) + 3; }";
	Case twins(twin + "int f(int x) { return twin(x); }",
		   twin + "int f(int x) { return twin(x); }",
		   twin + "int g(int x) { return twin(x); }");
	EXPECT_EQ(prove_function_by_function(twins.object, twins.image).mismatches.size(), 0u);
	Case same(source(""), source(""));
	EXPECT_EQ(prove_function_by_function(same.object, same.image).mismatches.size(), 0u);
	auto table = [](const std::string &third) {
		return "static const int table[] = {4, 5, " + third +
		       "}; int f(int x) { return get(table[x]); }";
	};
	Case constant(table("6"), table("7"));
	Proof proof = prove_function_by_function(constant.object, constant.image);
	ASSERT_EQ(proof.mismatches.size(), 1u);
	EXPECT_EQ(proof.mismatches[0].function, "table");
	EXPECT_EQ(proof.mismatches[0].piece, constant.object.find("table"));
}

TEST(proof, the_likely_reason_is_told_by_how_many_differ)
{
	std::string many, other;
	for (int i = 0; i < 5; i++) {
		std::string name = "f" + std::to_string(i);
		many += function(name, "cld");
		other += function(name, i == 0 ? "std" : "cld");
	}
	Object object = assemble(many);
	auto reason = [&](const std::string &shipped) {
		ModuleFile module = module_file(module_of("m", {assembled_file(shipped)}));
		Image image = image_of(module);
		return prove(object, image).likely_reason();
	};
	EXPECT_EQ(reason(many), "");
	EXPECT_EQ(reason(other).substr(0, 22), "few functions differ: ");
	std::string all = many;
	for (size_t at; (at = all.find("cld")) != std::string::npos;)
		all.replace(at, 3, "std");
	EXPECT_EQ(reason(all).substr(0, 23), "most functions differ: ");
}
