// SPDX-License-Identifier: LGPL-2.1-or-later
// Another process has the database's lock for writing as a request comes.
#include "../../store/machines.hpp"
#include "../routes.hpp"
#include "test_hub.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sys/syscall.h>
#include <thread>

using namespace klp;
using namespace klp::hub;
using namespace klp::hub::test;

namespace {

class HubLock : public testing::Test {
protected:
	void SetUp() override
	{
		std::filesystem::remove_all(folder_);
		std::filesystem::create_directories(folder_);
		hub_.emplace("personal", path());
		ASSERT_EQ(said(hub_->attach(Hub::attach_document(1))), "200");
	}
	void TearDown() override
	{
		hub_.reset();
		std::filesystem::remove_all(folder_);
	}

	std::string path() const { return folder_ / "hub.db"; }

	// The answer to a request that waits for the lock as another connection makes this change.
	std::string said_after(const char *change, const std::function<Result<Answer>()> &ask);

	std::filesystem::path folder_ = testing::TempDir() + "/klp-hub-lock";
	std::optional<Hub> hub_;
};

// SQLite sleeps between two attempts to get the lock.
bool sleeps(pid_t thread)
{
	std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/syscall");
	long number = -1;
	file >> number;
	return number == SYS_clock_nanosleep || number == SYS_nanosleep;
}

std::string HubLock::said_after(const char *change, const std::function<Result<Answer>()> &ask)
{
	store::Database other = std::move(store::Database::open(path()).value());
	store::Transaction transaction = std::move(store::Transaction::begin(other).value());
	EXPECT_TRUE(other.change(change, {now}));
	std::string text;
	std::atomic<pid_t> id = 0;
	std::jthread thread([&] {
		id = gettid();
		text = said(ask());
		id = -1;
	});
	while (id >= 0 && !sleeps(id))
		std::this_thread::yield();
	EXPECT_GT(id, 0) << "it did not wait: " << text;
	EXPECT_TRUE(transaction.commit());
	thread.join();
	return text;
}

}

TEST_F(HubLock, a_token_that_is_revoked_meanwhile_opens_nothing)
{
	EXPECT_EQ(said_after("update tokens set revoked = $1",
			     [&] { return hub_->attach(Hub::attach_document(2)); }),
		  "401 unauthorised: the hub does not know this token, or it was revoked");
	EXPECT_EQ(hub_->rows("machines"), 1);
}

TEST_F(HubLock, a_machine_that_is_detached_meanwhile_is_not_served)
{
	const std::string not_attached =
		"401 unauthorised: the hub does not know this machine; attach it anew";
	EXPECT_EQ(said_after("update machines set detached = $1",
			     [&] { return hub_->check_in(1, 1); }),
		  not_attached);
	EXPECT_EQ(hub_->rows("check_ins"), 0);
	ASSERT_EQ(said(hub_->attach(Hub::attach_document(1))), "200");
	EXPECT_EQ(said_after("update machines set detached = $1", [&] { return hub_->report(1); }),
		  not_attached);
	EXPECT_EQ(hub_->rows("reports"), 0);
}

TEST_F(HubLock, a_machine_that_is_removed_meanwhile_is_not_served)
{
	EXPECT_EQ(said_after("delete from machines where attached <= $1",
			     [&] { return hub_->check_in(1, 1); }),
		  "401 unauthorised: the hub does not know this machine; attach it anew");
}

TEST_F(HubLock, who_meets_a_lock_is_told_to_come_again)
{
	store::Database other = std::move(store::Database::open(path()).value());
	store::Transaction kept = std::move(store::Transaction::begin(other).value());
	store::Database own =
		std::move(store::Database::open(path(), std::chrono::milliseconds(1)).value());
	StaticFiles files = std::move(StaticFiles::open(folder_).value());
	std::string logged;
	nlohmann::json document = protocol::test::check_in();
	auto ask = [&](const std::string &method, const std::string &url, const std::string &body) {
		return answer_to({method, url, secret_of(1), body}, {&own, now, 1800}, files,
				 [&](const std::string &message) { logged = message; });
	};
	Answer answer = ask("POST", "/v1/check-in", document.dump());
	using Headers = std::vector<std::pair<std::string, std::string>>;
	EXPECT_EQ(answer.headers, (Headers{{"Retry-After", "60"}}));
	EXPECT_EQ(said(std::move(answer)), "503 busy: the hub is busy; ask again later");
	EXPECT_EQ(logged, "/v1/check-in: database: database is locked; in 'begin immediate'");
	// Reading needs no lock.
	EXPECT_EQ(said(ask("GET", "/healthz", "")), "200");
	EXPECT_EQ(said(ask("POST", "/v1/check-in", "{}")).substr(0, 3), "400");
}
