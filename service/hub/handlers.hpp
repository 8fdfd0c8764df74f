// SPDX-License-Identifier: LGPL-2.1-or-later
// The handlers of the API. Each is a function of the request, the database and the time; each may
// run in any thread, with that thread's Database.
//
// A handler answers "internal" or "busy" where the database fails; the Error is for the log.
#pragma once

#include "../store/database.hpp"
#include "answer.hpp"
#include "person.hpp"

namespace klp::hub {

class Publication;

struct Context {
	store::Database *database;
	int64_t now; // seconds since 1970, UTC
	int64_t interval; // seconds between two check-ins of a machine
	Publication *publication = nullptr; // for requests below /v1/admin
	protocol::Identity person = {}; // who asks, of such a request
};

// Errors are the database's alone: a bad request has an answer.
Result<Answer> attach(const Request &request, const Context &context);
Result<Answer> check_in(const Request &request, const Context &context);
Result<Answer> report(const Request &request, const Context &context);
Result<Answer> detach(const Request &request, const Context &context);
// Says whether the hub reads its tables.
Result<Answer> health(const Request &request, const Context &context);

// Below /v1/admin, for people.
Result<Answer> identity(const Request &request, const Context &context);
Result<Answer> payload(const Request &request, const Context &context);
Result<Answer> upload(const Request &request, const Context &context);
Result<Answer> promote(const Request &request, const Context &context);
Result<Answer> promote_all(const Request &request, const Context &context);
Result<Answer> block(const Request &request, const Context &context);
Result<Answer> get_tiers(const Request &request, const Context &context);
Result<Answer> set_tiers(const Request &request, const Context &context);
Result<Answer> tokens(const Request &request, const Context &context);
Result<Answer> create_token(const Request &request, const Context &context);
Result<Answer> revoke_token(const Request &request, const Context &context);
Result<Answer> machines(const Request &request, const Context &context);
Result<Answer> remove_machine(const Request &request, const Context &context);
Result<Answer> audit(const Request &request, const Context &context);

}
