// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../protocol/hub_facts.hpp"
#include "../store/database.hpp"

namespace klp::hub {

// All that a hub has is in one folder, which only its user can enter: the certificate, the keys of
// the online roles, the database, and the repository that it serves.
class HubFolder {
public:
	explicit HubFolder(std::string path) : path_(std::move(path)) {}

	// Makes the folder with all that is in it: whole, or not at all. address is that of the
	// hub, "https://hub.example:8443"; now is in seconds since 1970, UTC. local if it is there.
	static tuf::Checked<protocol::HubFacts> make(const std::string &path,
						     const std::string &address, int64_t now);

	const std::string &path() const { return path_; }
	std::string certificate() const { return path_ + "/hub.crt"; }
	std::string key() const { return path_ + "/hub.key"; }
	std::string repository() const { return path_ + "/repository"; }
	// Bytes of targets that no metadata lists yet, by their SHA-256.
	std::string incoming() const { return path_ + "/incoming"; }
	std::string key_of_role(const std::string &role) const
	{
		return path_ + "/keys/" + role + ".pem";
	}

	// hub.json.
	tuf::Checked<protocol::HubFacts> facts() const;

	// The database, its tables brought to this program's version. ENOENT without a hub there,
	// EBADMSG for a database that make() did not make.
	Result<store::Database>
	open_database(std::chrono::milliseconds longest_wait = store::Database::patient) const;

private:
	std::string path_;
};

}
