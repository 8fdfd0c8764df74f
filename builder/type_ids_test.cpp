// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../libklp/test/test_btf.hpp"
#include "../libklp/test/test_said.hpp"
#include "test_objects.hpp"
#include "type_ids.hpp"

#include <gtest/gtest.h>

#include <cstring>

using namespace klp;
using namespace klp::test;

namespace {

// A kernel's BTF with put before get, and both a structure and a function of that name.
class KernelTypes : public testing::Test {
protected:
	KernelTypes()
	{
		types_.add("get", 8, {});
		put = types_.add_function("put");
		get = types_.add_function("get");
		btf_ = to_bytes(types_.bytes());
	}
	Result<std::vector<std::byte>> filled(const std::string &source)
	{
		Object object = assemble(source);
		return TypeIds::parse(btf_)->fill_in(object, piece_of(object, "list"));
	}
	// As numbers.
	std::vector<uint32_t> numbers(const std::string &source)
	{
		Result<std::vector<std::byte>> bytes = filled(source);
		if (!bytes)
			throw std::runtime_error(bytes.error().message);
		std::vector<uint32_t> numbers(bytes->size() / 4);
		memcpy(numbers.data(), bytes->data(), bytes->size());
		return numbers;
	}

	uint32_t put, get;

private:
	Types types_;
	std::vector<std::byte> btf_;
};

std::string with_flags(const std::string &id, int flags)
{
	return id + ".long " + std::to_string(flags) + "\n";
}

const std::string id_of_get = type_id("__BTF_ID__func__get__12"),
		  id_of_put = type_id("__BTF_ID__func__put__13"),
		  id_of_struct = type_id("__BTF_ID__struct__get__14");

}

TEST_F(KernelTypes, a_list_keeps_its_order_and_its_gaps)
{
	std::vector<uint32_t> expected = {get, 0, put, 2};
	EXPECT_EQ(
		numbers(list_of("before", id_of_put) +
			list_of("list", id_of_get + ".zero 4\n" +
						type_id("__BTF_ID__func__put__24") + id_of_struct)),
		expected);
}

TEST_F(KernelTypes, a_set_is_counted_and_sorted)
{
	ASSERT_LT(put, get);
	std::vector<uint32_t> expected = {2, put, get};
	EXPECT_EQ(numbers(set_of("list", id_of_get + id_of_put) + list_of("next", id_of_struct)),
		  expected);
}

TEST_F(KernelTypes, the_flags_of_a_set_go_with_their_ids)
{
	const std::string head = "__BTF_ID__set8__list";
	std::vector<uint32_t> expected = {2, 1, put, 9, get, 6};
	EXPECT_EQ(numbers(list_of("list", head + ": .zero 4\n.long 1\n" + with_flags(id_of_get, 6) +
						  with_flags(id_of_put, 9) + ".size " + head +
						  ",.-" + head + "\n")),
		  expected);
}

TEST_F(KernelTypes, what_the_kernel_does_not_have_is_named)
{
	EXPECT_EQ(said(filled(list_of("list", type_id("__BTF_ID__union__get__1")))),
		  "ENOENT: the kernel's BTF has no union get");
	EXPECT_EQ(said(filled(list_of("list", type_id("__BTF_ID__enum__get__1")))),
		  "ENOENT: the kernel's BTF has no enum get");
	EXPECT_EQ(said(TypeIds::parse({})), "ENOENT: the kernel has no BTF");
	EXPECT_EQ(said(TypeIds::parse(to_bytes("types"))),
		  "EINVAL: the kernel's BTF cannot be read: Invalid argument");
}

TEST_F(KernelTypes, a_set_that_is_cut_short_is_none)
{
	const std::string head = "__BTF_ID__set__list";
	EXPECT_EQ(said(filled(list_of("list", head + ": .zero 4\n" + id_of_get + ".zero 1\n.size " +
						      head + ",.-" + head + "\n"))),
		  "EBADMSG: the set 'list' has 9 bytes");
	EXPECT_EQ(said(filled(list_of("list", head + ": .zero 4\n.size " + head + ",64\n"))),
		  "EBADMSG: 'list' has 4 bytes");
}
