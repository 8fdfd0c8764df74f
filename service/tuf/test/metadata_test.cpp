// SPDX-License-Identifier: LGPL-2.1-or-later
#include "test_repository.hpp"

using namespace klp::tuf;
using namespace klp::tuf::test;

namespace {

// The refusal of content that is a change of a valid one.
template <class Type> std::string parsed(const json &content)
{
	std::string bytes = json{{"signatures", json::array()}, {"signed", content}}.dump();
	return said(Type::parse(*SignedFile::parse("f", bytes)));
}

json with(json content, const char *pointer, const json &value)
{
	content[json::json_pointer(pointer)] = value;
	return content;
}

json without(json content, const char *name)
{
	content.erase(name);
	return content;
}

}

TEST(tuf_metadata, fields_of_all_kinds_are_checked)
{
	TestRepository repository;
	const json &targets = repository.contents["targets"];
	EXPECT_EQ(parsed<Targets>(targets), "no fault");
	for (const char *version : {"1.0", "1.0.0", "1.0.99"})
		EXPECT_EQ(parsed<Targets>(with(targets, "/spec_version", version)), "no fault");
	for (const json &version : json{"1", "1.0.", "1.1.0", "2.0", "1.0.x", "01.0"})
		EXPECT_EQ(parsed<Targets>(with(targets, "/spec_version", version)),
			  "malformed: f: 'spec_version' is not 1.0 or 1.0.x")
			<< version;
	for (const json &version : {json(0), json(-1), json("1"), json(true), json(1ull << 63)})
		EXPECT_EQ(parsed<Targets>(with(targets, "/version", version)),
			  "malformed: f: 'version' is not a whole number from 1 to 2^63-1");
	for (const char *expires :
	     {"2027-02-29T00:00:00Z", "2027-01-01T24:00:00Z", "2027-01-01T00:00:60Z",
	      "2027-01-01T00:00:00", "2027-01-01 00:00:00Z", "2027-1-1T00:00:00Z", "",
	      "2027-01-01T00:00:00.Z", "2027-01-01T00:00:00+00:00", "2027-00-01T00:00:00Z"})
		EXPECT_EQ(parsed<Targets>(with(targets, "/expires", expires)),
			  "malformed: f: 'expires' is not a time such as 2026-11-29T12:00:00Z")
			<< expires;
	EXPECT_EQ(parsed<Targets>(without(targets, "expires")), "malformed: f: no 'expires'");
	EXPECT_EQ(parsed<Targets>(with(targets, "/_type", "root")),
		  "malformed: f: the type is 'root' instead of 'targets'");
}

TEST(tuf_metadata, times_are_read_and_written)
{
	EXPECT_EQ(time_of("1970-01-01T00:00:00Z"), 0);
	EXPECT_EQ(time_of("2028-02-29T23:59:59Z"), 1'835'481'599);
	EXPECT_EQ(time_text(1'835'481'599), "2028-02-29T23:59:59Z");
	EXPECT_EQ(time_text(0), "1970-01-01T00:00:00Z");
	EXPECT_EQ(time_of("1970-01-01T00:00:01.999Z"), 1);
	EXPECT_EQ(time_of("9999-12-31T23:59:59Z"), 253'402'300'799);
}

TEST(tuf_metadata, a_root_has_four_roles)
{
	TestRepository repository;
	const json &root = repository.contents["root"];
	EXPECT_EQ(parsed<klp::tuf::Root>(root), "no fault");
	EXPECT_EQ(parsed<klp::tuf::Root>(without(root, "consistent_snapshot")), "no fault");
	EXPECT_EQ(parsed<klp::tuf::Root>(with(root, "/consistent_snapshot", 1)),
		  "malformed: f: 'consistent_snapshot' is not true or false");
	json three = root;
	three["roles"].erase("snapshot");
	EXPECT_EQ(parsed<klp::tuf::Root>(three), "malformed: f: roles: no 'snapshot'");
	EXPECT_EQ(parsed<klp::tuf::Root>(with(root, "/roles/root/threshold", 0)),
		  "malformed: f: roles: root: 'threshold' is not a whole number from 1 to 2^63-1");
	EXPECT_EQ(parsed<klp::tuf::Root>(with(root, "/roles/root/keyids", {1})),
		  "malformed: f: roles: root: 'keyids' is not a list of strings");
	EXPECT_EQ(parsed<klp::tuf::Root>(with(root, "/keys/x", "y")),
		  "malformed: f: keys: 'x' is not an object");
	EXPECT_EQ(parsed<klp::tuf::Root>(with(root, "/keys/x", {{"keytype", "future"}})),
		  "no fault");
}

TEST(tuf_metadata, announced_files_have_versions)
{
	TestRepository repository;
	const json &timestamp = repository.contents["timestamp"];
	EXPECT_EQ(parsed<Timestamp>(timestamp), "no fault");
	EXPECT_EQ(parsed<Timestamp>(with(timestamp, "/meta", json::object())),
		  "malformed: f: meta: no 'snapshot.json'");
	EXPECT_EQ(parsed<Timestamp>(with(timestamp, "/meta/snapshot.json/length", -1)),
		  "malformed: f: meta: snapshot.json: 'length' is not a whole number from 0 to "
		  "2^63-1");
	EXPECT_EQ(parsed<Timestamp>(with(timestamp, "/meta/snapshot.json/hashes", json::object())),
		  "malformed: f: meta: snapshot.json: 'hashes' is not one hash or more");
	EXPECT_EQ(parsed<Timestamp>(
			  with(timestamp, "/meta/snapshot.json/hashes", {{"sha256", "0g"}})),
		  "malformed: f: meta: snapshot.json: hashes: 'sha256' is not hexadecimal digits");
	const json &snapshot = repository.contents["snapshot"];
	EXPECT_EQ(parsed<Snapshot>(with(snapshot, "/meta/x", {{"version", 1}})),
		  "malformed: f: meta: 'x' is not the name of a JSON file");
	EXPECT_EQ(parsed<Snapshot>(with(snapshot, "/meta/x.json", json::object())),
		  "malformed: f: meta: x.json: no 'version'");
}

TEST(tuf_metadata, delegations_say_one_thing)
{
	TestRepository repository;
	repository.delegate("targets", "A", {"*"});
	const json &targets = repository.contents["targets"];
	EXPECT_EQ(parsed<Targets>(targets), "no fault");
	for (const char *name : {"root", "timestamp", "snapshot", "targets", ""})
		EXPECT_EQ(parsed<Targets>(with(targets, "/delegations/roles/0/name", name)),
			  "malformed: f: delegations: roles: 'name' is not a name that a delegated "
			  "role may have");
	EXPECT_EQ(parsed<Targets>(with(targets, "/delegations/roles/0/path_hash_prefixes", {"a"})),
		  "malformed: f: delegations: roles: 'A' must have either paths or "
		  "path_hash_prefixes");
	EXPECT_EQ(parsed<Targets>(with(targets, "/delegations/roles/1",
				       targets["delegations"]["roles"][0])),
		  "malformed: f: delegations: the role 'A' stands there twice");
	EXPECT_EQ(parsed<Targets>(with(targets, "/delegations/succinct_roles", json::object())),
		  "malformed: f: delegations: there must be either roles or succinct_roles");
	json succinct = targets;
	succinct["delegations"].erase("roles");
	succinct["delegations"]["succinct_roles"] = {{"keyids", json::array()},
						     {"threshold", 1},
						     {"bit_length", 32},
						     {"name_prefix", "b"}};
	EXPECT_EQ(parsed<Targets>(succinct), "no fault");
	EXPECT_EQ(parsed<Targets>(with(succinct, "/delegations/succinct_roles/bit_length", 33)),
		  "malformed: f: delegations: succinct_roles: 'bit_length' is not from 1 to 32");
	EXPECT_EQ(parsed<Targets>(with(targets, "/targets/f", {{"length", 1}})),
		  "malformed: f: targets: f: no 'hashes'");
}

TEST(tuf_metadata, patterns_do_not_cross_slashes)
{
	EXPECT_TRUE(matches("*", "f"));
	EXPECT_FALSE(matches("*", "d/f"));
	EXPECT_TRUE(matches("*/*", "d/f"));
	EXPECT_FALSE(matches("d?f", "d/f"));
	EXPECT_TRUE(matches("a/*.ko", "a/b.ko"));
	EXPECT_FALSE(matches("a/*.ko", "a/b/c.ko"));
	EXPECT_TRUE(matches("*a*b*", "xaaxbb"));
	EXPECT_FALSE(matches("*a*b", "xaaxbbc"));
	EXPECT_TRUE(matches("f?o", "foo"));
	EXPECT_FALSE(matches("f?o", "fo"));
	EXPECT_TRUE(matches("", ""));
	EXPECT_TRUE(matches("**", ""));
	EXPECT_FALSE(matches("?", ""));
	EXPECT_FALSE(matches("[ab]", "a"));
	EXPECT_TRUE(matches("[ab]", "[ab]"));
	EXPECT_TRUE(matches("\\*", "\\anything"));
	// Going back to every '*' would take years.
	std::string pattern, path(2000, 'a');
	for (int i = 0; i < 1000; i++)
		pattern += "*a";
	EXPECT_FALSE(matches(pattern + "b", path));
}

TEST(tuf_metadata, names_become_parts_of_urls_and_files)
{
	EXPECT_EQ(metadata_path("a/b?#é", 3), "3.a%2Fb%3F%23%C3%A9.json");
	EXPECT_EQ(metadata_path("Az09_.-~", 0), "Az09_.-~.json");
	EXPECT_EQ(target_path("d/e/f+1", "00ff"), "d/e/00ff.f+1");
	EXPECT_EQ(target_path("f", "00ff"), "00ff.f");
	EXPECT_EQ(target_path("d/f ?", ""), "d/f%20%3F");
	EXPECT_EQ(flat_file_name("../x"), "%2E.%2Fx");
	EXPECT_EQ(flat_file_name(".part"), "%2Epart");
	EXPECT_EQ(flat_file_name(std::string("a\0b", 3)), "a%00b");
	EXPECT_EQ(flat_file_name(std::string(200, 'a')), std::string(200, 'a'));
	EXPECT_EQ(flat_file_name(std::string(201, 'a')).substr(0, 8), "%sha256-");
	EXPECT_EQ(below("http://h/m", "f"), "http://h/m/f");
	EXPECT_EQ(below("http://h/m/", "f"), "http://h/m/f");
}
