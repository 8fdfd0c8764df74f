// SPDX-License-Identifier: LGPL-2.1-or-later
// The change that a hub in the wrong hands makes to its repository: with all of its online keys,
// and without any key of a publisher: klp-evil-hub HUB < DOCUMENT. The document has
//
//	{"files": {"patches/...": "x.ko"},          bytes that are then served
//	 "metadata": {"releases": "{...}"},         a role's next file, by whomever it was signed
//	 "tiers": {"tiers/...": {...}},             documents of the role tiers, in place of its own
//	 "roles": {"releases": 3},                  the version of a role that the snapshot states
//	 "versions": {"snapshot": 9, "timestamp": 9, "tiers": 9},
//	 "issued": 3786912000}                      the time at which the timestamp was signed
#include "../../cli/say.hpp"
#include "../../libklp/file.hpp"
#include "../../service/hub/hub_folder.hpp"
#include "../../service/hub/online_keys.hpp"
#include "../../service/hub/repository_state.hpp"
#include "../../service/protocol/issued.hpp"
#include "../tuf/signing.hpp"

#include <iostream>
#include <iterator>

using namespace klp;
using namespace klp::tuf;
using nlohmann::json;

namespace {

class EvilHub {
public:
	EvilHub(hub::OnlineKeys keys, RepositoryWriter writer, json plan)
	    : keys_(std::move(keys)), writer_(std::move(writer)), plan_(std::move(plan))
	{
	}

	Checked<> serve_files();
	Checked<> serve_metadata();
	Checked<> sign_tiers();
	Checked<> sign_snapshot_and_timestamp();

private:
	int64_t version_of(const std::string &role, int64_t next) const
	{
		return plan_.value("/versions"_json_pointer / role, next);
	}

	hub::OnlineKeys keys_;
	RepositoryWriter writer_;
	json plan_;
};

Checked<> EvilHub::serve_files()
{
	const json files = plan_.value("files", json::object());
	for (const auto &[path, file] : files.items()) {
		std::string bytes = TRY(read_text(file.get<std::string>()));
		TRY(writer_.add_target(path, bytes));
	}
	return {};
}

Checked<> EvilHub::serve_metadata()
{
	const json metadata = plan_.value("metadata", json::object());
	for (const auto &[role, file] : metadata.items())
		TRY(writer_.add_targets_metadata(role, file.get<std::string>()));
	return {};
}

Checked<> EvilHub::sign_tiers()
{
	if (!plan_.contains("tiers"))
		return {};
	int64_t version = version_of("tiers", writer_.version_of("tiers") + 1);
	json content = targets_content(version, test::expires, {});
	for (const auto &[path, document] : plan_["tiers"].items()) {
		std::string bytes = document.dump();
		TRY(writer_.add_target(path, bytes));
		content["targets"][path] = target_content(bytes, nullptr);
	}
	std::string file = TRY(test::signed_by(content, keys_.tiers));
	return writer_.add_targets_metadata("tiers", file);
}

Checked<> EvilHub::sign_snapshot_and_timestamp()
{
	json snapshot = writer_.next_snapshot(test::expires);
	snapshot["version"] = version_of("snapshot", snapshot["version"]);
	const json roles = plan_.value("roles", json::object());
	for (const auto &[role, version] : roles.items())
		snapshot["meta"][role + ".json"] = {{"version", version}};
	std::string file = TRY(test::signed_by(snapshot, keys_.snapshot));
	json timestamp = TRY(writer_.add_snapshot(file, test::expires));
	timestamp["version"] = version_of("timestamp", timestamp["version"]);
	if (plan_.contains("issued"))
		protocol::set_issued(&timestamp, plan_["issued"].get<int64_t>());
	std::string last = TRY(test::signed_by(timestamp, keys_.timestamp));
	return writer_.publish(last);
}

// Those that the published root and targets name.
Checked<hub::OnlineKeys> keys_of(const hub::HubFolder &folder, const RepositoryWriter &writer)
{
	hub::RepositoryState state = TRY(hub::read_state(writer));
	SignedFile file = TRY(SignedFile::parse("root.json", state["root"]));
	Root root = TRY(Root::parse(file));
	Targets top = TRY(hub::targets_in(state, "targets"));
	return hub::OnlineKeys::of(folder, root, top);
}

Checked<> attack(const std::string &path, const std::string &text)
{
	hub::HubFolder folder(path);
	RepositoryWriter writer = TRY(RepositoryWriter::open(folder.repository()));
	hub::OnlineKeys keys = TRY(keys_of(folder, writer));
	json plan = TRY(read_json("standard input", text));
	EvilHub evil(std::move(keys), std::move(writer), std::move(plan));
	TRY(evil.serve_files());
	TRY(evil.serve_metadata());
	TRY(evil.sign_tiers());
	return evil.sign_snapshot_and_timestamp();
}

}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	std::string text(std::istreambuf_iterator<char>(std::cin), {});
	Checked<> done = attack(argv[1], text);
	if (!done)
		say(stderr, "klp-evil-hub: %s\n", done.error().message.c_str());
	return done ? 0 : 1;
}
