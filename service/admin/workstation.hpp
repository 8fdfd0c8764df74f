// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../protocol/admin_access.hpp"
#include "../protocol/hub_facts.hpp"
#include "../tuf/signing_key.hpp"

#include <functional>

namespace klp::admin {

using tuf::Checked;
using tuf::FaultKind;

// The folder of a person who signs or operates:
//
//	hub.json	the hub, as the ceremony got it
//	access.json	the login, of klp-admin login
//	keys/HOLDER/	root.pem and targets.pem, or releases.pem and recalls.pem: a folder each,
//			so that it can be taken elsewhere
//	metadata/	the repository as it was last seen: the pinned root, and the versions
//			below which nothing is accepted
//	drafts/		metadata that lacks signatures, or was not sent
class Workstation {
public:
	explicit Workstation(std::string path) : path_(std::move(path)) {}

	const std::string &path() const { return path_; }
	std::string metadata() const { return path_ + "/metadata"; }
	std::string drafts() const { return path_ + "/drafts"; }
	std::string keys() const { return path_ + "/keys"; }

	Checked<protocol::HubFacts> hub() const;
	Checked<protocol::AdminAccess> access() const;
	Checked<> set_access(const protocol::AdminAccess &access) const;

	// Each key of keys/. The passphrase is asked for once, if a key is encrypted.
	Checked<std::vector<tuf::SigningKey>>
	signing_keys(const std::function<Checked<std::string>()> &passphrase) const;

	// The pinned root: its bytes, verified by its own keys, and its version.
	struct Root {
		std::string bytes;
		int64_t version;
		bool is_trial; // all keys were made on one machine, beside the hub
	};
	Checked<Root> root() const;

private:
	Checked<std::vector<std::string>> key_files() const;

	std::string path_;
};

}
