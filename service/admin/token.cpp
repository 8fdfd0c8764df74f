// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../protocol/token.hpp"
#include "../../cli/say.hpp"
#include "../../cli/verbs.hpp"
#include "../../libklp/module/digest.hpp"
#include "../protocol/admin_lists.hpp"
#include "cut_list.hpp"
#include "session.hpp"
#include "verbs.hpp"

#include <ctime>

using namespace klp;
using namespace klp::admin;

namespace {

constexpr int64_t day = 24 * 3600; // seconds

struct Words {
	CommonWords common;
	std::string id, organisation = "default", plan = "personal", tier = "stable";
	int64_t machines = 0, days = 30;
};

// The root is the one that this workstation pinned, and that the repository confirmed: a hub that
// shows another cannot get it into a token.
Checked<> create(const Words &words)
{
	Session session = TRY(Session::open(words.common));
	TRY(session.view());
	Workstation::Root root = TRY(session.station().root());
	protocol::AdminAccess access = TRY(session.station().access());
	std::string id = words.id;
	if (id.empty())
		id = TRY(protocol::new_id());
	protocol::Token token = {access.hub,
				 access.pin,
				 root.version,
				 sha256(std::as_bytes(std::span(root.bytes))),
				 time(nullptr) + words.days * day,
				 ""};
	token.secret = TRY(protocol::new_secret());
	protocol::NewToken asked = {id,
				    words.organisation,
				    words.plan,
				    {},
				    words.tier,
				    token.expires,
				    protocol::hash_of_secret(token.secret)};
	if (words.machines > 0)
		asked.machines = words.machines;
	TRY(session.post("/v1/admin/token", asked));
	say(stderr, "token '%s' of the plan '%s', in the tier '%s', good for %lld days%s:\n",
	    id.c_str(), words.plan.c_str(), words.tier.c_str(), static_cast<long long>(words.days),
	    root.is_trial ? "; the hub is a trial" : "");
	say(stdout, "%s\n", token.text().c_str());
	return {};
}

int run_create(int argc, char **argv)
{
	Words words;
	CommandLine app("Make a token for machines, and print it.", "klp-admin token create");
	add_folder(&app, &words.common);
	app.add_option("--id", words.id, "its name; else a random one")->type_name("NAME");
	app.add_option("--organisation", words.organisation, "whose machines they are")
		->type_name("NAME")
		->capture_default_str();
	app.add_option("--plan", words.plan, "personal, community or organisation")
		->type_name("PLAN")
		->capture_default_str();
	app.add_option("--machines", words.machines, "the limit of the plan organisation")
		->type_name("N")
		->check(number_between(1, 1e9, "machines"));
	app.add_option("--tier", words.tier, "the tier of its machines")
		->type_name("TIER")
		->capture_default_str();
	app.add_option("--days", words.days, "how long machines can be attached by it")
		->type_name("N")
		->check(number_between(1, 3650, "days"))
		->capture_default_str();
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return status_of(app, create(words));
}

std::string state_of(const protocol::Tokens::Entry &token)
{
	if (token.revoked)
		return "revoked " + tuf::time_text(*token.revoked);
	if (token.expires <= time(nullptr))
		return "expired " + tuf::time_text(token.expires);
	return "good until " + tuf::time_text(token.expires);
}

Checked<> list(const CommonWords &words)
{
	Session session = TRY(Session::open(words));
	protocol::Tokens tokens = TRY(session.get<protocol::Tokens>("/v1/admin/tokens"));
	for (const protocol::Tokens::Entry &token : tokens.tokens)
		say(stdout, "%s: %s, plan %s, tier %s, %lld%s machines, %s\n", token.id.c_str(),
		    token.organisation.c_str(), token.plan.c_str(), token.tier.c_str(),
		    static_cast<long long>(token.places),
		    token.limit ? (" of " + std::to_string(*token.limit)).c_str() : "",
		    state_of(token).c_str());
	say_if_cut(tokens.tokens.size(), "tokens");
	return {};
}

int run_list(int argc, char **argv)
{
	CommonWords words;
	CommandLine app("List the tokens, the newest first.", "klp-admin token list");
	add_folder(&app, &words);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return status_of(app, list(words));
}

Checked<> revoke(const CommonWords &words, const std::string &id)
{
	Session session = TRY(Session::open(words));
	return session.post("/v1/admin/token-revoke", protocol::Removal{id});
}

int run_revoke(int argc, char **argv)
{
	CommonWords words;
	std::string id;
	CommandLine app("Attach no more machines by a token; those that are attached stay.",
			"klp-admin token revoke");
	app.add_option("ID", id, "the token's name")->required();
	add_folder(&app, &words);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return status_of(app, revoke(words, id));
}

constexpr Verb verbs[] = {
	{"create", run_create, "make a token, and print it"},
	{"list", run_list, "list the tokens"},
	{"revoke", run_revoke, "attach no more machines by a token"},
};

}

int run_token(int argc, char **argv)
{
	return run_verb("klp-admin token", verbs, argc, argv);
}
