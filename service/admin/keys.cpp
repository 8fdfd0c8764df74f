// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../cli/say.hpp"
#include "../../cli/verbs.hpp"
#include "rotation.hpp"
#include "verbs.hpp"

#include <algorithm>

using namespace klp;
using namespace klp::admin;

namespace {

void show_role(const std::string &name, const tuf::Role &role, const std::string &expires,
	       const std::vector<tuf::SigningKey> &own)
{
	say(stdout, "%s: %lld of %zu keys, %s\n", name.c_str(),
	    static_cast<long long>(role.threshold), role.keyids.size(), expires.c_str());
	for (const std::string &keyid : role.keyids) {
		bool is_here = std::ranges::any_of(
			own, [&](const tuf::SigningKey &key) { return key.keyid() == keyid; });
		say(stdout, "  %s%s\n", keyid.c_str(), is_here ? " (in keys/)" : "");
	}
}

std::string until(int64_t expires)
{
	return "expires " + tuf::time_text(expires);
}

Checked<> show(const CommonWords &words)
{
	Session session = TRY(Session::open(words));
	RepositoryView *view = TRY(session.view());
	std::vector<tuf::SigningKey> own =
		TRY(session.station().signing_keys([&words] { return passphrase_of(words); }));
	Workstation::Root root = TRY(session.station().root());
	if (root.is_trial)
		say(stdout, "a trial: all offline keys were made beside the hub\n");
	show_role("root", view->root().roles.at("root"), until(view->root().expires), own);
	show_role("targets", view->root().roles.at("targets"), until(view->top().expires), own);
	show_role("snapshot", view->root().roles.at("snapshot"), "signed by the hub", own);
	show_role("timestamp", view->root().roles.at("timestamp"), "signed by the hub", own);
	const std::pair<const char *, const tuf::Targets &> delegated[] = {
		{"releases", view->releases()},
		{"recalls", view->recalls()},
		{"tiers", view->tiers()}};
	for (const auto &[name, targets] : delegated)
		for (const tuf::DelegatedRole &role : view->top().delegations->roles)
			if (role.name == name)
				show_role(name, role.role, until(targets.expires), own);
	return {};
}

int run_status(int argc, char **argv)
{
	CommonWords words;
	CLI::App app("Show the keys of each role, and when it expires.", "klp-admin keys status");
	add_signing(&app, &words);
	int status;
	if (parse_failed(app, argc, argv, &status))
		return status;
	return status_of(app, show(words));
}

int run_rotate(int argc, char **argv)
{
	CommonWords words;
	Rotation rotation;
	CLI::App app("Replace a key of a role by a new one.", "klp-admin keys rotate");
	app.add_option("ROLE", rotation.role, "root, targets, releases or recalls")
		->required()
		->check(one_of({"root", "targets", "releases", "recalls"}));
	app.add_option("KEYID", rotation.old_keyid, "the key that goes, as 'keys status' has it")
		->required();
	app.add_option("--holder", rotation.holder, "the folder in keys/ that gets the new key")
		->type_name("NAME")
		->required();
	add_signing(&app, &words);
	int status;
	if (parse_failed(app, argc, argv, &status))
		return status;
	return status_of(app, rotate(words, rotation));
}

constexpr Verb verbs[] = {
	{"status", run_status, "show the keys of each role"},
	{"rotate", run_rotate, "replace a key by a new one"},
};

}

int run_keys(int argc, char **argv)
{
	return run_verb("klp-admin keys", verbs, argc, argv);
}
