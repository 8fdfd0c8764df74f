// SPDX-License-Identifier: LGPL-2.1-or-later
#include "compiler_warnings.hpp"

#include <gtest/gtest.h>

using namespace klp;

static std::string said(const std::string &before, const std::string &after)
{
	std::string all;
	for (const CompilerWarning &warning : new_warnings(before, after))
		all += warning.place + " " + warning.text + "\n";
	return all;
}

static const std::string unused = "net/a.c:7:6: warning: unused variable 'i' [-Wunused-variable]\n";
static const std::string pointer =
	"net/a.c: In function 'f':\n"
	"net/a.c:9:4: warning: passing argument 2 of 'g' makes integer from pointer without a cast "
	"[-Wint-conversion]\n"
	"net/a.c:2:12: note: expected 'int' but argument is of type 'char *'\n";

TEST(compiler_warnings, what_is_new_is_told_with_its_place)
{
	EXPECT_EQ(said(unused, unused + pointer),
		  "net/a.c:9 passing argument 2 of 'g' makes integer from pointer without a cast "
		  "[-Wint-conversion]\n");
	EXPECT_EQ(said("", "net/a.c:3: warning: \"X\" redefined\n"), "net/a.c:3 \"X\" redefined\n");
}

TEST(compiler_warnings, what_was_said_before_is_no_news_on_any_line)
{
	EXPECT_EQ(said(unused, "net/a.c:70:6: warning: unused variable 'i' [-Wunused-variable]\n"),
		  "");
	EXPECT_EQ(said(unused + pointer, unused), "");
}

TEST(compiler_warnings, twice_is_news_where_it_was_once)
{
	EXPECT_EQ(said(unused, unused + unused),
		  "net/a.c:7 unused variable 'i' [-Wunused-variable]\n");
	EXPECT_EQ(said(unused, "net/b.c:7:6: warning: unused variable 'i' [-Wunused-variable]\n"),
		  "net/b.c:7 unused variable 'i' [-Wunused-variable]\n");
}

TEST(compiler_warnings, a_path_is_the_trees)
{
	EXPECT_EQ(
		said("",
		     "arch/x86/kvm/../../../virt/kvm/a.c:1:1: warning: w\n./include/a.h:2:1: warning: v\n"),
		"virt/kvm/a.c:1 w\ninclude/a.h:2 v\n");
}
