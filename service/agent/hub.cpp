// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hub.hpp"
#include "../../libklp/module/digest.hpp"
#include "../protocol/problem.hpp"
#include "../tuf/client.hpp"

namespace klp::agent {

using protocol::Attached;
using tuf::FaultKind;
using tuf::HttpAnswer;
using tuf::HttpRequest;

namespace {

HttpRequest post(const Identity &identity, const char *path, const std::string &bearer,
		 const nlohmann::json &document)
{
	return {identity.hub + path, protocol::largest_document, bearer, document.dump()};
}

// The hub's own words, where it has some.
std::string problem_of(const HttpAnswer &answer)
{
	auto problem = protocol::read<protocol::Problem>(answer.body);
	if (problem)
		return line_of("the hub refuses: " + problem->message);
	return "the hub answered " + std::to_string(answer.status);
}

}

Checked<Attached> ask_to_attach(Fetcher *fetcher, const Identity &identity,
				const std::string &token_secret,
				const protocol::MachineFacts &facts)
{
	constexpr bool ephemeral = false;
	protocol::Attach document = {identity.machine, identity.secret, ephemeral, facts};
	HttpAnswer answer =
		TRY(fetcher->ask(post(identity, "/v1/attach", token_secret, document.to_json())));
	if (answer.status != 200)
		return tuf::refuse(FaultKind::unreachable, "%s", problem_of(answer).c_str());
	return protocol::read<Attached>(answer.body);
}

Checked<> ask_to_detach(Fetcher *fetcher, const Identity &identity)
{
	HttpRequest request = {identity.hub + "/v1/detach", protocol::largest_document,
			       identity.secret, ""};
	HttpAnswer answer = TRY(fetcher->ask(request));
	if (answer.status != 204)
		return tuf::refuse(FaultKind::unreachable, "%s", problem_of(answer).c_str());
	return {};
}

HubAnswer check_in(Fetcher *fetcher, const Identity &identity, const protocol::CheckIn &check_in)
{
	HubAnswer result;
	Checked<HttpAnswer> answer =
		fetcher->ask(post(identity, "/v1/check-in", identity.secret, check_in.to_json()));
	if (!answer) {
		result.problem = line_of(answer.error().message);
		return result;
	}
	result.retry_after = answer->retry_after;
	if (answer->status != 200) {
		result.problem = problem_of(*answer);
		return result;
	}
	auto checked_in = protocol::read<protocol::CheckedIn>(answer->body);
	if (checked_in)
		result.checked_in = std::move(*checked_in);
	else
		result.problem = line_of(checked_in.error().message);
	return result;
}

// A conflict is a clone's: the next check-in says to attach anew, and this report would hold up all
// others until then.
static bool is_final(const HttpAnswer &answer)
{
	return answer.status / 100 == 2 || answer.status == 400 || answer.status == 409 ||
	       answer.status == 413;
}

void send_reports(Fetcher *fetcher, const Identity &identity, Journal *journal)
{
	while (!journal->reports.empty()) {
		Checked<HttpAnswer> answer =
			fetcher->ask(post(identity, "/v1/report", identity.secret,
					  journal->reports.front().to_json()));
		if (!answer || !is_final(*answer))
			return;
		journal->reports.erase(journal->reports.begin());
	}
}

Checked<> check_root(const protocol::Token &token, std::string_view root)
{
	if (sha256(std::as_bytes(std::span(root))) != token.root_sha256)
		return tuf::refuse(
			FaultKind::mixed,
			"the hub's root is not the one that the token names; nothing was "
			"attached: tell the token's owner");
	return {};
}

Checked<> trust_token(Fetcher *fetcher, const Places &places, const protocol::Token &token)
{
	tuf::DurableFolder trust = TRY(tuf::DurableFolder::open(places.trust()));
	std::string name = std::to_string(token.root_version) + ".root.json";
	tuf::Client::Limits limits;
	std::optional<std::string> trusted = TRY(trust.read("root.json", limits.root));
	FetcherTransport transport(fetcher);
	std::string root =
		TRY(transport.fetch(token.hub + "/repository/metadata/" + name, limits.root));
	TRY(check_root(token, root));
	if (!trusted)
		return tuf::trust_root(trust, root);
	tuf::TrustedSet own = TRY(tuf::TrustedSet::start(*trusted, 0));
	if (own.root().version == token.root_version && *trusted != root)
		return tuf::refuse(FaultKind::mixed,
				   "this machine trusts another root; remove '%s' to trust the "
				   "token's",
				   places.trust().c_str());
	return {};
}

}
