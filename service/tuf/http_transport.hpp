// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "transport.hpp"

#include <chrono>
#include <memory>

namespace klp::tuf {

// Fetches by HTTP with libcurl. It follows no redirection and tries nothing twice: each is a
// request that the caller did not ask for.
class HttpTransport : public Transport {
public:
	struct Limits {
		std::chrono::seconds to_connect{10};
		// A transfer is slow that stays below this rate for so long, or takes so long.
		long least_bytes_per_second = 1000;
		std::chrono::seconds below_least{20};
		std::chrono::seconds in_all{600};
	};
	enum class Schemes { https, http_and_https };

	// user_agent is the value of the header.
	static Checked<HttpTransport> make(Schemes schemes, const Limits &limits,
					   const std::string &user_agent);
	HttpTransport(HttpTransport &&) noexcept;
	~HttpTransport() override;

	Checked<std::string> fetch(const std::string &url, size_t limit) override;

private:
	struct Connection;

	explicit HttpTransport(std::unique_ptr<Connection> connection);

	std::unique_ptr<Connection> connection_;
};

}
