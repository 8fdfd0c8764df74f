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

static bool has_key_of(const tuf::Role &role, const std::vector<tuf::SigningKey> &keys)
{
	return std::ranges::any_of(keys, [&](const tuf::SigningKey &key) {
		return std::ranges::find(role.keyids, key.keyid()) != role.keyids.end();
	});
}

// Root and targets, shortly before they expire. A draft of its own: the keys of holders are mostly
// elsewhere, and the publishers' roles do not wait for them.
static Checked<> renew_of_holders(const CommonWords &words, Session *session)
{
	RepositoryView *view = TRY(session->view());
	const std::pair<const char *, int64_t> roles[] = {{"root", view->root().expires},
							  {"targets", view->top().expires}};
	Session::Change change;
	for (const auto &[role, expires] : roles) {
		if (!expires_soon(role, expires, time(nullptr)))
			continue;
		std::vector<tuf::SigningKey> keys =
			TRY(session->station().signing_keys([&] { return passphrase_of(words); }));
		if (has_key_of(view->root().roles.at(role), keys))
			TRY(session->edit(&change, role));
		else
			say(stderr,
			    "%s.json expires at %s; a holder of its keys signs it anew with "
			    "'klp-admin sign'\n",
			    role, tuf::time_text(expires).c_str());
	}
	return change.contents.empty() ? Checked<>() : session->publish(change, "renewal-holders");
}

// The publishers' roles with the next version, so that they do not expire.
static Checked<> renew(const CommonWords &words)
{
	Session session = TRY(Session::open(words));
	Session::Change change;
	for (const char *role : {"releases", "recalls"})
		TRY(session.edit(&change, role));
	TRY(session.publish(change, "renewal"));
	return renew_of_holders(words, &session);
}

int run_sign(int argc, char **argv)
{
	CommonWords words;
	std::string draft;
	CLI::App app("Sign a draft, and send it once it has all signatures. Without a draft, sign "
		     "releases and recalls anew, so that they do not expire, and root and targets "
		     "where that is due.",
		     "klp-admin sign");
	app.add_option("DRAFT", draft, "its name in drafts/, or the path of a file");
	add_signing(&app, &words);
	int status;
	if (parse_failed(app, argc, argv, &status))
		return status;
	return status_of(app, draft.empty() ? renew(words) : sign(words, draft));
}
