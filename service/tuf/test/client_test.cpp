// SPDX-License-Identifier: LGPL-2.1-or-later
// The workflow of the client, and attacks on it, over a folder that is the repository.
#include "test_repository.hpp"

using namespace klp;
using namespace klp::tuf;
using namespace klp::tuf::test;

using Names = std::vector<std::string>;

TEST(tuf_client, a_first_refresh_makes_four_requests)
{
	TestRepository repository;
	EXPECT_EQ(said(repository.refresh()), "no fault");
	EXPECT_EQ(repository.requests,
		  (Names{"metadata/2.root.json", "metadata/timestamp.json",
			 "metadata/1.snapshot.json", "metadata/1.targets.json"}));
}

TEST(tuf_client, what_is_current_is_not_fetched_again)
{
	TestRepository repository;
	repository.add_target("targets", "f", "bytes");
	repository.publish({"targets", "snapshot", "timestamp"});
	EXPECT_EQ(repository.get("f").value(), "bytes");
	EXPECT_EQ(said(repository.refresh()), "no fault");
	EXPECT_EQ(repository.requests, (Names{"metadata/2.root.json", "metadata/timestamp.json"}));
}

TEST(tuf_client, the_folder_has_the_bytes_as_they_were_received_and_nothing_else)
{
	TestRepository repository;
	std::string bytes = repository.read("/repository/metadata/timestamp.json") + " \n";
	repository.put("/metadata/timestamp.json", bytes);
	EXPECT_EQ(said(repository.refresh()), "no fault");
	EXPECT_EQ(repository.read("/client/timestamp.json"), bytes);
	DurableFolder client = *DurableFolder::open(repository.folder.path() + "/client");
	EXPECT_EQ(client.names().value(),
		  (Names{"root.json", "snapshot.json", "targets.json", "timestamp.json"}));
}

TEST(tuf_client, without_consistent_snapshots_names_have_no_version)
{
	TestRepository repository;
	repository.contents["root"]["consistent_snapshot"] = false;
	repository.add_target("targets", "a/f", "bytes");
	repository.put("/targets/a/f", "bytes");
	repository.publish({"root", "targets", "snapshot", "timestamp"});
	EXPECT_EQ(repository.get("a/f").value(), "bytes");
	EXPECT_EQ(repository.requests,
		  (Names{"metadata/2.root.json", "metadata/3.root.json", "metadata/timestamp.json",
			 "metadata/snapshot.json", "metadata/targets.json", "targets/a/f"}));
}

TEST(tuf_client, a_first_root_that_its_keys_did_not_sign_is_never_used)
{
	TestRepository repository;
	std::string root = repository.read("/client/root.json");
	size_t at = root.find("\"sig\": \"") + 8;
	root[at] = root[at] == '0' ? '1' : '0';
	repository.folder.write("/client/root.json", root);
	EXPECT_EQ(said(repository.refresh()),
		  "unsigned: root.json: signed by 0 of the role's keys; 1 must sign");
	EXPECT_EQ(repository.requests, Names());
	repository.folder.remove("/client/root.json");
	EXPECT_EQ(said(repository.refresh()).find("local: "), 0u);
	EXPECT_EQ(repository.requests, Names());
}

TEST(tuf_client, roots_are_walked_one_version_at_a_time)
{
	TestRepository repository;
	for (int i = 0; i < 3; i++)
		repository.publish({"root"});
	EXPECT_EQ(said(repository.refresh()), "no fault");
	EXPECT_EQ(repository.trusted("root"), 4);
	EXPECT_EQ(repository.requests[3], "metadata/5.root.json");
}

TEST(tuf_client, a_root_needs_the_keys_of_the_one_before_and_its_own)
{
	TestRepository repository;
	const SigningKey &former = *repository.signers["root"][0];
	const SigningKey &next = repository.new_key(SigningKey::Kind::ecdsa_p256);
	repository.set_keys("root", {&next}, 1);
	repository.publish({"root"});
	EXPECT_EQ(said(repository.refresh()),
		  "unsigned: 2.root.json: signed by 0 of the role's keys; 1 must sign");
	repository.signers["root"] = {&former};
	repository.store("root");
	EXPECT_EQ(said(repository.refresh()),
		  "unsigned: 2.root.json: signed by 0 of the role's keys; 1 must sign");
	repository.signers["root"] = {&former, &next};
	repository.store("root");
	EXPECT_EQ(said(repository.refresh()), "no fault");
	EXPECT_EQ(repository.trusted("root"), 2);
}

TEST(tuf_client, a_root_of_another_version_than_its_name_is_refused)
{
	TestRepository repository;
	repository.contents["root"]["version"] = 3;
	repository.put("/metadata/2.root.json",
		       *sign(repository.contents["root"], repository.signers["root"]));
	EXPECT_EQ(said(repository.refresh()), "mixed: 2.root.json: has version 3");
	repository.contents["root"]["version"] = 1;
	repository.put("/metadata/2.root.json",
		       *sign(repository.contents["root"], repository.signers["root"]));
	EXPECT_EQ(said(repository.refresh()), "rollback: 2.root.json: has version 1");
	EXPECT_EQ(repository.trusted("root"), 1);
}

TEST(tuf_client, only_the_last_root_must_not_have_expired)
{
	TestRepository repository;
	repository.contents["root"]["expires"] = time_text(today - day);
	repository.publish({"root"});
	EXPECT_EQ(said(repository.refresh()).find("expired: root.json: expired at"), 0u);
	EXPECT_EQ(repository.trusted("root"), 2) << "stored before its expiry is checked";
	EXPECT_EQ(repository.trusted("timestamp"), 0);
	repository.contents["root"]["expires"] = time_text(today + day);
	repository.publish({"root"});
	EXPECT_EQ(said(repository.refresh()), "no fault");
}

TEST(tuf_client, a_file_expires_at_the_second_that_it_states)
{
	TestRepository repository;
	repository.now = today + 30 * day - 1;
	EXPECT_EQ(said(repository.refresh()), "no fault");
	repository.now++;
	EXPECT_EQ(said(repository.refresh()).find("expired: root.json"), 0u);
}

TEST(tuf_client, endless_roots_stop_and_the_next_refresh_goes_on)
{
	TestRepository repository;
	for (int i = 0; i < 5; i++)
		repository.publish({"root"});
	repository.limits.new_roots = 4;
	EXPECT_EQ(said(repository.refresh()), "endless: root.json: more than 4 newer versions");
	EXPECT_EQ(repository.trusted("root"), 5);
	EXPECT_EQ(said(repository.refresh()), "no fault");
}

TEST(tuf_client, a_threshold_above_the_number_of_keys_fails_its_role_alone)
{
	TestRepository repository;
	repository.contents["root"]["roles"]["snapshot"]["threshold"] = 2;
	repository.publish({"root", "snapshot", "timestamp"});
	EXPECT_EQ(said(repository.refresh()),
		  "unsigned: snapshot.json: signed by 1 of the role's keys; 2 must sign");
	EXPECT_EQ(repository.trusted("root"), 2);
	EXPECT_EQ(repository.trusted("timestamp"), 2);
	EXPECT_EQ(repository.trusted("snapshot"), 0);
}

TEST(tuf_client, a_timestamp_of_a_lower_version_is_a_rollback)
{
	TestRepository repository;
	repository.publish({"timestamp"});
	EXPECT_EQ(said(repository.refresh()), "no fault");
	repository.contents["timestamp"]["version"] = 1;
	repository.store("timestamp");
	EXPECT_EQ(said(repository.refresh()), "rollback: timestamp.json: version 1 follows 2");
	EXPECT_EQ(repository.trusted("timestamp"), 2);
}

TEST(tuf_client, a_timestamp_of_the_same_version_leaves_the_former_one)
{
	TestRepository repository;
	EXPECT_EQ(said(repository.refresh()), "no fault");
	repository.contents["timestamp"]["meta"]["snapshot.json"]["version"] = 100;
	repository.store("timestamp");
	EXPECT_EQ(said(repository.refresh()), "no fault");
	EXPECT_EQ(repository.requests.back(), "metadata/timestamp.json");
	EXPECT_EQ(json::parse(repository.read(
			  "/client/timestamp.json"))["signed"]["meta"]["snapshot.json"]["version"],
		  1);
}

// A freeze: the former timestamp, again and again.
TEST(tuf_client, a_timestamp_that_has_expired_is_refused_old_or_new)
{
	TestRepository repository;
	repository.contents["timestamp"]["expires"] = time_text(today + day);
	repository.publish({"timestamp"});
	EXPECT_EQ(said(repository.refresh()), "no fault");
	repository.now = today + 2 * day;
	EXPECT_EQ(said(repository.refresh()).find("expired: timestamp.json"), 0u);
	repository.publish({"timestamp"});
	EXPECT_EQ(said(repository.refresh()).find("expired: timestamp.json"), 0u);
	EXPECT_EQ(repository.trusted("timestamp"), 2) << "what has expired is not stored";
}

TEST(tuf_client, expired_copies_still_serve_the_checks_for_rollback)
{
	TestRepository repository;
	repository.contents["timestamp"]["expires"] = time_text(today + day);
	repository.publish({"timestamp"});
	EXPECT_EQ(said(repository.refresh()), "no fault");
	repository.now = today + 2 * day;
	repository.contents["timestamp"]["version"] = 1;
	repository.contents["timestamp"]["expires"] = time_text(today + 9 * day);
	repository.store("timestamp");
	EXPECT_EQ(said(repository.refresh()), "rollback: timestamp.json: version 1 follows 2");
}

TEST(tuf_client, a_role_that_others_signed_is_refused)
{
	for (const char *role : {"timestamp", "snapshot", "targets"}) {
		TestRepository repository;
		repository.signers[role] = {&repository.new_key()};
		repository.publish({"targets", "snapshot", "timestamp"});
		EXPECT_EQ(said(repository.refresh()),
			  "unsigned: " + std::string(role) +
				  ".json: signed by 0 of the role's keys; 1 must sign");
		EXPECT_EQ(repository.trusted(role), 0);
	}
}

TEST(tuf_client, a_snapshot_that_has_expired_is_refused_old_or_new)
{
	TestRepository repository;
	repository.contents["snapshot"]["expires"] = time_text(today + day);
	repository.publish({"snapshot", "timestamp"});
	EXPECT_EQ(said(repository.refresh()), "no fault");
	repository.now = today + 2 * day;
	EXPECT_EQ(said(repository.refresh()).find("expired: snapshot.json"), 0u);
	EXPECT_EQ(repository.requests.back(), "metadata/2.snapshot.json");
	repository.publish({"snapshot", "timestamp"});
	EXPECT_EQ(said(repository.refresh()).find("expired: snapshot.json"), 0u);
	EXPECT_EQ(repository.trusted("snapshot"), 2) << "what has expired is not stored";
	EXPECT_EQ(repository.trusted("timestamp"), 3);
}

TEST(tuf_client, a_snapshot_never_goes_back)
{
	for (bool with_hashes : {false, true}) {
		TestRepository repository;
		repository.with_hashes = with_hashes;
		repository.publish({"snapshot", "timestamp"});
		EXPECT_EQ(said(repository.refresh()), "no fault");
		repository.contents["snapshot"]["version"] = 1;
		repository.store("snapshot");
		repository.publish({"timestamp"});
		EXPECT_EQ(said(repository.refresh()),
			  "rollback: timestamp.json: announces version 1 of snapshot.json after 2");
		EXPECT_EQ(repository.trusted("timestamp"), 2);
	}
}

TEST(tuf_client, a_role_neither_vanishes_nor_goes_back)
{
	for (bool with_hashes : {false, true}) {
		TestRepository repository;
		repository.with_hashes = with_hashes;
		repository.publish({"targets", "snapshot", "timestamp"});
		EXPECT_EQ(said(repository.refresh()), "no fault");
		repository.contents["targets"]["version"] = 1;
		repository.store("targets");
		repository.publish({"snapshot", "timestamp"});
		EXPECT_EQ(said(repository.refresh()),
			  "rollback: snapshot.json: announces version 1 of 'targets' after 2");
		repository.contents["snapshot"]["meta"].erase("targets.json");
		repository.publish({"snapshot", "timestamp"});
		EXPECT_EQ(said(repository.refresh()),
			  "rollback: snapshot.json: no longer lists 'targets'");
		EXPECT_EQ(repository.trusted("snapshot"), 2);
	}
}

TEST(tuf_client, files_of_different_times_do_not_go_together)
{
	TestRepository repository;
	repository.contents["snapshot"]["version"] = 7;
	repository.put("/metadata/1.snapshot.json",
		       *sign(repository.contents["snapshot"], repository.signers["snapshot"]));
	EXPECT_EQ(said(repository.refresh()),
		  "mixed: snapshot.json: has version 7; timestamp.json announces 1");
	repository.contents["snapshot"]["version"] = 1;
	repository.store("snapshot");
	repository.contents["targets"]["version"] = 7;
	repository.put("/metadata/1.targets.json",
		       *sign(repository.contents["targets"], repository.signers["targets"]));
	EXPECT_EQ(said(repository.refresh()),
		  "mixed: targets.json: has version 7; snapshot.json announces 1");
}

TEST(tuf_client, announced_hashes_and_lengths_are_checked)
{
	TestRepository repository;
	repository.with_hashes = true;
	repository.publish({"targets", "snapshot", "timestamp"});
	EXPECT_EQ(said(repository.refresh()), "no fault");
	repository.publish({"targets"});
	json &facts = repository.contents["snapshot"]["meta"]["targets.json"];
	json right = facts;
	facts["hashes"]["sha256"] = std::string(64, '0');
	repository.publish({"snapshot", "timestamp"});
	EXPECT_NE(said(repository.refresh()).find("mixed: targets.json: its sha256 is"),
		  std::string::npos);
	facts = right;
	facts["length"] = facts["length"].get<int>() + 1;
	repository.publish({"snapshot", "timestamp"});
	EXPECT_NE(said(repository.refresh()).find("mixed: targets.json: has "), std::string::npos);
	facts["length"] = 10;
	repository.publish({"snapshot", "timestamp"});
	EXPECT_EQ(said(repository.refresh()),
		  "endless: folder:metadata/3.targets.json: has more than 10 bytes");
	EXPECT_EQ(repository.trusted("targets"), 2);
	EXPECT_EQ(repository.trusted("snapshot"), 5);
	repository.publish({"snapshot"});
	json &announced = repository.contents["timestamp"]["meta"]["snapshot.json"];
	announced["hashes"]["sha256"] = std::string(64, '0');
	repository.publish({"timestamp"});
	EXPECT_EQ(said(repository.refresh()).find("mixed: snapshot.json: its sha256 is"), 0u);
}

TEST(tuf_client, a_copy_with_other_bytes_than_announced_is_fetched_again)
{
	TestRepository repository;
	repository.with_hashes = true;
	repository.publish({"targets", "snapshot", "timestamp"});
	EXPECT_EQ(said(repository.refresh()), "no fault");
	for (const char *role : {"targets", "snapshot"}) {
		std::string path = std::string("/client/") + role + ".json";
		std::string whole = repository.read(path);
		repository.folder.write(path, whole.substr(0, whole.size() / 2));
		EXPECT_EQ(said(repository.refresh()), "no fault");
		EXPECT_EQ(repository.read(path), whole);
	}
}

TEST(tuf_client, a_file_that_never_ends_is_cut_off)
{
	TestRepository repository;
	repository.put("/metadata/timestamp.json", std::string(16'385, ' '));
	EXPECT_EQ(said(repository.refresh()),
		  "endless: folder:metadata/timestamp.json: has more than 16384 bytes");
	repository.put("/metadata/2.root.json", std::string(512'001, ' '));
	EXPECT_EQ(said(repository.refresh()),
		  "endless: folder:metadata/2.root.json: has more than 512000 bytes");
}

TEST(tuf_client, new_keys_recover_from_a_fast_forward)
{
	TestRepository repository;
	for (const char *role : {"timestamp", "snapshot", "targets"})
		repository.contents[role]["version"] = 99'999;
	repository.publish({"targets", "snapshot", "timestamp"});
	EXPECT_EQ(said(repository.refresh()), "no fault");
	EXPECT_EQ(repository.trusted("snapshot"), 100'000);
	for (const char *role : {"timestamp", "snapshot"})
		repository.set_keys(role, {&repository.new_key()}, 1);
	for (const char *role : {"timestamp", "snapshot", "targets"})
		repository.contents[role]["version"] = 1;
	repository.publish({"root", "targets", "snapshot", "timestamp"});
	EXPECT_EQ(said(repository.refresh()), "no fault");
	for (const char *role : {"timestamp", "snapshot", "targets"})
		EXPECT_EQ(repository.trusted(role), 2) << role;
}

TEST(tuf_client, a_missing_file_keeps_what_came_before)
{
	TestRepository repository;
	EXPECT_EQ(said(repository.refresh()), "no fault");
	repository.publish({"targets", "snapshot", "timestamp"});
	repository.remove("/metadata/2.targets.json");
	EXPECT_EQ(said(repository.refresh()),
		  "absent: folder:metadata/2.targets.json: No such file or directory");
	EXPECT_EQ(repository.trusted("snapshot"), 2);
	EXPECT_EQ(repository.trusted("targets"), 1);
	repository.remove("/metadata/timestamp.json");
	EXPECT_EQ(said(repository.refresh()),
		  "absent: folder:metadata/timestamp.json: No such file or directory");
}

TEST(tuf_client, a_target_appears_only_when_it_was_verified)
{
	TestRepository repository;
	repository.add_target("targets", "d/f", "bytes");
	repository.publish({"targets", "snapshot", "timestamp"});
	EXPECT_EQ(repository.get("d/f").value(), "bytes");
	std::string hash = repository.contents["targets"]["targets"]["d/f"]["hashes"]["sha256"];
	EXPECT_EQ(repository.requests.back(), "targets/d/" + hash + ".f");
	repository.put("/targets/d/" + hash + ".f", "byteZ");
	EXPECT_EQ(said(repository.get("d/f")).find("mixed: d/f: its sha256 is"), 0u);
	repository.put("/targets/d/" + hash + ".f", "byte");
	EXPECT_EQ(said(repository.get("d/f")), "mixed: d/f: has 4 bytes instead of 5");
	repository.put("/targets/d/" + hash + ".f", "bytes and more");
	EXPECT_EQ(said(repository.get("d/f")).find("endless: "), 0u);
	EXPECT_EQ(said(repository.get("g")), "not-listed: no role lists 'g'");
}

TEST(tuf_client, a_target_with_unknown_hashes_alone_is_refused)
{
	TestRepository repository;
	repository.add_target("targets", "f", "bytes");
	json &hashes = repository.contents["targets"]["targets"]["f"]["hashes"];
	hashes = {{"blake3", "00ff"}};
	repository.publish({"targets", "snapshot", "timestamp"});
	EXPECT_EQ(said(repository.get("f")), "mixed: f: has neither a sha256 nor a sha512");
	hashes["sha512"] = sha512(std::as_bytes(std::span("bytes", 5)));
	repository.put("/targets/" + hashes["sha512"].get<std::string>() + ".f", "bytes");
	repository.publish({"targets", "snapshot", "timestamp"});
	EXPECT_EQ(repository.get("f").value(), "bytes");
}

TEST(tuf_client, a_copy_of_a_target_saves_the_request)
{
	TestRepository repository;
	repository.add_target("targets", "../f", "bytes");
	repository.publish({"targets", "snapshot", "timestamp"});
	DurableFolder metadata = *DurableFolder::open(repository.folder.path() + "/client");
	DurableFolder targets = *DurableFolder::open(repository.folder.path() + "/targets");
	repository.put("/targets/x/y", "");
	Target target;
	target.length = 5;
	target.hashes["sha256"] = sha256(std::as_bytes(std::span("bytes", 5)));
	repository.put("/targets/" + target.hashes["sha256"] + ".f", "bytes");
	RecordedTransport transport(repository.folder.path() + "/repository");
	Client client = *Client::refresh(metadata, transport, "folder:metadata/", today, {});
	transport.requests.clear();
	for (int i = 0; i < 2; i++)
		EXPECT_EQ(said(client.download("../f", target, "folder:targets/x", targets)),
			  "no fault");
	EXPECT_EQ(transport.requests, (Names{"targets/x/../" + target.hashes["sha256"] + ".f"}));
	EXPECT_EQ(targets.names().value(), (Names{"%2E.%2Ff"}));
}

TEST(tuf_client, a_nested_type_or_name_is_no_other_type)
{
	TestRepository repository;
	repository.contents["timestamp"]["_type"] = "snapshot";
	repository.publish({"timestamp"});
	EXPECT_EQ(said(repository.refresh()),
		  "malformed: timestamp.json: the type is 'snapshot' instead of 'timestamp'");
}

TEST(tuf_client, unknown_fields_are_part_of_what_is_signed)
{
	TestRepository repository;
	json &root = repository.contents["root"];
	root["a field"] = {{"b", {1, nullptr, true, "\n\"\\"}}};
	root["roles"]["root"]["another"] = "x";
	root["keys"][repository.signers["root"][0]->keyid()]["keyid_hash_algorithms"] = {"md5"};
	repository.publish({"root"});
	EXPECT_EQ(said(repository.refresh()), "no fault");
	EXPECT_EQ(repository.trusted("root"), 2);
	root["version"] = 3;
	std::string bytes = *sign(root, repository.signers["root"]);
	bytes.replace(bytes.find("\"x\""), 3, "\"y\"");
	repository.put("/metadata/3.root.json", bytes);
	EXPECT_EQ(said(repository.refresh()),
		  "unsigned: 3.root.json: signed by 0 of the role's keys; 1 must sign");
}
