// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hub_connection.hpp"
#include "../../cli/command_line.hpp"
#include "../protocol/problem.hpp"

namespace klp::admin {

using protocol::AdminAccess;
using protocol::ProblemKind;
using tuf::Checked;
using tuf::FaultKind;
using tuf::HttpAnswer;
using tuf::HttpRequest;
using tuf::HttpTransport;

namespace {

FaultKind kind_of(ProblemKind kind)
{
	switch (kind) {
	case ProblemKind::conflict:
		return FaultKind::rollback;
	case ProblemKind::not_found:
		return FaultKind::not_listed;
	case ProblemKind::too_large:
		return FaultKind::endless;
	case ProblemKind::busy:
	case ProblemKind::internal:
		return FaultKind::unreachable;
	default:
		return FaultKind::mixed;
	}
}

std::unexpected<tuf::Fault> refused(const std::string &url, const HttpAnswer &answer)
{
	Checked<protocol::Problem> problem = protocol::read<protocol::Problem>(answer.body);
	if (!problem)
		return tuf::refuse(FaultKind::unreachable, "%s: answered %ld, without a reason",
				   url.c_str(), answer.status);
	return tuf::refuse(kind_of(problem->kind), "the hub refuses (%s): %s",
			   protocol::problem_words[static_cast<size_t>(problem->kind)],
			   problem->message.c_str());
}

// The hub verifies and syncs an upload before it answers, and a payload has up to 64 MiB.
HttpTransport::Limits limits()
{
	HttpTransport::Limits limits;
	limits.below_least = std::chrono::seconds(60);
	limits.in_all = std::chrono::hours(1);
	return limits;
}

}

Checked<HubConnection> HubConnection::open(const AdminAccess &access)
{
	HttpTransport http = TRY(HttpTransport::make(HttpTransport::Schemes::https, limits(),
						     version_of("klp-admin")));
	HttpTransport::Way way;
	way.pin = access.pin.value_or("");
	TRY(http.use(way));
	return HubConnection(std::move(http), access);
}

Checked<std::string> HubConnection::ask(const std::string &path, HttpRequest request)
{
	request.url = address() + path;
	request.bearer = access_.secret;
	HttpAnswer answer = TRY(http_.ask(request));
	if (answer.status / 100 != 2)
		return refused(request.url, answer);
	return std::move(answer.body);
}

Checked<std::string> HubConnection::get(const std::string &path, size_t limit)
{
	return ask(path, {"", limit});
}

Checked<std::string> HubConnection::post(const std::string &path, const nlohmann::json &document)
{
	return ask(path, {"", protocol::largest_document, "", document.dump()});
}

Checked<std::string> HubConnection::send(const std::string &path, const std::string &bytes)
{
	HttpRequest request = {"", protocol::largest_document, "", bytes};
	request.type = "application/octet-stream";
	return ask(path, std::move(request));
}

}
