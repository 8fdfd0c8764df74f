// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../protocol/admin_access.hpp"
#include "../tuf/http_transport.hpp"

namespace klp::admin {

// HTTPS to the hub of a login, as this person: the API, and the repository as any reader. The hub
// is known by its pin if the login has one, else by the system's CAs.
class HubConnection : public tuf::Transport {
public:
	static tuf::Checked<HubConnection> open(const protocol::AdminAccess &access);

	// The body of the answer. Refuses what the hub refuses, with its words: rollback for a
	// conflict, not_listed for what is not there, else mixed.
	tuf::Checked<std::string> get(const std::string &path, size_t limit);
	// A document of JSON, and bytes of any kind.
	tuf::Checked<std::string> post(const std::string &path, const nlohmann::json &document);
	tuf::Checked<std::string> send(const std::string &path, const std::string &bytes);

	std::string repository() const { return address() + "/repository/"; }
	// As anybody: a reader of the repository needs no secret.
	tuf::Checked<std::string> fetch(const std::string &url, size_t limit) override
	{
		return http_.fetch(url, limit);
	}

private:
	HubConnection(tuf::HttpTransport http, const protocol::AdminAccess &access)
	    : http_(std::move(http)), access_(access)
	{
	}
	const std::string &address() const { return access_.reach ? *access_.reach : access_.hub; }
	tuf::Checked<std::string> ask(const std::string &path, tuf::HttpRequest request);

	tuf::HttpTransport http_;
	protocol::AdminAccess access_;
};

}
