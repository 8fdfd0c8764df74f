// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../libklp/test/test_root.hpp"
#include "../libklp/test/test_said.hpp"
#include "jobs.hpp"
#include "test_objects.hpp"

#include <arpa/inet.h>
#include <csignal>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

using namespace klp;
using namespace klp::test;

namespace {

struct sandbox : testing::Test {
	sandbox()
	{
		for (const char *name : {"/tree", "/room", "/home"})
			folder.folder(name);
		folder.write("/tree/header.h", "int of_the_tree;\n");
		folder.write("/home/secret.h", "int secret;\n");
		confine_jobs(Sandbox{{path("/tree")}, path("/room")});
	}
	~sandbox() override { confine_jobs(std::nullopt); }

	std::string path(const std::string &name) const { return folder.path() + name; }
	std::string output(const std::string &command, const std::string &where = "")
	{
		Result<std::string> answer = output_of({command, where, "run it"});
		return answer ? *answer : said(answer, folder.path());
	}
	// Returns the output of gcc and the assembler for a source that the fix adds.
	std::string compiled(const std::string &source)
	{
		folder.write("/room/unit.c", source);
		std::string answer = output("gcc -c -o unit.o unit.c");
		return answer.substr(0, answer.find("\ncompilation"));
	}

	Root folder;
};

}

TEST_F(sandbox, there_can_be_one)
{
	EXPECT_EQ(said(check_sandbox()), "no error");
}

TEST_F(sandbox, a_missing_bubblewrap_is_named)
{
	std::string before = getenv("PATH");
	setenv("PATH", path("/home").c_str(), 1);
	std::string answer = said(check_sandbox());
	setenv("PATH", before.c_str(), 1);
	EXPECT_EQ(answer, "ENOENT: 'bwrap' is missing; install the package 'bubblewrap'");
}

TEST_F(sandbox, a_source_reaches_the_tree_and_no_other_file)
{
	EXPECT_EQ(compiled("#include \"" + path("/tree/header.h") + "\"\n"), "");
	std::string answer = compiled("#include \"" + path("/home/secret.h") + "\"\n");
	EXPECT_NE(answer.find("secret.h: No such file or directory"), std::string::npos) << answer;
	for (const char *file : {"/etc/shadow", "/etc/passwd", "/proc/self/environ"}) {
		answer = compiled(std::string("asm(\".incbin \\\"") + file + "\\\"\");\n");
		EXPECT_NE(answer.find("file not found: " + std::string(file)), std::string::npos)
			<< answer;
	}
}

TEST_F(sandbox, only_the_work_folder_is_written)
{
	EXPECT_EQ(output("echo made > here && cat here"), "made");
	EXPECT_EQ(text_of(path("/room/here")), "made\n");
	EXPECT_EQ(output("echo no 2>&1 > header.h || true", path("/tree")),
		  "/bin/sh: 1: cannot create header.h: Read-only file system");
	EXPECT_EQ(
		output("echo x > /tmp/klp-test-of-the-sandbox && ls /tmp/klp-test-of-the-sandbox"),
		"/tmp/klp-test-of-the-sandbox");
	EXPECT_FALSE(std::filesystem::exists("/tmp/klp-test-of-the-sandbox"));
}

TEST_F(sandbox, nothing_of_the_environment_is_there_and_no_process)
{
	setenv("KBUILD_SIGN_PIN", "1234", 1);
	EXPECT_EQ(output("env | grep -vE '^(PWD|OLDPWD|SHLVL|_)=' | sort"),
		  "LC_ALL=C\nPATH=/usr/local/bin:/usr/bin:/bin");
	unsetenv("KBUILD_SIGN_PIN");
	EXPECT_EQ(output("kill -0 " + std::to_string(getpid()) + " || echo none"), "none");
}

TEST_F(sandbox, there_is_no_network)
{
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	sockaddr_in address = {.sin_family = AF_INET,
			       .sin_port = 0,
			       .sin_addr = {htonl(INADDR_LOOPBACK)},
			       .sin_zero = {}};
	socklen_t size = sizeof(address);
	ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr *>(&address), size), 0);
	ASSERT_EQ(listen(listener, 8), 0);
	ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr *>(&address), &size), 0);
	std::string command = "bash -c '</dev/tcp/127.0.0.1/" +
			      std::to_string(ntohs(address.sin_port)) +
			      "' && echo connected || echo none";
	EXPECT_EQ(output(command), "none");
	confine_jobs(std::nullopt);
	EXPECT_EQ(output(command), "connected");
	close(listener);
}

TEST_F(sandbox, a_job_may_be_outside)
{
	Result<std::string> answer = output_of({.command = "cat " + path("/home/secret.h"),
						.folder = "",
						.what = "run it",
						.outside = true});
	EXPECT_EQ(said(answer), "no error");
}

TEST_F(sandbox, it_ends_with_its_parent)
{
	mkfifo(path("/room/ready").c_str(), 0600);
	pid_t parent = fork();
	ASSERT_GE(parent, 0);
	if (parent == 0) {
		output("exec 9> lock && flock 9 && echo > ready && sleep 1000");
		_exit(0);
	}
	text_of(path("/room/ready"));
	kill(parent, SIGKILL);
	waitpid(parent, nullptr, 0);
	int lock = open(path("/room/lock").c_str(), O_RDWR | O_CLOEXEC);
	alarm(20); // the end of this program, if the command never ends
	EXPECT_EQ(flock(lock, LOCK_EX), 0);
	alarm(0);
	close(lock);
}
