// SPDX-License-Identifier: LGPL-2.1-or-later
#include "command_line.hpp"
#include "exit_status.hpp"

#include <gtest/gtest.h>
#include <klp/klp.h>

namespace {

struct Program : testing::Test {
	Program() : app("Needs root. Mend a thing.", "klp mend")
	{
		app.add_option("THING", things, "what is broken")->required();
		app.add_option("--timeout", timeout, "seconds for all of it")
			->capture_default_str()
			->check(number_between(0.5, 60, "seconds"))
			->type_name("S");
		app.add_option("--way", way, "how, in words that are so many that they go on below")
			->check(one_of({"well", "badly"}))
			->type_name("well|badly");
		app.add_flag("!--no-glue", glue, "do it without");
	}

	// "STATUS: what is printed"
	std::string run(std::vector<std::string> words)
	{
		std::vector<char *> pointers = {const_cast<char *>("klp")};
		for (std::string &word : words)
			pointers.push_back(word.data());
		int status = -1;
		testing::internal::CaptureStdout();
		testing::internal::CaptureStderr();
		bool failed = app.parse_failed(static_cast<int>(pointers.size()), pointers.data(),
					       &status);
		std::string said = testing::internal::GetCapturedStdout() +
				   testing::internal::GetCapturedStderr();
		return failed ? std::to_string(status) + ": " + said : "parsed";
	}

	std::vector<std::string> things;
	double timeout = 20;
	std::string way;
	bool glue = true, rag = false;
	CommandLine app;
};

}

TEST_F(Program, help_has_nothing_of_the_parser)
{
	EXPECT_EQ(run({"--help"}),
		  "0: usage: klp mend [OPTION]... THING...\n"
		  "Needs root. Mend a thing.\n"
		  "\n"
		  "  THING                   what is broken\n"
		  "  --timeout S             seconds for all of it (20)\n"
		  "  --way well|badly        how, in words that are so many that they go on below\n"
		  "  --no-glue               do it without\n"
		  "  -h, --help              print this help\n"
		  "  --version               print the version\n");
}

TEST_F(Program, a_long_description_goes_on_below_itself)
{
	app.add_flag("--a-name-that-is-too-long", glue,
		     "so long a description that no terminal of the usual width has it in a line");
	EXPECT_NE(
		run({"-h"}).find(
			"\n  --a-name-that-is-too-long\n"
			"                          so long a description that no terminal of the usual width has it\n"
			"                          in a line\n"),
		std::string::npos);
}

TEST_F(Program, the_version_is_the_headers)
{
	EXPECT_EQ(run({"--version"}), "0: klp " LIBKLP_VERSION "\n");
}

TEST_F(Program, a_wrong_value_is_said_with_what_was_expected)
{
	EXPECT_EQ(
		run({"--timeout", "0", "x"}),
		"2: klp mend: --timeout: '0' is no number of seconds from 0.5 to 60; see 'klp mend --help'\n");
	EXPECT_EQ(
		run({"--timeout", "soon", "x"}),
		"2: klp mend: --timeout: 'soon' is no number of seconds from 0.5 to 60; see 'klp mend --help'\n");
	EXPECT_EQ(run({"--way", "somehow", "x"}),
		  "2: klp mend: --way: 'somehow' is none of well, badly; see 'klp mend --help'\n");
	EXPECT_EQ(run({"--way", "well", "x"}), "parsed");
}

TEST_F(Program, options_that_need_or_exclude_each_other)
{
	std::string oil, glue_kind;
	CommandLineOption *oil_option = app.add_option("--oil", oil, "which oil");
	CommandLineOption *kind = app.add_option("--glue-kind", glue_kind, "which glue");
	kind->excludes(oil_option);
	oil_option->needs(app.add_flag("--rag", rag, "with a rag"));
	EXPECT_EQ(run({"--glue-kind", "a", "--oil", "b", "--rag", "x"}).substr(0, 2), "2:");
	EXPECT_EQ(run({"--oil", "b", "x"}).substr(0, 2), "2:");
	EXPECT_EQ(run({"--oil", "b", "--rag", "x"}), "parsed");
	EXPECT_TRUE(oil_option->is_given());
	EXPECT_FALSE(kind->is_given());
}

TEST_F(Program, one_value_each_time)
{
	std::vector<std::string> screws;
	app.add_option("--screw", screws, "a screw")->one_value_each();
	EXPECT_EQ(run({"--screw", "1", "--screw", "2", "x", "y"}), "parsed");
	EXPECT_EQ(screws, (std::vector<std::string>{"1", "2"}));
	EXPECT_EQ(things, (std::vector<std::string>{"x", "y"}));
}

TEST_F(Program, a_file_or_a_folder_has_to_be_there)
{
	std::string file, folder;
	app.add_option("--file", file, "a file")->check(existing_file());
	app.add_option("--folder", folder, "a folder")->check(existing_folder());
	EXPECT_EQ(run({"--file", "/proc/version", "--folder", "/proc", "x"}), "parsed");
	EXPECT_EQ(run({"--file", "/proc", "x"}).substr(0, 2), "2:");
	EXPECT_EQ(run({"--folder", "/proc/version", "x"}).substr(0, 2), "2:");
}

TEST_F(Program, the_environment_has_a_value)
{
	std::string folder;
	app.add_option("--folder", folder, "a folder")->envname("KLP_TEST_FOLDER");
	setenv("KLP_TEST_FOLDER", "/there", 1);
	EXPECT_EQ(run({"x"}), "parsed");
	unsetenv("KLP_TEST_FOLDER");
	EXPECT_EQ(folder, "/there");
}
