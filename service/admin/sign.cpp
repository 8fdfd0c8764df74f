// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../cli/say.hpp"
#include "../../libklp/file.hpp"
#include "dates.hpp"
#include "session.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <ctime>

using namespace klp;
using namespace klp::admin;

// A name is that of a draft in drafts/; a path is a file that another publisher began.
static Checked<> sign(const CommonWords &words, const std::string &draft)
{
	Session session = TRY(Session::open(words));
	bool is_path = draft.find('/') != std::string::npos;
	std::string path = is_path ? draft : session.station().drafts() + "/" + draft + ".json";
	std::vector<std::byte> bytes = TRY(read_bytes(path, protocol::Upload::largest));
	protocol::Upload upload = TRY(protocol::read<protocol::Upload>(
		{reinterpret_cast<const char *>(bytes.data()), bytes.size()}));
	std::string name = path.substr(path.rfind('/') + 1);
	return session.sign_and_send(std::move(upload), name.substr(0, name.rfind(".json")));
}

// By what root and targets say.
static Checked<const tuf::Role *> role_named(RepositoryView *view, const std::string &name)
{
	auto of_root = view->root().roles.find(name);
	if (of_root != view->root().roles.end())
		return &of_root->second;
	if (view->top().delegations)
		for (const tuf::DelegatedRole &delegated : view->top().delegations->roles)
			if (delegated.name == name)
				return &delegated.role;
	return tuf::refuse(FaultKind::not_listed, "targets.json: delegates to no role '%s'",
			   name.c_str());
}

static Checked<bool> has_key_of(Session *session, const char *name)
{
	RepositoryView *view = TRY(session->view());
	const tuf::Role *role = TRY(role_named(view, name));
	const std::vector<tuf::SigningKey> *keys = TRY(session->keys());
	return std::ranges::any_of(*keys, [&](const tuf::SigningKey &key) {
		return std::ranges::find(role->keyids, key.keyid()) != role->keyids.end();
	});
}

// Root and targets, shortly before they expire. A draft of its own: the keys of holders are mostly
// elsewhere, and the publishers' roles do not wait for them.
static Checked<> renew_of_holders(Session *session)
{
	RepositoryView *view = TRY(session->view());
	const std::pair<const char *, int64_t> roles[] = {{"root", view->root().expires},
							  {"targets", view->top().expires}};
	Session::Change change;
	for (const auto &[role, expires] : roles) {
		if (!expires_soon(role, expires, time(nullptr)))
			continue;
		bool has_key = TRY(has_key_of(session, role));
		if (has_key)
			TRY(session->edit(&change, role));
		else
			say(stderr,
			    "%s.json expires at %s; a holder of its keys signs it anew with "
			    "'klp-admin sign'\n",
			    role, tuf::time_text(expires).c_str());
	}
	return change.contents.empty() ? Checked<>() : session->publish(change, "renewal-holders");
}

static Checked<> check_has_a_key(Session *session)
{
	for (const char *role : {"root", "targets", "releases", "recalls"}) {
		bool has_key = TRY(has_key_of(session, role));
		if (has_key)
			return {};
	}
	return tuf::refuse(FaultKind::local,
			   "no key in '%s' is of root, targets, releases or recalls; bring the "
			   "folder of a holder or of a publisher",
			   session->station().keys().c_str());
}

// The publishers' roles with the next version, so that they do not expire.
static Checked<> renew_of_publishers(Session *session)
{
	Session::Change change;
	for (const char *role : {"releases", "recalls"}) {
		bool has_key = TRY(has_key_of(session, role));
		if (has_key)
			TRY(session->edit(&change, role));
		else
			say(stderr, "%s.json is not signed anew: no key in keys/ is of this role\n",
			    role);
	}
	return change.contents.empty() ? Checked<>() : session->publish(change, "renewal");
}

static Checked<> renew(const CommonWords &words)
{
	Session session = TRY(Session::open(words));
	TRY(check_has_a_key(&session));
	TRY(renew_of_publishers(&session));
	return renew_of_holders(&session);
}

int run_sign(int argc, char **argv)
{
	CommonWords words;
	std::string draft;
	CommandLine app(
		"Sign a draft, and send it once it has all signatures. Without a draft, sign "
		"releases and recalls anew, so that they do not expire, and root and targets "
		"where that is due: those that a key here is of.",
		"klp-admin sign");
	app.add_option("DRAFT", draft, "its name in drafts/, or the path of a file");
	add_signing(&app, &words);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return status_of(app, draft.empty() ? renew(words) : sign(words, draft));
}
