// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../libklp/test/test_root.hpp"
#include "../libklp/test/test_said.hpp"
#include "jobs.hpp"
#include "test_objects.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

// A variable as it was, again.
class Variable {
public:
	Variable(const char *name, const std::string &value) : name_(name)
	{
		if (const char *before = getenv(name))
			before_ = before;
		setenv(name, value.c_str(), 1);
	}
	Variable(const Variable &) = delete;
	~Variable()
	{
		if (before_)
			setenv(name_, before_->c_str(), 1);
		else
			unsetenv(name_);
	}

private:
	const char *name_;
	std::optional<std::string> before_;
};

std::string output(const std::string &command, const std::string &folder = "")
{
	Result<std::string> answer = output_of({command, folder, "run it"});
	return answer ? *answer : said(answer);
}

}

TEST(jobs, a_command_has_a_small_environment)
{
	Variable secret("KBUILD_SIGN_PIN", "1234"), token("GITHUB_TOKEN", "abc"),
		proxy("http_proxy", "http://user:password@proxy"), language("LC_ALL", "de_DE"),
		home("HOME", "/h"), temporary("TMPDIR", "/t"), ccache("CCACHE_DIR", "/c"),
		path("PATH", "/usr/bin:/bin");
	// The shell has some of its own.
	EXPECT_EQ(
		output("cat /proc/self/environ | tr '\\0' '\\n' | grep -vE '^(PWD|OLDPWD|SHLVL|_)=' | "
		       "sort"),
		"CCACHE_DIR=/c\nHOME=/h\nLC_ALL=C\nPATH=/usr/bin:/bin\nTMPDIR=/t");
}

TEST(jobs, what_a_job_asks_for_it_alone_has)
{
	Result<std::string> answer = output_of({.command = "echo $PIN",
						.folder = "",
						.what = "run it",
						.environment = {"PIN=1234"}});
	ASSERT_TRUE(answer);
	EXPECT_EQ(*answer, "1234");
	EXPECT_EQ(output("echo $PIN"), "");
}

TEST(jobs, no_program_is_found_where_a_command_runs)
{
	Root folder;
	folder.write("/bin/klp-hostile", "#!/bin/sh\necho hostile\n");
	folder.write("/klp-hostile", "#!/bin/sh\necho hostile\n");
	run("chmod +x " + folder.path() + "/klp-hostile " + folder.path() + "/bin/klp-hostile");
	Variable path("PATH", ".:bin::/usr/bin:/bin:");
	EXPECT_EQ(output("klp-hostile || echo none", folder.path()), "none");
	EXPECT_EQ(output("echo $PATH"), "/usr/bin:/bin");
}

TEST(jobs, what_the_caller_has_open_a_command_has_not)
{
	int fd = open("/dev/null", O_RDONLY);
	ASSERT_GE(fd, 0);
	EXPECT_EQ(output("[ -e /proc/self/fd/" + std::to_string(fd) + " ] || echo closed"),
		  "closed");
	close(fd);
}

TEST(jobs, as_many_run_at_a_time_as_they_are_limited_to)
{
	Root folder;
	std::vector<Job> jobs;
	// Each is alone, or says so.
	for (int i = 0; i < 4; i++)
		jobs.push_back({"mkdir one || echo not alone >&2; sleep 0.05; rmdir one",
				folder.path(), "run it"});
	limit_jobs(1);
	EXPECT_EQ(jobs_at_once(), 1u);
	Result<std::vector<std::string>> one_by_one = run_all(jobs);
	limit_jobs(0);
	ASSERT_TRUE(one_by_one);
	EXPECT_EQ(*one_by_one, std::vector<std::string>(4));
	EXPECT_GE(jobs_at_once(), 1u);
}

TEST(jobs, each_is_shown_before_it_runs)
{
	std::string shown;
	show_jobs([&](const std::string &folder, const std::string &command) {
		shown += folder + ": " + command + "\n";
	});
	output("true", "/tmp");
	output("false");
	show_jobs(nullptr);
	output("echo not shown");
	EXPECT_EQ(shown, "/tmp: true\n: false\n");
}
