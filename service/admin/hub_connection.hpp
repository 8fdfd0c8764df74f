// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../protocol/admin_access.hpp"
#include "../tuf/transport.hpp"

#include <memory>

namespace klp::admin {

// HTTPS to the hub of a login, as this person: the API, and the repository as any reader. The hub
// is known by its pin if the login has one, else by the system's CAs.
class HubConnection : public tuf::Transport {
public:
	static tuf::Checked<HubConnection> open(const protocol::AdminAccess &access);
	HubConnection(HubConnection &&) noexcept;
	~HubConnection() override;

	// The body of the answer. Refuses what the hub refuses, with its words: rollback for a
	// conflict, not_listed for what is not there, else mixed.
	tuf::Checked<std::string> get(const std::string &path, size_t limit);
	tuf::Checked<std::string> post(const std::string &path, const std::string &body);

	std::string repository() const;
	tuf::Checked<std::string> fetch(const std::string &url, size_t limit) override;

private:
	struct Connection;

	HubConnection(std::unique_ptr<Connection> connection, const protocol::AdminAccess &access);

	std::unique_ptr<Connection> connection_;
	protocol::AdminAccess access_;
};

}
