// SPDX-License-Identifier: LGPL-2.1-or-later
#include "exit_status.hpp"
#include "verbs.hpp"

#include <gtest/gtest.h>

static std::vector<std::string> words;

static int keep_words(int argc, char **argv)
{
	words.assign(argv, argv + argc);
	return 42;
}

static constexpr Verb verbs[] = {{"serve", keep_words, "serve machines"}};

static int run(std::vector<std::string> arguments)
{
	std::vector<char *> argv;
	for (std::string &argument : arguments)
		argv.push_back(argument.data());
	argv.push_back(nullptr);
	words.clear();
	return run_verb("klp-x", verbs, static_cast<int>(arguments.size()), argv.data());
}

TEST(verbs, a_verb_gets_its_own_words)
{
	EXPECT_EQ(run({"klp-x", "serve", "--port", "1"}), 42);
	EXPECT_EQ(words, (std::vector<std::string>{"serve", "--port", "1"}));
	EXPECT_EQ(run({"klp-x", "help", "serve"}), 42);
	EXPECT_EQ(words, (std::vector<std::string>{"serve", "--help"}));
}

TEST(verbs, help_names_them_on_stdout_and_a_mistake_on_stderr)
{
	testing::internal::CaptureStdout();
	EXPECT_EQ(run({"klp-x", "--help"}), exit_done);
	EXPECT_EQ(testing::internal::GetCapturedStdout(),
		  "usage: klp-x VERB [OPTION]... [ARGUMENT]...\n"
		  "  serve    serve machines\n"
		  "klp-x help VERB says more; klp-x --version prints the version\n");
	testing::internal::CaptureStderr();
	EXPECT_EQ(run({"klp-x", "sreve"}), exit_usage);
	EXPECT_TRUE(testing::internal::GetCapturedStderr().starts_with(
		"klp-x: unknown command 'sreve'; see 'klp-x --help'\nusage: "));
	testing::internal::CaptureStderr();
	EXPECT_EQ(run({"klp-x"}), exit_usage);
	EXPECT_EQ(run({"klp-x", "help", "sreve"}), exit_usage);
	testing::internal::GetCapturedStderr();
	EXPECT_TRUE(words.empty());
}
