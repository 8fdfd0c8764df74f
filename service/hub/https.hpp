// SPDX-License-Identifier: LGPL-2.1-or-later
// HTTPS/1.1, of TLS 1.2 or better. https.cpp alone knows Boost.
#pragma once

#include "../../libklp/try.hpp"
#include "answer.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace klp::hub {

// The limits on what one client may take. All of them close the connection; a client that asked for
// too much has an answer before.
struct HttpsLimits {
	size_t header = 8 * 1024; // bytes
	size_t body = protocol::largest_document; // bytes, unless the site allows more
	std::chrono::seconds handshake{10};
	// From the end of the handshake, or of the last answer, to the end of a request: for a
	// silent client, and for one that sends a byte now and then.
	std::chrono::seconds request{20};
	// For an answer: this, and the time that it takes at the least rate. Each part of a file
	// has to go within the first of the two.
	std::chrono::seconds answer{20};
	uint64_t least_rate = 16 * 1024; // bytes a second
	// Of all threads. One has up to 150 KiB of memory. Further ones wait to be accepted.
	size_t connections = 2000;
	size_t connections_of_client = 250; // by client_of(); further ones are closed at once
};

struct HttpsSettings {
	std::string address; // of IPv4 or IPv6, to listen on
	uint16_t port; // 0 for one that is free
	std::string certificates, key; // files in PEM: the chain, and its key
	HttpsLimits limits = {};
};

// Each function of it runs in one thread, with that thread's database.
struct Site {
	std::function<Answer(const Request &)> answer;
	// The bytes that a request's body may have. The request has no body yet. Who is not known
	// gets no more than others: a large body takes memory.
	std::function<size_t(const Request &)> body_limit;
	// Whether its answer may take seconds.
	std::function<bool(const Request &)> is_long = [](const Request &) { return false; };
};
using Log = std::function<void(const std::string &)>;

class HttpsServer {
public:
	// Listens from here on, and takes SIGTERM and SIGINT for run(). threads is how many run()
	// has, at least 1.
	static Result<HttpsServer> open(const HttpsSettings &settings, size_t threads);
	HttpsServer(HttpsServer &&) noexcept;
	~HttpsServer();

	uint16_t port() const;

	// Serves until SIGTERM or SIGINT: one thread and one site each, of which there are as
	// many as threads. Requests that are long have one more thread, and its site, if there is
	// one: they wait for each other, and nobody else for them. log is called by any of them at
	// once; it hears of all that no client is told. An exception of a site ends its request
	// only. An Error where a thread cannot be started, or ends early.
	Result<> run(std::vector<Site> sites, const Log &log, Site site_for_long = {});

private:
	struct Server;

	explicit HttpsServer(std::unique_ptr<Server> server);

	std::unique_ptr<Server> server_;
};

}
