// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ceremony.hpp"
#include "../protocol/roles.hpp"
#include "../protocol/upload.hpp"
#include "../tuf/client.hpp"
#include "../tuf/whole_folder.hpp"

namespace klp::admin {

using nlohmann::json;
using protocol::Upload;
using tuf::DurableFolder;
using tuf::RoleKeys;
using tuf::SigningKey;

namespace {

struct OfflineKeys {
	std::vector<SigningKey> root, targets, releases, recalls;
};

RoleKeys role_of(const std::vector<SigningKey> &keys, size_t threshold)
{
	RoleKeys role = {{}, static_cast<int64_t>(threshold)};
	for (const SigningKey &key : keys)
		role.keys.push_back(&key.public_key());
	return role;
}

Checked<> check(const Ceremony &ceremony)
{
	if (ceremony.threshold < 1 || ceremony.threshold > ceremony.holders)
		return tuf::refuse(FaultKind::local,
				   "%zu of %zu holders cannot sign; expected a threshold from 1 to "
				   "the number of holders",
				   ceremony.threshold, ceremony.holders);
	if (ceremony.publisher_threshold < 1 || ceremony.publisher_threshold > ceremony.publishers)
		return tuf::refuse(FaultKind::local,
				   "%zu of %zu publishers cannot sign; expected a threshold from 1 "
				   "to the number of publishers",
				   ceremony.publisher_threshold, ceremony.publishers);
	return {};
}

Checked<SigningKey> make_key(DurableFolder *folder, const std::string &role,
			     const std::string &passphrase)
{
	SigningKey key = TRY(SigningKey::make(SigningKey::Kind::ed25519));
	std::string pem = TRY(key.pem(passphrase));
	TRY(folder->create(role + ".pem", pem));
	return key;
}

Checked<> make_pair_of_keys(const std::string &path, const std::string &passphrase,
			    std::pair<const char *, std::vector<SigningKey> *> first,
			    std::pair<const char *, std::vector<SigningKey> *> second)
{
	DurableFolder folder = TRY(DurableFolder::open(path));
	for (const auto &[role, keys] : {first, second}) {
		SigningKey key = TRY(make_key(&folder, role, passphrase));
		keys->push_back(std::move(key));
	}
	return {};
}

Checked<OfflineKeys> make_keys(const std::string &path, const Ceremony &ceremony)
{
	TRY(DurableFolder::open(path));
	OfflineKeys keys;
	for (size_t i = 1; i <= ceremony.holders; i++)
		TRY(make_pair_of_keys(path + "/holder-" + std::to_string(i), ceremony.passphrase,
				      {"root", &keys.root}, {"targets", &keys.targets}));
	for (size_t i = 1; i <= ceremony.publishers; i++)
		TRY(make_pair_of_keys(path + "/publisher-" + std::to_string(i), ceremony.passphrase,
				      {"releases", &keys.releases}, {"recalls", &keys.recalls}));
	return keys;
}

Checked<Upload::File> signed_by(const std::string &role, const json &content,
				const std::vector<SigningKey> &keys)
{
	std::vector<const SigningKey *> all;
	for (const SigningKey &key : keys)
		all.push_back(&key);
	std::string bytes = TRY(tuf::sign(content, all));
	return Upload::File{role, std::move(bytes)};
}

json first_root(const OfflineKeys &keys, const protocol::HubFacts &hub, const Ceremony &ceremony,
		int64_t now)
{
	json content = tuf::root_content(1, now + protocol::lifetime_of("root"),
					 {{"root", role_of(keys.root, ceremony.threshold)},
					  {"targets", role_of(keys.targets, ceremony.threshold)},
					  {"snapshot", {{&hub.snapshot}, 1}},
					  {"timestamp", {{&hub.timestamp}, 1}}});
	if (ceremony.is_trial)
		content["klp_trial"] = true;
	return content;
}

json first_targets(const OfflineKeys &keys, const protocol::HubFacts &hub, const Ceremony &ceremony,
		   int64_t now)
{
	std::vector<tuf::Delegation> delegations;
	for (const protocol::DelegatedPaths &known : protocol::delegated_paths()) {
		std::string role = known.role;
		RoleKeys role_keys = {{&hub.tiers}, 1};
		if (role == "releases")
			role_keys = role_of(keys.releases, ceremony.publisher_threshold);
		if (role == "recalls")
			role_keys = role_of(keys.recalls, 1);
		delegations.push_back({role, role_keys, known.paths, true});
	}
	return tuf::targets_content(1, now + protocol::lifetime_of("targets"), delegations);
}

Checked<Upload> first_files(const OfflineKeys &keys, const protocol::HubFacts &hub,
			    const Ceremony &ceremony, int64_t now)
{
	auto empty = [&](const char *role) {
		return tuf::targets_content(1, now + protocol::lifetime_of(role), {});
	};
	Upload upload;
	const std::tuple<const char *, json, const std::vector<SigningKey> *> files[] = {
		{"root", first_root(keys, hub, ceremony, now), &keys.root},
		{"targets", first_targets(keys, hub, ceremony, now), &keys.targets},
		{"releases", empty("releases"), &keys.releases},
		{"recalls", empty("recalls"), &keys.recalls}};
	for (const auto &[role, content, signers] : files) {
		Upload::File file = TRY(signed_by(role, content, *signers));
		upload.files.push_back(std::move(file));
	}
	return upload;
}

}

Checked<> hold_ceremony(const std::string &path, const protocol::HubFacts &hub,
			const Ceremony &ceremony, int64_t now)
{
	TRY(check(ceremony));
	return tuf::make_whole_folder(path, [&](const std::string &unfinished) -> Checked<> {
		Workstation station(unfinished);
		DurableFolder folder = TRY(DurableFolder::open(unfinished));
		TRY(folder.create("hub.json", hub.to_json().dump(1, '\t') + "\n"));
		OfflineKeys keys = TRY(make_keys(station.keys(), ceremony));
		Upload upload = TRY(first_files(keys, hub, ceremony, now));
		DurableFolder metadata = TRY(DurableFolder::open(station.metadata()));
		TRY(tuf::trust_root(metadata, upload.files.front().bytes));
		DurableFolder drafts = TRY(DurableFolder::open(station.drafts()));
		TRY(drafts.create("first.json", upload.to_json().dump(1, '\t') + "\n"));
		return {};
	});
}

}
