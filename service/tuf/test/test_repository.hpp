// SPDX-License-Identifier: LGPL-2.1-or-later
// A repository in a folder that a test bends as it likes, and a client of it. It does not use
// RepositoryWriter, which refuses most of what an attacker would publish.
#pragma once

#include "../../../libklp/module/digest.hpp"
#include "../../../libklp/test/test_root.hpp"
#include "../client.hpp"
#include "../folder_transport.hpp"
#include "../role_names.hpp"
#include "../signing_key.hpp"
#include "test_said.hpp"

#include <deque>
#include <gtest/gtest.h>

namespace klp::tuf::test {

using nlohmann::json;

constexpr int64_t today = 1'800'000'000; // in 2027
constexpr int64_t day = 24 * 60 * 60;

// The transport of a folder, with the requests that went through it.
class RecordedTransport : public Transport {
public:
	explicit RecordedTransport(const std::string &path) : folder_(*FolderTransport::open(path))
	{
	}

	Checked<std::string> fetch(const std::string &url, size_t limit) override
	{
		requests.push_back(url.substr(url.find(':') + 1));
		return folder_.fetch(url, limit);
	}

	std::vector<std::string> requests;

private:
	FolderTransport folder_;
};

class TestRepository {
public:
	std::map<std::string, json> contents; // what is signed, by role
	std::map<std::string, std::vector<const SigningKey *>> signers; // by role
	klp::test::Root folder; // repository/ and client/

	TestRepository()
	{
		folder.folder("/repository");
		for (const char *role : {"root", "timestamp", "snapshot", "targets"}) {
			contents[role] = {{"_type", role},
					  {"spec_version", "1.0.31"},
					  {"version", 0},
					  {"expires", time_text(today + 30 * day)}};
			set_keys(role, {&new_key()}, 1);
		}
		contents["root"]["consistent_snapshot"] = true;
		contents["targets"]["targets"] = json::object();
		contents["snapshot"]["meta"] = json::object();
		publish({"root", "targets", "snapshot", "timestamp"});
		trust();
	}

	const SigningKey &new_key(SigningKey::Kind kind = SigningKey::Kind::ed25519)
	{
		return keys_.emplace_back(*SigningKey::make(kind));
	}

	// The root's word on a role, and who signs it.
	void set_keys(const std::string &role, std::vector<const SigningKey *> keys,
		      int64_t threshold)
	{
		json keyids = json::array();
		for (const SigningKey *key : keys) {
			keyids.push_back(key->keyid());
			contents["root"]["keys"][key->keyid()] = key->public_key();
		}
		contents["root"]["roles"][role] = {{"keyids", keyids}, {"threshold", threshold}};
		signers[role] = keys;
	}

	// The delegation itself, to add fields to.
	json &delegate(const std::string &from, const std::string &role,
		       const std::vector<std::string> &paths, bool terminating = false)
	{
		const SigningKey &key = signers.contains(role) ? *signers[role][0] : new_key();
		signers[role] = {&key};
		if (!contents.contains(role))
			contents[role] = {{"_type", "targets"},
					  {"spec_version", "1.0.31"},
					  {"version", 0},
					  {"expires", time_text(today + 30 * day)},
					  {"targets", json::object()}};
		json &delegations = contents[from]["delegations"];
		delegations["keys"][key.keyid()] = key.public_key();
		delegations["roles"].push_back({{"name", role},
						{"keyids", {key.keyid()}},
						{"threshold", 1},
						{"terminating", terminating},
						{"paths", paths}});
		return delegations["roles"].back();
	}

	void add_target(const std::string &role, const std::string &path, const std::string &bytes)
	{
		std::string hash = sha256(std::as_bytes(std::span(bytes)));
		contents[role]["targets"][path] = {{"length", bytes.size()},
						   {"hashes", {{"sha256", hash}}}};
		put("/targets/" + target_path(path, hash), bytes);
	}

	// Signs and stores the next version of each role. Snapshot and timestamp announce what was
	// stored before.
	void publish(const std::vector<std::string> &roles)
	{
		for (const std::string &role : roles) {
			contents[role]["version"] = contents[role]["version"].get<int64_t>() + 1;
			store(role);
		}
	}

	// The same without another version.
	void store(const std::string &role)
	{
		json &content = contents[role];
		std::string bytes = *sign(content, signers[role]);
		put_metadata(role, bytes);
		json facts = {{"version", content["version"]}};
		if (with_hashes) {
			facts["length"] = bytes.size();
			facts["hashes"]["sha256"] = sha256(std::as_bytes(std::span(bytes)));
		}
		if (role == "snapshot")
			contents["timestamp"]["meta"]["snapshot.json"] = facts;
		else if (role != "root" && role != "timestamp")
			contents["snapshot"]["meta"][role + ".json"] = facts;
	}

	void put_metadata(const std::string &role, const std::string &bytes)
	{
		bool versioned = role == "root" ||
				 (role != "timestamp" && contents["root"]["consistent_snapshot"]);
		int64_t version = versioned ? contents[role]["version"].get<int64_t>() : 0;
		put("/metadata/" + metadata_path(role, version), bytes);
	}
	void put(const std::string &path, const std::string &bytes)
	{
		folder.write("/repository" + path, bytes);
	}
	void remove(const std::string &path) { folder.remove("/repository" + path); }

	// The root of the first version.
	void trust()
	{
		DurableFolder metadata = *DurableFolder::open(folder.path() + "/client");
		std::string root = read("/repository/metadata/1.root.json");
		ASSERT_EQ(said(trust_root(metadata, root)), "no fault");
	}

	Checked<> refresh()
	{
		return with_client([](Client &) { return Checked<>(); });
	}

	// Refreshes, and fetches the target's bytes.
	Checked<std::string> get(const std::string &path)
	{
		std::string bytes;
		TRY(with_client([&](Client &client) -> Checked<> {
			Target target = TRY(client.find(path));
			bytes = TRY(client.fetch(path, target, "folder:targets/"));
			return {};
		}));
		return bytes;
	}

	// The version of the client's file; 0 without one.
	int64_t trusted(const std::string &role)
	{
		std::string bytes = read("/client/" + flat_file_name(role) + ".json");
		return bytes.empty() ? 0 : json::parse(bytes)["signed"]["version"].get<int64_t>();
	}

	std::string read(const std::string &path)
	{
		std::ifstream file(folder.path() + path, std::ios::binary);
		return {std::istreambuf_iterator<char>(file), {}};
	}

	std::vector<std::string> requests; // of the last client
	bool with_hashes = false; // in timestamp and snapshot
	int64_t now = today;
	Client::Limits limits;

private:
	Checked<> with_client(const std::function<Checked<>(Client &)> &use)
	{
		DurableFolder metadata = *DurableFolder::open(folder.path() + "/client");
		RecordedTransport transport(folder.path() + "/repository");
		Checked<Client> client =
			Client::refresh(metadata, transport, "folder:metadata", now, limits);
		Checked<> used = client ? use(*client) : Checked<>(std::unexpected(client.error()));
		requests = transport.requests;
		return used;
	}

	std::deque<SigningKey> keys_;
};

}
