// SPDX-License-Identifier: LGPL-2.1-or-later
#include "answer.hpp"

namespace klp::hub {

using protocol::ProblemKind;

static int status_of(ProblemKind kind)
{
	switch (kind) {
	case ProblemKind::malformed:
		return 400;
	case ProblemKind::unauthorised:
		return 401;
	case ProblemKind::expired:
	case ProblemKind::limit:
	case ProblemKind::forbidden:
		return 403;
	case ProblemKind::not_found:
		return 404;
	case ProblemKind::not_allowed:
		return 405;
	case ProblemKind::conflict:
		return 409;
	case ProblemKind::too_large:
		return 413;
	case ProblemKind::refused:
		return 422;
	case ProblemKind::busy:
		return 503;
	case ProblemKind::internal:
		return 500;
	}
	__builtin_unreachable();
}

Answer json_answer(int status, const nlohmann::json &document)
{
	return Answer{status, "application/json", document.dump() + "\n"};
}

Answer problem(ProblemKind kind, const std::string &message)
{
	Answer answer = json_answer(status_of(kind), protocol::Problem{kind, message}.to_json());
	if (kind == ProblemKind::unauthorised)
		answer.headers.emplace_back("WWW-Authenticate", "Bearer");
	return answer;
}

Answer internal_failure()
{
	return problem(ProblemKind::internal, "the hub failed; its log says why");
}

// A message has names and values of the request, and may be longer than a problem's.
Answer problem(ProblemKind kind, const tuf::Fault &fault)
{
	bool is_too_long = fault.message.size() > protocol::longest_message;
	return problem(kind, is_too_long ? "a field or a name in the request is too long"
					 : fault.message);
}

Answer problem(const tuf::Fault &fault)
{
	ProblemKind kind = ProblemKind::malformed;
	if (fault.kind == tuf::FaultKind::endless)
		kind = ProblemKind::too_large;
	if (fault.kind == tuf::FaultKind::local)
		kind = ProblemKind::internal;
	return problem(kind, fault);
}

}
