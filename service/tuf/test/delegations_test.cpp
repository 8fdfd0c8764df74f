// SPDX-License-Identifier: LGPL-2.1-or-later
// Searches through delegated roles, over a folder that is the repository.
#include "test_repository.hpp"

using namespace klp;
using namespace klp::tuf;
using namespace klp::tuf::test;

namespace {

struct Edge {
	const char *from, *to;
	bool terminating = false;
	const char *path = "*";
};

struct Graph {
	const char *name;
	std::vector<Edge> edges;
	std::string order; // of the roles that a search without success reads
};

// The names of the delegated roles that the last client fetched, each of one letter.
std::string fetched(const TestRepository &repository)
{
	std::string order;
	for (const std::string &request : repository.requests)
		if (request.size() == std::string("metadata/1.A.json").size())
			order += request[11];
	return order;
}

class TufGraph : public testing::TestWithParam<Graph> {};

}

TEST_P(TufGraph, is_searched_in_pre_order)
{
	TestRepository repository;
	for (const Edge &edge : GetParam().edges)
		repository.delegate(edge.from, edge.to, {edge.path}, edge.terminating);
	for (const auto &[role, content] : repository.contents)
		if (role.size() == 1)
			repository.publish({role});
	repository.publish({"targets", "snapshot", "timestamp"});
	EXPECT_EQ(said(repository.get("missing")), "not-listed: no role lists 'missing'");
	EXPECT_EQ(fetched(repository), GetParam().order);
}

INSTANTIATE_TEST_SUITE_P(
	tuf, TufGraph,
	testing::Values(
		Graph{"one", {{"targets", "A"}}, "A"},
		Graph{"in_order", {{"targets", "B"}, {"targets", "A"}}, "BA"},
		Graph{"depth_first",
		      {{"targets", "A"}, {"targets", "B"}, {"A", "C"}, {"A", "D"}, {"C", "E"}},
		      "ACEDB"},
		Graph{"terminating",
		      {{"targets", "A"},
		       {"targets", "B"},
		       {"A", "C", true},
		       {"A", "D"},
		       {"C", "E"}},
		      "ACE"},
		Graph{"terminating_elsewhere",
		      {{"targets", "A"}, {"targets", "B"}, {"A", "C", true, "x*"}, {"A", "D"}},
		      "ADB"},
		Graph{"other_paths",
		      {{"targets", "A", false, "*.py"}, {"targets", "B"}, {"A", "C"}},
		      "B"},
		Graph{"a_circle", {{"targets", "A"}, {"A", "B"}, {"B", "A"}, {"B", "C"}}, "ABC"},
		Graph{"shared",
		      {{"targets", "A"}, {"targets", "B"}, {"B", "C"}, {"A", "C"}},
		      "ACB"}),
	[](const testing::TestParamInfo<Graph> &info) { return info.param.name; });

TEST(tuf_delegations, the_first_role_that_lists_a_target_counts)
{
	TestRepository repository;
	repository.delegate("targets", "A", {"a/*"});
	repository.delegate("targets", "B", {"*/*"});
	repository.add_target("A", "a/f", "of A");
	repository.add_target("B", "a/f", "of B");
	repository.add_target("B", "b/f", "b/f of B");
	repository.add_target("A", "b/f", "b/f of A, which has no say");
	repository.publish({"A", "B", "targets", "snapshot", "timestamp"});
	EXPECT_EQ(repository.get("a/f").value(), "of A");
	EXPECT_EQ(repository.get("b/f").value(), "b/f of B");
	EXPECT_EQ(fetched(repository), "B");
}

TEST(tuf_delegations, a_role_absent_from_the_snapshot_is_not_fetched)
{
	TestRepository repository;
	repository.delegate("targets", "A", {"*"});
	repository.publish({"A", "targets"});
	repository.contents["snapshot"]["meta"].erase("A.json");
	repository.publish({"snapshot", "timestamp"});
	EXPECT_EQ(said(repository.get("f")), "mixed: snapshot.json: does not list the role 'A'");
	EXPECT_EQ(fetched(repository), "");
}

TEST(tuf_delegations, a_role_that_cannot_be_verified_ends_the_search)
{
	TestRepository repository;
	repository.delegate("targets", "A", {"*"});
	repository.delegate("targets", "B", {"*"});
	repository.add_target("B", "f", "bytes");
	repository.signers["A"] = {&repository.new_key()};
	repository.publish({"A", "B", "targets", "snapshot", "timestamp"});
	EXPECT_EQ(said(repository.get("f")),
		  "unsigned: A.json: signed by 0 of the role's keys; 1 must sign");
	EXPECT_EQ(repository.trusted("A"), 0);
}

TEST(tuf_delegations, an_expired_role_is_not_used_stored_or_new)
{
	TestRepository repository;
	repository.delegate("targets", "A", {"*"});
	repository.contents["A"]["expires"] = time_text(today + day);
	repository.add_target("A", "f", "bytes");
	repository.publish({"A", "targets", "snapshot", "timestamp"});
	EXPECT_EQ(repository.get("f").value(), "bytes");
	repository.now = today + 2 * day;
	EXPECT_EQ(said(repository.get("f")).find("expired: A.json"), 0u);
	repository.contents["A"]["expires"] = time_text(today + 9 * day);
	repository.publish({"A", "snapshot", "timestamp"});
	EXPECT_EQ(repository.get("f").value(), "bytes");
}

// The copy in the folder was verified once, with keys that its delegator has taken back.
TEST(tuf_delegations, a_cached_role_is_verified_against_its_current_delegator)
{
	TestRepository repository;
	repository.delegate("targets", "A", {"*"});
	repository.add_target("A", "f", "bytes");
	repository.publish({"A", "targets", "snapshot", "timestamp"});
	EXPECT_EQ(repository.get("f").value(), "bytes");
	const SigningKey &key = repository.new_key();
	json &delegations = repository.contents["targets"]["delegations"];
	delegations["keys"] = {{key.keyid(), key.public_key()}};
	delegations["roles"][0]["keyids"] = {key.keyid()};
	repository.publish({"targets", "snapshot", "timestamp"});
	EXPECT_EQ(said(repository.get("f")),
		  "unsigned: A.json: signed by 0 of the role's keys; 1 must sign");
	EXPECT_EQ(fetched(repository), "A") << "the repository may have it with the new key";
	repository.signers["A"] = {&key};
	repository.store("A");
	EXPECT_EQ(repository.get("f").value(), "bytes");
}

TEST(tuf_delegations, a_shared_role_is_verified_for_each_delegator)
{
	TestRepository repository;
	repository.delegate("targets", "A", {"a/*"});
	repository.delegate("targets", "B", {"b/*"});
	repository.delegate("A", "C", {"*/*"});
	json &delegation = repository.delegate("B", "C", {"*/*"});
	const SigningKey &other = repository.new_key();
	delegation["keyids"] = {other.keyid()};
	repository.contents["B"]["delegations"]["keys"] = {{other.keyid(), other.public_key()}};
	repository.add_target("C", "a/f", "bytes");
	repository.add_target("C", "b/f", "bytes");
	repository.publish({"A", "B", "C", "targets", "snapshot", "timestamp"});
	EXPECT_EQ(repository.get("a/f").value(), "bytes");
	EXPECT_EQ(said(repository.get("b/f")),
		  "unsigned: C.json: signed by 0 of the role's keys; 1 must sign");
	repository.signers["C"].push_back(&other);
	repository.store("C");
	EXPECT_EQ(repository.get("b/f").value(), "bytes");
}

TEST(tuf_delegations, a_long_chain_stops_at_the_limit)
{
	TestRepository repository;
	std::string from = "targets";
	for (int i = 0; i < 4; i++) {
		std::string role = "r" + std::to_string(i);
		repository.delegate(from, role, {"*"});
		from = role;
	}
	repository.add_target("r3", "f", "bytes");
	repository.publish({"r0", "r1", "r2", "r3", "targets", "snapshot", "timestamp"});
	repository.limits.delegated_roles = 3;
	EXPECT_EQ(said(repository.get("f")), "endless: 'f': not found in 3 delegated roles");
	repository.limits.delegated_roles = 4;
	EXPECT_EQ(repository.get("f").value(), "bytes");
}

TEST(tuf_delegations, hash_prefixes_divide_paths)
{
	TestRepository repository;
	std::string hash = sha256(std::as_bytes(std::span("f", 1)));
	for (const char *role : {"A", "B"}) {
		json &delegation = repository.delegate("targets", role, {});
		delegation.erase("paths");
		std::string prefix = hash.substr(0, 3);
		if (*role == 'A')
			prefix[2] = prefix[2] == '0' ? '1' : '0';
		delegation["path_hash_prefixes"] = {prefix};
	}
	repository.add_target("B", "f", "bytes");
	repository.publish({"A", "B", "targets", "snapshot", "timestamp"});
	EXPECT_EQ(repository.get("f").value(), "bytes");
	EXPECT_EQ(fetched(repository), "B");
}

// SHA-256 of "f" begins with 25 (hexadecimal).
TEST(tuf_delegations, succinct_roles_are_named_by_the_first_bits_of_the_hash)
{
	SuccinctRoles succinct = {{}, 1, "bin"};
	EXPECT_EQ(succinct.name_of_role_for("f"), "bin-0");
	succinct.bit_length = 3;
	EXPECT_EQ(succinct.name_of_role_for("f"), "bin-1");
	succinct.bit_length = 8;
	EXPECT_EQ(succinct.name_of_role_for("f"), "bin-25");
	succinct.bit_length = 10;
	EXPECT_EQ(succinct.name_of_role_for("f").size(), std::string("bin-000").size());
	succinct.bit_length = 32;
	EXPECT_EQ(succinct.name_of_role_for("f"),
		  "bin-" + sha256(std::as_bytes(std::span("f", 1))).substr(0, 8));
}

TEST(tuf_delegations, a_succinct_role_is_read_as_others_are)
{
	TestRepository repository;
	const SigningKey &key = repository.new_key();
	repository.contents["targets"]["delegations"] = {
		{"keys", {{key.keyid(), key.public_key()}}},
		{"succinct_roles",
		 {{"keyids", {key.keyid()}},
		  {"threshold", 1},
		  {"bit_length", 8},
		  {"name_prefix", "bin"}}}};
	repository.contents["bin-25"] = repository.contents["targets"];
	repository.contents["bin-25"].erase("delegations");
	repository.signers["bin-25"] = {&key};
	repository.add_target("bin-25", "f", "bytes");
	repository.publish({"bin-25", "targets", "snapshot", "timestamp"});
	EXPECT_EQ(repository.get("f").value(), "bytes");
}

TEST(tuf_delegations, any_name_of_a_role_is_safe_in_urls_and_folders)
{
	for (const char *role : {"?", "#", "/role", "../role", "a b%", "röle", "..", ".part"}) {
		TestRepository repository;
		repository.delegate("targets", role, {"*"});
		repository.add_target(role, "f", "bytes");
		repository.publish({role, "targets", "snapshot", "timestamp"});
		EXPECT_EQ(repository.get("f").value(), "bytes") << role;
		EXPECT_EQ(repository.trusted(role), 1);
		EXPECT_EQ(std::ranges::distance(std::filesystem::directory_iterator(
				  repository.folder.path() + "/client")),
			  5);
	}
}
