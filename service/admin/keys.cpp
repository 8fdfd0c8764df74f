// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../cli/exit_status.hpp"
#include "../../cli/say.hpp"
#include "../../cli/verbs.hpp"
#include "dates.hpp"
#include "rotation.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <ctime>
#include <sys/stat.h>

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

// The hub signs its roles by itself.
std::string until(const std::string &role, int64_t expires)
{
	std::string words = "expires " + tuf::time_text(expires);
	if (role != "tiers" && expires_soon(role, expires, time(nullptr)))
		words += ": soon; sign it anew with 'klp-admin sign'";
	return words;
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
	show_role("root", view->root().roles.at("root"), until("root", view->root().expires), own);
	show_role("targets", view->root().roles.at("targets"),
		  until("targets", view->top().expires), own);
	show_role("snapshot", view->root().roles.at("snapshot"), "signed by the hub", own);
	show_role("timestamp", view->root().roles.at("timestamp"), "signed by the hub", own);
	const std::pair<const char *, const tuf::Targets &> delegated[] = {
		{"releases", view->releases()},
		{"recalls", view->recalls()},
		{"tiers", view->tiers()}};
	for (const auto &[name, targets] : delegated)
		for (const tuf::DelegatedRole &role : view->top().delegations->roles)
			if (role.name == name)
				show_role(name, role.role, until(name, targets.expires), own);
	return {};
}

int run_status(int argc, char **argv)
{
	CommonWords words;
	CommandLine app("Show the keys of each role, and when it expires.",
			"klp-admin keys status");
	add_signing(&app, &words);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return status_of(app, show(words));
}

int run_rotate(int argc, char **argv)
{
	CommonWords words;
	Rotation rotation;
	std::string hub;
	CommandLine app(
		"Replace a key of a role by a new one, or all keys of the hub by those of its "
		"hub.json.",
		"klp-admin keys rotate");
	CommandLineOption *online =
		app.add_option("--online", hub,
			       "hub.json of 'klp-hub keys renew': the keys of snapshot, timestamp "
			       "and tiers")
			->type_name("FILE");
	CommandLineOption *role =
		app.add_option("ROLE", rotation.role, "root, targets, releases or recalls")
			->check(one_of({"root", "targets", "releases", "recalls"}))
			->excludes(online);
	CommandLineOption *keyid = app.add_option("KEYID", rotation.old_keyid,
						  "the key that goes, as 'keys status' has it");
	CommandLineOption *holder = app.add_option("--holder", rotation.holder,
						   "the folder in keys/ that gets the new key")
					    ->type_name("NAME");
	role->needs(keyid)->needs(holder);
	keyid->needs(role);
	holder->needs(role);
	add_signing(&app, &words);
	add_no_passphrase(&app, &words);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	if (!role->is_given() && !online->is_given()) {
		say(stderr, "klp-admin keys rotate: expected ROLE KEYID --holder NAME, or "
			    "--online FILE\n");
		return exit_usage;
	}
	umask(077);
	return status_of(app,
			 online->is_given() ? rotate_online(words, hub) : rotate(words, rotation));
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
