// SPDX-License-Identifier: LGPL-2.1-or-later
// The handlers of the API. Each is a function of the request, the database and the time; each may
// run in any thread, with that thread's Database.
//
// A handler answers "internal" or "busy" where the database fails; the Error is for the log.
#pragma once

#include "../store/database.hpp"
#include "answer.hpp"

namespace klp::hub {

struct Context {
	store::Database *database;
	int64_t now; // seconds since 1970, UTC
	int64_t interval; // seconds between two check-ins of a machine
};

// Errors are the database's alone: a bad request has an answer.
Result<Answer> attach(const Request &request, const Context &context);
Result<Answer> check_in(const Request &request, const Context &context);
Result<Answer> report(const Request &request, const Context &context);
Result<Answer> detach(const Request &request, const Context &context);
// Says whether the hub reads its tables.
Result<Answer> health(const Request &request, const Context &context);

}
