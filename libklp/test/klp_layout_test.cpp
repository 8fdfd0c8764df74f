// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../klp_layout.hpp"
#include "test_btf.hpp"
#include "test_root.hpp"
#include "test_said.hpp"
#include "test_stacks.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

Result<KlpLayout> read(const std::string &bytes)
{
	Root root;
	root.write("/vmlinux", bytes);
	Result<KlpLayout> layout = read_layouts(root.path() + "/vmlinux").patch;
	if (!layout)
		layout.error().message = said(layout, root.path());
	return layout;
}

}

TEST(klp_layout, offsets_are_the_kernels)
{
	Types types;
	types.add("klp_patch", 300, {{"mod", 8}, {"objs", 16}, {"states", 24}, {"replace", 40}});
	types.add("klp_object", 180, {{"name", 8}, {"funcs", 0}, {"callbacks", 24}});
	types.add("klp_func", 160, {{"old_name", 8}, {"new_func", 0}, {"old_sympos", 24}});
	types.add("klp_state", 32, {{"id", 8}, {"version", 0}});
	Result<KlpLayout> layout = read(types.bytes());
	ASSERT_TRUE(layout) << layout.error().message;
	EXPECT_EQ(layout->patch.size, 300u);
	EXPECT_EQ(layout->patch.mod, 8u);
	EXPECT_EQ(layout->patch.objs, 16u);
	EXPECT_EQ(layout->patch.states, 24u);
	EXPECT_EQ(layout->patch.replace, 40u);
	EXPECT_EQ(layout->object.size, 180u);
	EXPECT_EQ(layout->object.name, 8u);
	EXPECT_EQ(layout->object.funcs, 0u);
	EXPECT_EQ(layout->object.callbacks, 24u);
	EXPECT_EQ(layout->func.size, 160u);
	EXPECT_EQ(layout->func.old_name, 8u);
	EXPECT_EQ(layout->func.new_func, 0u);
	EXPECT_EQ(layout->func.old_sympos, 24u);
	EXPECT_EQ(layout->state.size, 32u);
	EXPECT_EQ(layout->state.id, 8u);
	EXPECT_EQ(layout->state.version, 0u);
}

TEST(klp_layout, a_kernel_that_does_not_tell_is_ENOENT)
{
	Types types;
	EXPECT_EQ(read(types.bytes()).error().message,
		  "ENOENT: the kernel's BTF has no struct klp_patch");
	types.add("klp_patch", 200, {{"mod", 0}, {"objs", 8}, {"replace", 24}});
	EXPECT_EQ(read(types.bytes()).error().message,
		  "ENOENT: the kernel's struct klp_patch has no field states");
	EXPECT_EQ(said(read_layouts("/nowhere/vmlinux").patch),
		  "ENOENT: cannot open '/nowhere/vmlinux': No such file or directory");
}

TEST(klp_layout, malformed_btf_is_EBADMSG)
{
	EXPECT_EQ(read("no BTF").error().message,
		  "EBADMSG: /vmlinux: malformed BTF: Invalid argument");
}

TEST(klp_layout, where_the_stacks_are_is_the_kernels_too)
{
	Root root;
	root.write("/vmlinux", stack_types());
	Result<StackLayout> layout = read_layouts(root.path() + "/vmlinux").stacks;
	ASSERT_TRUE(layout) << said(layout);
	EXPECT_EQ(memcmp(&*layout, &stack_layout, sizeof(stack_layout)), 0);
	Result<HandlerLayout> handlers = read_layouts(root.path() + "/vmlinux").handlers;
	ASSERT_TRUE(handlers) << said(handlers);
	EXPECT_EQ(memcmp(&*handlers, &handler_layout, sizeof(handler_layout)), 0);
	Types none;
	root.write("/vmlinux", none.bytes());
	EXPECT_EQ(said(read_layouts(root.path() + "/vmlinux").stacks),
		  "ENOENT: the kernel's BTF has no struct klp_patch");
}
