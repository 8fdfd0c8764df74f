// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../store/admins.hpp"
#include "../routes.hpp"
#include "test_hub.hpp"

#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>

using namespace klp;
using namespace klp::hub;
using namespace klp::hub::test;

namespace {

class HubRoutes : public testing::Test {
protected:
	void SetUp() override
	{
		std::filesystem::remove_all(root_);
		std::filesystem::create_directories(root_ / "repository/metadata");
		write("hub.key", "a secret");
		write("repository/metadata/1.root.json", "{}");
		write("repository/metadata/timestamp.json", "{}");
		write("repository/metadata/.part", "x");
	}
	void TearDown() override { std::filesystem::remove_all(root_); }

	void write(const std::string &name, const std::string &bytes)
	{
		std::ofstream(root_ / name) << bytes;
	}

	Answer get(const std::string &path, const std::string &method = "GET")
	{
		return answer_to({method, path, "", ""}, hub_.context(), files(),
				 [&](const std::string &message) { logged_ = message; });
	}

	const StaticFiles &files()
	{
		if (!files_)
			files_ = std::move(StaticFiles::open(root_ / "repository").value());
		return *files_;
	}
	std::string asked(const std::string &method, const std::string &path, int secret)
	{
		return said(answer_to({method, path, secret_of(secret), "{}"}, hub_.context(),
				      files(),
				      [&](const std::string &message) { logged_ = message; }));
	}
	// Its secret is secret_of() of 100 and the role's number.
	void add_person(protocol::AdminRole role, int64_t expires = now + 10)
	{
		int number = static_cast<int>(role);
		const char *word = protocol::admin_role_words[number];
		EXPECT_TRUE(store::put_admin(hub_.database,
					     {word, word,
					      protocol::hash_of_secret(secret_of(100 + number)),
					      now, expires}));
	}

	std::filesystem::path root_ = testing::TempDir() + "/klp-hub-routes";
	Hub hub_;
	std::optional<StaticFiles> files_;
	std::string logged_;
};

}

TEST_F(HubRoutes, the_repository_is_served_as_it_is)
{
	Answer root = get("/repository/metadata/1.root.json");
	EXPECT_EQ(root.status, 200);
	EXPECT_EQ(root.content_type, "application/json");
	EXPECT_EQ(std::get<FileBody>(root.body).size, 2u);
	EXPECT_EQ(root.cache_control, "public, max-age=31536000, immutable");
	EXPECT_EQ(get("/repository/metadata/timestamp.json").cache_control, "no-cache");
}

TEST_F(HubRoutes, no_path_leaves_the_repository)
{
	std::filesystem::create_symlink("../hub.key", root_ / "repository/link");
	std::filesystem::create_directory_symlink("..", root_ / "repository/up");
	ASSERT_EQ(mkfifo((root_ / "repository/fifo").c_str(), 0600), 0);
	ASSERT_EQ(mknod((root_ / "repository/socket").c_str(), S_IFSOCK | 0600, 0), 0);
	for (const char *path :
	     {"", "..", "../hub.key", "metadata/../../hub.key", "%2e%2e/hub.key", "metadata",
	      "metadata/", "/etc/passwd", "/metadata/1.root.json", "metadata//1.root.json",
	      "./metadata/1.root.json", "metadata/.part", "link", "up/hub.key", "fifo", "socket",
	      "metadata/1.root.json/", "metadata\\1.root.json", "metadata/2.root.json"}) {
		Answer answer = get(std::string("/repository/") + path);
		EXPECT_EQ(said(std::move(answer)), "404 not-found: the repository has no such file")
			<< path;
	}
	EXPECT_EQ(said(get(std::string("/repository/a\0b", 15))).substr(0, 3), "404");
	EXPECT_EQ(said(get("/repository/" + std::string(100'000, 'a'))).substr(0, 3), "404");
}

TEST_F(HubRoutes, each_path_has_its_methods)
{
	EXPECT_EQ(said(get("/healthz")), "200");
	EXPECT_EQ(said(get("/healthz", "HEAD")), "200");
	EXPECT_EQ(said(get("/healthz", "POST")), "405 not-allowed: the path is for GET, HEAD");
	Answer answer = get("/v1/attach");
	using Headers = std::vector<std::pair<std::string, std::string>>;
	EXPECT_EQ(answer.headers, (Headers{{"Allow", "POST"}}));
	EXPECT_EQ(said(std::move(answer)), "405 not-allowed: the path is for POST");
	EXPECT_EQ(said(get("/repository/metadata/1.root.json", "DELETE")).substr(0, 3), "405");
	for (const char *path : {"/", "", "*", "/v1/attach/", "/V1/attach", "/v1", "/repository"})
		EXPECT_EQ(said(get(path)), "404 not-found: the hub has no such path") << path;
}

// Each has a request that is malformed, so that nothing is done: 400 is behind the role's check.
TEST_F(HubRoutes, a_person_may_do_what_the_role_may)
{
	using enum protocol::AdminRole;
	for (protocol::AdminRole role : {viewer, operator_, publisher})
		add_person(role);
	const std::pair<const char *, protocol::AdminRole> posts[] = {
		{"upload", publisher},	     {"promote", operator_},
		{"promote-all", operator_},  {"block", operator_},
		{"tiers", operator_},	     {"token", operator_},
		{"token-revoke", operator_}, {"machine-remove", operator_}};
	for (const auto &[name, needed] : posts)
		for (protocol::AdminRole role : {viewer, operator_, publisher})
			EXPECT_EQ(asked("POST", std::string("/v1/admin/") + name,
					100 + static_cast<int>(role))
					  .substr(0, 3),
				  role >= needed ? "400" : "403")
				<< name << static_cast<int>(role);
	EXPECT_EQ(asked("POST", "/v1/admin/payload", 101).substr(0, 3), "403");
	for (const char *name : {"identity", "tiers", "tokens", "machines", "audit"})
		EXPECT_EQ(asked("GET", std::string("/v1/admin/") + name, 100), "200");
	EXPECT_EQ(hub_.rows("audit"), 0);
}

TEST_F(HubRoutes, who_is_not_known_hears_nothing_below_admin)
{
	for (const char *path : {"/v1/admin/upload", "/v1/admin/tiers", "/v1/admin/nothing"})
		EXPECT_EQ(asked("GET", path, 100).substr(0, 3), "401") << path;
	add_person(protocol::AdminRole::viewer, now);
	EXPECT_EQ(asked("GET", "/v1/admin/identity", 100).substr(0, 3), "401");
	add_person(protocol::AdminRole::viewer);
	EXPECT_EQ(asked("GET", "/v1/admin/identity", 100), "200");
	EXPECT_EQ(asked("GET", "/v1/admin/nothing", 100).substr(0, 3), "404");
	EXPECT_EQ(asked("GET", "/v1/admin/upload", 100).substr(0, 3), "405");
	// The secret of a machine's token is no person's.
	EXPECT_EQ(asked("GET", "/v1/admin/identity", 0).substr(0, 3), "401");
}

TEST_F(HubRoutes, publishers_alone_may_send_large_bodies)
{
	auto limit = [&](const char *path, int secret) {
		return body_limit_of({"POST", path, secret_of(secret), ""}, hub_.context(),
				     [&](const std::string &message) { logged_ = message; });
	};
	add_person(protocol::AdminRole::operator_);
	add_person(protocol::AdminRole::publisher);
	EXPECT_EQ(limit("/v1/admin/payload", 102), 64u << 20);
	EXPECT_EQ(limit("/v1/admin/upload", 102), 16u << 20);
	for (int secret : {0, 100, 101})
		EXPECT_EQ(limit("/v1/admin/payload", secret), protocol::largest_document);
	EXPECT_EQ(limit("/v1/attach", 102), protocol::largest_document);
	EXPECT_EQ(limit("/v1/admin/nothing", 102), protocol::largest_document);
}

TEST_F(HubRoutes, a_failure_of_the_database_is_for_the_log)
{
	ASSERT_TRUE(hub_.database.change("drop table facts", {}));
	EXPECT_EQ(said(get("/healthz")), "500 internal: the hub failed; its log says why");
	EXPECT_EQ(logged_, "/healthz: database: no such table: facts; in 'select value from facts "
			   "where name = 'schema''");
}

// A client of The Update Framework takes 404 for "there is no newer root".
TEST_F(HubRoutes, a_file_that_cannot_be_opened_is_not_said_to_be_absent)
{
	files();
	rlimit before;
	ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
	rlimit none = {0, before.rlim_max};
	ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
	Answer answer = get("/repository/metadata/1.root.json");
	ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
	EXPECT_EQ(said(std::move(answer)), "500 internal: the hub failed; its log says why");
	EXPECT_EQ(logged_, "/repository/metadata/1.root.json: cannot open "
			   "'metadata/1.root.json': Too many open files");
	EXPECT_EQ(get("/repository/metadata/1.root.json").status, 200);
}

TEST_F(HubRoutes, what_people_ask_for_delays_no_machine)
{
	for (const char *path : {"/v1/admin/machines", "/v1/admin/upload"})
		for (const char *method : {"GET", "POST"})
			EXPECT_TRUE(is_of_person({method, path, "", ""})) << method << path;
	EXPECT_FALSE(is_of_person({"POST", "/v1/check-in", "", ""}));
	EXPECT_FALSE(is_of_person({"GET", "/repository/timestamp.json", "", ""}));
}
