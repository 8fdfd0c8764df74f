// SPDX-License-Identifier: LGPL-2.1-or-later
#include "routes.hpp"

#include <cerrno>

namespace klp::hub {

using protocol::ProblemKind;

namespace {

struct Route {
	const char *path, *method;
	Result<Answer> (*handler)(const Request &, const Context &);
};

constexpr Route routes[] = {
	{"/v1/attach", "POST", attach}, {"/v1/check-in", "POST", check_in},
	{"/v1/report", "POST", report}, {"/v1/detach", "POST", detach},
	{"/healthz", "GET", health},
};

constexpr std::string_view repository_prefix = "/repository/";

bool allows(const char *method, const std::string &asked)
{
	return asked == method || (asked == "HEAD" && std::string_view(method) == "GET");
}

Answer not_allowed(const char *method)
{
	bool is_get = std::string_view(method) == "GET";
	std::string methods = is_get ? "GET, HEAD" : method;
	Answer answer = problem(ProblemKind::not_allowed, "the path is for " + methods);
	answer.headers.emplace_back("Allow", methods);
	return answer;
}

Answer answer_of(const Error &error)
{
	if (error.code != EBUSY)
		return internal_failure();
	Answer answer = problem(ProblemKind::busy, "the hub is busy; ask again later");
	answer.headers.emplace_back("Retry-After", "60");
	return answer;
}

Result<Answer> answer_of(const Route &route, const Request &request, const Context &context)
{
	if (!allows(route.method, request.method))
		return not_allowed(route.method);
	return route.handler(request, context);
}

Result<Answer> find_answer(const Request &request, const Context &context,
			   const StaticFiles &repository)
{
	if (request.path.starts_with(repository_prefix)) {
		if (!allows("GET", request.method))
			return not_allowed("GET");
		return repository.get(request.path.substr(repository_prefix.size()));
	}
	for (const Route &route : routes)
		if (request.path == route.path)
			return answer_of(route, request, context);
	return problem(ProblemKind::not_found, "the hub has no such path");
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

}
