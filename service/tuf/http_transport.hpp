// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "transport.hpp"

#include <chrono>
#include <memory>
#include <optional>

namespace klp::tuf {

struct HttpRequest {
	std::string url;
	size_t limit; // bytes of the answer
	std::string bearer = {}; // a secret; "" for none
	std::optional<std::string> document = {}; // the body of a POST; nothing for a GET
	const char *type = "application/json"; // of the document
};

struct HttpAnswer {
	long status;
	std::string body; // cut at the limit where the status is none of success
	int64_t retry_after; // seconds; 0 where the server asks for none
};

// The body that a GET asked for, of status 200; else the fault that its status is.
Checked<std::string> body_of(const std::string &url, HttpAnswer answer);

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
	// The way to one server; what is "" is as the system has it.
	struct Way {
		std::string ca; // a file with certificates of CAs
		// SHA-256 of the SubjectPublicKeyInfo of the server's certificate: it alone then
		// decides whether the server is the right one.
		std::string pin;
		std::string proxy, no_proxy;
	};

	// user_agent is the value of the header.
	static Checked<HttpTransport> make(Schemes schemes, const Limits &limits,
					   const std::string &user_agent);
	// local for a pin that is none.
	Checked<> use(const Way &way);
	HttpTransport(HttpTransport &&) noexcept;
	~HttpTransport() override;

	Checked<std::string> fetch(const std::string &url, size_t limit) override;
	// One request, whatever the status of its answer. endless for a body of status 2xx above
	// the limit.
	Checked<HttpAnswer> ask(const HttpRequest &request);

private:
	struct Connection;

	explicit HttpTransport(std::unique_ptr<Connection> connection);

	std::unique_ptr<Connection> connection_;
};

}
