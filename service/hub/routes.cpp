// SPDX-License-Identifier: LGPL-2.1-or-later
#include "routes.hpp"
#include "../protocol/upload.hpp"

#include <cerrno>

namespace klp::hub {

using protocol::ProblemKind;

namespace {

using protocol::AdminRole;

struct Route {
	const char *path, *method;
	Result<Answer> (*handler)(const Request &, const Context &);
	std::optional<AdminRole> role = std::nullopt; // that a person needs
	size_t body = protocol::largest_document;
};

constexpr Route routes[] = {
	{"/v1/attach", "POST", attach},
	{"/v1/check-in", "POST", check_in},
	{"/v1/report", "POST", report},
	{"/v1/detach", "POST", detach},
	{"/healthz", "GET", health},
	{"/v1/admin/identity", "GET", identity, AdminRole::viewer},
	{"/v1/admin/payload", "POST", payload, AdminRole::publisher, protocol::largest_payload},
	{"/v1/admin/upload", "POST", upload, AdminRole::publisher, protocol::Upload::largest},
	{"/v1/admin/promote", "POST", promote, AdminRole::operator_},
	{"/v1/admin/promote-all", "POST", promote_all, AdminRole::operator_},
	{"/v1/admin/block", "POST", block, AdminRole::operator_},
	{"/v1/admin/tiers", "GET", get_tiers, AdminRole::viewer},
	{"/v1/admin/tiers", "POST", set_tiers, AdminRole::operator_},
	{"/v1/admin/tokens", "GET", tokens, AdminRole::viewer},
	{"/v1/admin/token", "POST", create_token, AdminRole::operator_},
	{"/v1/admin/token-revoke", "POST", revoke_token, AdminRole::operator_},
	{"/v1/admin/machines", "GET", machines, AdminRole::viewer},
	{"/v1/admin/machine-remove", "POST", remove_machine, AdminRole::operator_},
	{"/v1/admin/audit", "GET", audit, AdminRole::viewer},
};

constexpr std::string_view admin_prefix = "/v1/admin/";

constexpr std::string_view repository_prefix = "/repository/";

bool allows(const char *method, const std::string &asked)
{
	return asked == method || (asked == "HEAD" && std::string_view(method) == "GET");
}

constexpr const char *get_methods = "GET, HEAD";

// Empty for a path that the hub does not have.
std::string methods_of(const std::string &path)
{
	std::string methods;
	for (const Route &route : routes)
		if (path == route.path)
			methods += (methods.empty() ? "" : ", ") +
				   std::string(allows(route.method, "GET") ? get_methods
									   : route.method);
	return methods;
}

Answer not_allowed(const std::string &methods)
{
	Answer answer = problem(ProblemKind::not_allowed, "the path is for " + methods);
	answer.headers.emplace_back("Allow", methods);
	return answer;
}

Answer answer_of(const Error &error)
{
	if (error.code != EBUSY && error.code != ENOSPC)
		return internal_failure();
	Answer answer =
		problem(ProblemKind::busy,
			error.code == EBUSY
				? "the hub is busy; ask again later"
				: "the hub's disk is full; its log says where; ask again later");
	answer.headers.emplace_back("Retry-After", "60");
	return answer;
}

Answer no_route(const std::string &path)
{
	std::string methods = methods_of(path);
	if (methods.empty())
		return problem(ProblemKind::not_found, "the hub has no such path");
	return not_allowed(methods);
}

const Route *route_of(const Request &request)
{
	for (const Route &route : routes)
		if (request.path == route.path && allows(route.method, request.method))
			return &route;
	return nullptr;
}

// Who is not known hears nothing of what is below the prefix, not even which paths there are.
Result<Answer> answer_of_person(const Request &request, Context context)
{
	std::optional<protocol::Identity> person =
		TRY(person_of(request, *context.database, context.now));
	const Route *route = route_of(request);
	std::optional<Answer> refusal =
		refusal_for(person, route ? *route->role : AdminRole::viewer);
	if (refusal)
		return std::move(*refusal);
	if (route) {
		context.person = *person;
		return route->handler(request, context);
	}
	return no_route(request.path);
}

Result<Answer> find_answer(const Request &request, const Context &context,
			   const StaticFiles &repository)
{
	if (request.path.starts_with(repository_prefix)) {
		if (!allows("GET", request.method))
			return not_allowed(get_methods);
		return repository.get(request.path.substr(repository_prefix.size()));
	}
	if (request.path.starts_with(admin_prefix))
		return answer_of_person(request, context);
	const Route *route = route_of(request);
	if (route)
		return route->handler(request, context);
	return no_route(request.path);
}

}

Answer answer_to(const Request &request, const Context &context, const StaticFiles &repository,
		 const std::function<void(const std::string &)> &log)
{
	Result<Answer> answer = find_answer(request, context, repository);
	if (answer)
		return std::move(*answer);
	log(request.path + ": " + answer.error().message);
	return answer_of(answer.error());
}

bool is_of_person(const Request &request)
{
	return request.path.starts_with(admin_prefix);
}

size_t body_limit_of(const Request &request, const Context &context,
		     const std::function<void(const std::string &)> &log)
{
	const Route *route = route_of(request);
	if (!route || route->body == protocol::largest_document)
		return protocol::largest_document;
	Result<std::optional<protocol::Identity>> person =
		person_of(request, *context.database, context.now);
	if (!person)
		log(request.path + ": " + person.error().message);
	bool may = person && !refusal_for(*person, *route->role);
	return may ? route->body : protocol::largest_document;
}

}
