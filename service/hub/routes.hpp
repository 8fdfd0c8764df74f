// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "handlers.hpp"
#include "static_files.hpp"

#include <functional>

namespace klp::hub {

// The answer to a request: each path has its methods and its handler in one table. A HEAD is
// answered as a GET; the caller leaves out the body. Errors of the database and of the repository
// go to log; the client hears only that there was one.
Answer answer_to(const Request &request, const Context &context, const StaticFiles &repository,
		 const std::function<void(const std::string &)> &log);

// The bytes that the body of a request may have, by its path and its bearer; the request has no
// body yet. An error of the database gives the least, and goes to log.
size_t body_limit_of(const Request &request, const Context &context,
		     const std::function<void(const std::string &)> &log);

// A person's request, which may take seconds: a change of the repository, or a list of all
// machines.
bool is_of_person(const Request &request);

}
