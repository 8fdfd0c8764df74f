// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../../libklp/file.hpp"
#include "../../../libklp/module/digest.hpp"
#include "../../tuf/signing_key.hpp"
#include "../../tuf/test/test_said.hpp"
#include "../hub_folder.hpp"

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

using namespace klp;
using namespace klp::hub;
using klp::tuf::test::said;

namespace {

constexpr int64_t now = 1'790'000'000;

class HubFolderTest : public testing::Test {
protected:
	void SetUp() override
	{
		std::filesystem::remove_all(parent_);
		std::filesystem::create_directory(parent_);
	}
	void TearDown() override { std::filesystem::remove_all(parent_); }

	std::string parent_ = testing::TempDir() + "klp-hub-folder", path_ = parent_ + "/hub";
};

std::string pin_of(X509 *certificate)
{
	unsigned char *bytes = nullptr;
	int size = i2d_PUBKEY(X509_get0_pubkey(certificate), &bytes);
	std::string pin = sha256(std::as_bytes(std::span(bytes, size)));
	OPENSSL_free(bytes);
	return pin;
}

}

TEST_F(HubFolderTest, has_certificate_keys_and_database)
{
	tuf::Checked<protocol::HubFacts> facts =
		HubFolder::make(path_, "https://hub.example:8443", now);
	ASSERT_EQ(said(facts), "no fault");
	HubFolder folder(path_);
	EXPECT_EQ(protocol::read<protocol::HubFacts>(*read_text(path_ + "/hub.json"))->to_json(),
		  facts->to_json());
	tuf::SigningKey key =
		*tuf::SigningKey::from_pem("tiers", *read_text(folder.key_of_role("tiers")));
	EXPECT_EQ(key.public_key(), facts->tiers);
	EXPECT_TRUE(folder.open_database());

	FILE *stream = fopen(folder.certificate().c_str(), "r");
	ASSERT_NE(stream, nullptr);
	std::unique_ptr<X509, decltype(&X509_free)> certificate(
		PEM_read_X509(stream, nullptr, nullptr, nullptr), X509_free);
	fclose(stream);
	ASSERT_TRUE(certificate);
	EXPECT_EQ(pin_of(certificate.get()), facts->pin);
	EXPECT_EQ(X509_check_host(certificate.get(), "hub.example", 0, 0, nullptr), 1);
	EXPECT_EQ(X509_check_host(certificate.get(), "other.example", 0, 0, nullptr), 0);
	time_t time = now;
	EXPECT_LT(X509_cmp_time(X509_get0_notBefore(certificate.get()), &time), 0);
	EXPECT_GT(X509_cmp_time(X509_get0_notAfter(certificate.get()), &time), 0);
}

TEST_F(HubFolderTest, nobody_else_can_read_it)
{
	ASSERT_TRUE(HubFolder::make(path_, "https://[::1]", now));
	for (const auto &entry : std::filesystem::recursive_directory_iterator(path_)) {
		struct stat facts;
		ASSERT_EQ(stat(entry.path().c_str(), &facts), 0);
		EXPECT_EQ(facts.st_mode & 077, 0u) << entry.path();
	}
}

TEST_F(HubFolderTest, a_folder_that_is_there_is_left_alone)
{
	ASSERT_TRUE(HubFolder::make(path_, "https://hub.example", now));
	std::string before = *read_text(path_ + "/hub.json");
	EXPECT_EQ(said(HubFolder::make(path_, "https://hub.example", now)),
		  "local: '" + path_ + "' is there; choose another folder");
	EXPECT_EQ(*read_text(path_ + "/hub.json"), before);
	EXPECT_TRUE(said(HubFolder::make(path_ + "-2", "http://hub.example", now))
			    .starts_with("local: 'http://hub.example' is no address of a hub"));
	EXPECT_FALSE(exists(path_ + "-2"));
}

TEST_F(HubFolderTest, a_folder_without_a_hub_gets_no_database)
{
	std::filesystem::create_directory(path_);
	Result<store::Database> database = HubFolder(path_).open_database();
	ASSERT_FALSE(database);
	EXPECT_EQ(database.error().message,
		  "there is no hub in '" + path_ + "'; make one with 'klp-hub init'");
	EXPECT_TRUE(std::filesystem::is_empty(path_));
}

// As after a restore that lost it: nobody is told that the hub does not know his machine.
TEST_F(HubFolderTest, an_empty_database_gets_no_tables)
{
	ASSERT_TRUE(HubFolder::make(path_, "https://hub.example", now));
	for (const char *name : {"hub.db", "hub.db-wal", "hub.db-shm"})
		std::filesystem::remove(path_ + "/" + name);
	FILE *stream = fopen((path_ + "/hub.db").c_str(), "w");
	ASSERT_NE(stream, nullptr);
	fclose(stream);
	for (int i = 0; i < 2; i++) {
		Result<store::Database> database = HubFolder(path_).open_database();
		ASSERT_FALSE(database);
		EXPECT_EQ(database.error().code, EBADMSG);
		EXPECT_EQ(database.error().message,
			  "'" + path_ + "/hub.db' has no tables of a hub; restore a backup of it");
	}
}

TEST_F(HubFolderTest, a_slash_at_the_end_of_its_name_says_nothing)
{
	ASSERT_EQ(said(HubFolder::make(path_ + "//", "https://hub.example", now)), "no fault");
	EXPECT_TRUE(HubFolder(path_).open_database());
	EXPECT_EQ(said(HubFolder::make(path_ + "/", "https://hub.example", now)),
		  "local: '" + path_ + "' is there; choose another folder");
}

TEST_F(HubFolderTest, an_init_that_failed_leaves_no_keys_and_can_be_repeated)
{
	rlimit before;
	ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
	rlimit small = {2000, before.rlim_max}; // enough for keys, too small for a database
	signal(SIGXFSZ, SIG_IGN);
	ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
	std::string failed = said(HubFolder::make(path_, "https://hub.example", now));
	ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_DFL);
	EXPECT_TRUE(failed.starts_with("local: cannot use '" + path_ + ".unfinished/hub.db': "))
		<< failed;
	EXPECT_FALSE(exists(path_ + ".unfinished"));
	EXPECT_EQ(said(HubFolder::make(path_, "https://hub.example", now)), "no fault");
}

TEST_F(HubFolderTest, what_an_init_left_that_was_killed_goes)
{
	std::filesystem::create_directories(path_ + ".unfinished/keys");
	UniqueFd parent = *open_file(parent_, O_RDONLY);
	ASSERT_EQ(flock(parent.get(), LOCK_EX), 0);
	EXPECT_EQ(said(HubFolder::make(path_, "https://hub.example", now)),
		  "local: another command makes a folder in '" + parent_ +
			  "'; try again once it has ended");
	EXPECT_TRUE(exists(path_ + ".unfinished/keys"));
	parent = UniqueFd();
	EXPECT_EQ(said(HubFolder::make(path_, "https://hub.example", now)), "no fault");
	EXPECT_FALSE(exists(path_ + ".unfinished"));
}
