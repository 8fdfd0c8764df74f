// SPDX-License-Identifier: LGPL-2.1-or-later
// Only a kernel can show whether its first pass then succeeds (selftests/scenarios/assist.sh).
// These tests show where the processes are, and that they end.
#include "../idle_assist.hpp"
#include "../latency_probe.hpp"
#include "../lock.hpp"
#include "../shared_words.hpp"
#include "../tasks.hpp"
#include "test_root.hpp"
#include "test_said.hpp"

#include <csignal>
#include <gtest/gtest.h>
#include <sys/wait.h>

using namespace klp;
using namespace klp::test;

namespace {

std::vector<int> allowed()
{
	cpu_set_t set;
	std::vector<int> cpus;
	sched_getaffinity(0, sizeof(set), &set);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET(cpu, &set))
			cpus.push_back(cpu);
	}
	return cpus;
}

std::string joined(const std::vector<int> &cpus)
{
	std::string text;
	for (int cpu : cpus)
		text += (text.empty() ? "" : ",") + std::to_string(cpu);
	return text;
}

struct Corralled : testing::Test {
	Corralled()
	{
		root.write("/sys/devices/system/cpu/online", joined(allowed()) + "\n");
		root.write("/proc/thread-self/patch_state", "-1\n");
		root.write("/proc/loadavg", "0.00 0.00 0.00 1/100 42\n");
	}
	Root root;
};

// Runs until it is ended.
void note_and_stay(void *argument)
{
	auto *words = static_cast<SharedWords *>(argument);
	(*words)[1]->store(sched_getcpu());
	(*words)[2]->store(getpid());
	SharedWords::count_up((*words)[0]);
	for (;;)
		pause();
}

// Whether the process is gone, or dead while its new parent has not yet waited for it.
bool is_gone(pid_t pid)
{
	Result<TaskStat> stat = read_task_stat("", {pid, pid});
	return !stat || stat->state == 'Z';
}

}

TEST_F(Corralled, every_other_cpu_gets_one_and_this_thread_stays_on_its_own)
{
	std::vector<int> before = allowed();
	{
		IdleAssist idle_assist(root.path());
		EXPECT_EQ(said(idle_assist.start(1)), "no error");
		EXPECT_EQ(idle_assist.size(), before.size() - 1);
		EXPECT_EQ(allowed().size(), 1u);
	}
	EXPECT_EQ(allowed(), before);
}

TEST_F(Corralled, a_reserved_cpu_keeps_all_of_them_away)
{
	std::vector<int> before = allowed();
	if (before.size() < 2)
		GTEST_SKIP() << "one CPU alone has no others";
	root.write("/sys/devices/system/cpu/isolated", joined(before) + "\n");
	IdleAssist idle_assist(root.path());
	EXPECT_TRUE(
		said(idle_assist.start(1)).ends_with("is isolated, or without a tick (nohz_full)"));
	EXPECT_EQ(idle_assist.size(), 0u);
	idle_assist.release();
	EXPECT_EQ(allowed(), before);
}

TEST_F(Corralled, a_wait_of_the_host_finds_none_of_them)
{
	IdleAssist idle_assist(root.path());
	ASSERT_EQ(said(idle_assist.start(1)), "no error");
	EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
	EXPECT_EQ(errno, ECHILD);
}

TEST(pinned_process, is_on_its_cpu_and_gone_when_ended)
{
	SharedWords words(3);
	int cpu = allowed().back();
	Result<PinnedProcess> process =
		PinnedProcess::start(cpu, std::chrono::seconds(1), note_and_stay, &words);
	ASSERT_EQ(said(process), "no error");
	SharedWords::wait_for(words[0], 1, Clock::now() + std::chrono::seconds(60));
	ASSERT_EQ(words[0]->load(), 1u);
	EXPECT_EQ(words[1]->load(), static_cast<uint32_t>(cpu));
	pid_t pid = words[2]->load();
	EXPECT_FALSE(is_gone(pid));
	process->end();
	EXPECT_TRUE(is_gone(pid));
}

TEST(pinned_process, dies_with_the_one_that_made_it)
{
	SharedWords words(3);
	pid_t parent = fork();
	ASSERT_GE(parent, 0);
	if (parent == 0) {
		Result<PinnedProcess> process = PinnedProcess::start(
			allowed()[0], std::chrono::seconds(1), note_and_stay, &words);
		for (;;)
			pause();
	}
	SharedWords::wait_for(words[0], 1, Clock::now() + std::chrono::seconds(60));
	ASSERT_EQ(words[0]->load(), 1u);
	kill(parent, SIGKILL);
	waitpid(parent, nullptr, 0);
	Clock::time_point deadline = Clock::now() + std::chrono::seconds(60);
	while (!is_gone(words[2]->load()) && Clock::now() < deadline)
		sched_yield();
	EXPECT_TRUE(is_gone(words[2]->load()));
}

TEST(pinned_process, what_cannot_be_there_ends_by_itself)
{
	EXPECT_EQ(said(PinnedProcess::start(100'000, std::chrono::seconds(1), note_and_stay,
					    nullptr)),
		  "EINVAL: CPU 100000 is beyond the 1024 that a set of CPUs has");
}

TEST(latency_probe, hears_each_cpu)
{
	Root root;
	root.write("/sys/devices/system/cpu/online", joined(allowed()) + "\n");
	Result<std::unique_ptr<LatencyProbe>> latency_probe = LatencyProbe::start(root.path());
	if (geteuid() != 0) {
		EXPECT_EQ(said(latency_probe),
			  "ENOTSUP: only root has a real-time class to measure with");
		return;
	}
	ASSERT_EQ(said(latency_probe), "no error");
	std::map<int, double> longest;
	Clock::time_point deadline = Clock::now() + std::chrono::seconds(60);
	while (longest.size() < allowed().size() && Clock::now() < deadline)
		longest.merge((*latency_probe)->longest());
	EXPECT_EQ(longest.size(), allowed().size());
}
