// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../lock.hpp"
#include "test_root.hpp"
#include "test_said.hpp"

#include <gtest/gtest.h>
#include <optional>
#include <sys/wait.h>
#include <thread>

using namespace klp;
using namespace klp::test;

namespace {

struct Lock : testing::Test {
	Lock() { root.folder("/run"); }

	Result<LoaderLock> acquire(std::chrono::seconds patience, int interrupt_fd = -1)
	{
		return LoaderLock::acquire(root.path(), Clock::now() + patience, interrupt_fd);
	}

	Root root;
};

// A process that holds the lock until the test ends or kills it.
class Holder {
public:
	explicit Holder(const Root &root)
	{
		int ready[2], go[2];
		if (pipe(ready) != 0 || pipe(go) != 0)
			abort();
		pid = fork();
		if (pid == 0) {
			close(go[1]);
			auto lock = LoaderLock::acquire(root.path(), Clock::now(), -1);
			char word = lock ? 'y' : 'n';
			if (write(ready[1], &word, 1) == 1 && read(go[0], &word, 1) == 0)
				_exit(0);
			_exit(1);
		}
		close(ready[1]);
		close(go[0]);
		go_ = go[1];
		char word = 'n';
		holds = read(ready[0], &word, 1) == 1 && word == 'y';
		close(ready[0]);
	}
	~Holder()
	{
		close(go_);
		waitpid(pid, nullptr, 0);
	}

	pid_t pid;
	bool holds;

private:
	int go_;
};

}

TEST_F(Lock, is_taken_and_given_back)
{
	EXPECT_EQ(said(acquire(std::chrono::seconds(0))), "no error");
	EXPECT_EQ(said(acquire(std::chrono::seconds(0))), "no error");
}

TEST_F(Lock, a_second_holder_is_told_the_first_ones_name)
{
	Holder holder(root);
	ASSERT_TRUE(holder.holds);
	auto begun = Clock::now();
	EXPECT_EQ(said(acquire(std::chrono::seconds(0)), root.path()),
		  "ETIMEDOUT: '/run/klp/lock' is held by pid " + std::to_string(holder.pid) + " (" +
			  program_invocation_short_name + ")");
	EXPECT_LT(Clock::now() - begun, std::chrono::seconds(2));
}

TEST_F(Lock, a_shorter_name_leaves_nothing_of_a_longer_one)
{
	root.write("/run/klp/lock", std::string(200, 'x') + "\n");
	Result<LoaderLock> lock = acquire(std::chrono::seconds(0));
	EXPECT_EQ(said(acquire(std::chrono::seconds(0)), root.path()),
		  "ETIMEDOUT: '/run/klp/lock' is held by pid " + std::to_string(getpid()) + " (" +
			  program_invocation_short_name + ")");
}

TEST_F(Lock, a_holder_that_dies_lets_go)
{
	Holder holder(root);
	ASSERT_TRUE(holder.holds);
	kill(holder.pid, SIGKILL);
	EXPECT_EQ(said(acquire(std::chrono::seconds(10))), "no error");
}

TEST_F(Lock, a_holder_that_lets_go_wakes_who_waits)
{
	std::optional<Holder> holder(root);
	ASSERT_TRUE(holder->holds);
	auto begun = Clock::now();
	std::thread releasing([&] { holder.reset(); });
	EXPECT_EQ(said(acquire(std::chrono::seconds(60))), "no error");
	releasing.join();
	EXPECT_LT(Clock::now() - begun, std::chrono::seconds(30));
}

TEST_F(Lock, an_interrupt_ends_the_wait)
{
	Holder holder(root);
	int ends[2];
	ASSERT_EQ(pipe(ends), 0);
	close(ends[1]);
	EXPECT_EQ(said(acquire(std::chrono::seconds(60), ends[0])),
		  "ECANCELED: interrupted while waiting for the lock");
	close(ends[0]);
}

TEST_F(Lock, a_deadline_that_has_passed_leaves_no_time)
{
	EXPECT_EQ(milliseconds_until(Clock::now() - std::chrono::seconds(1)), 0);
	EXPECT_GT(milliseconds_until(Clock::now() + std::chrono::hours(24 * 365 * 10)),
		  1'000'000'000);
}
