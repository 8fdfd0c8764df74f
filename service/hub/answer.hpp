// SPDX-License-Identifier: LGPL-2.1-or-later
// A request and its answer as the hub's handlers see them: no HTTP, no TLS, no threads.
#pragma once

#include "../../libklp/unique_fd.hpp"
#include "../protocol/problem.hpp"

#include <variant>

namespace klp::hub {

struct Request {
	std::string method; // "GET"
	std::string path; // of the URL, as it came: without the query, nothing unescaped
	std::string bearer; // what "Authorization: Bearer" has; empty for none
	std::string body;
};

// A file that is sent as it is.
struct FileBody {
	UniqueFd fd; // at its beginning
	uint64_t size; // bytes
};

struct Answer {
	int status; // of HTTP
	std::string content_type; // empty for an answer without a body
	std::variant<std::string, FileBody> body;
	std::string cache_control = "no-store";
	std::vector<std::pair<std::string, std::string>> headers = {};
};

Answer json_answer(int status, const nlohmann::json &document);
Answer problem(protocol::ProblemKind kind, const std::string &message);
// For a failure of the hub's own, which goes to the log.
Answer internal_failure();
// The fault that a reader found in a request.
Answer problem(const tuf::Fault &fault);
Answer problem(protocol::ProblemKind kind, const tuf::Fault &fault);

}
