// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../libklp/file.hpp"
#include "session.hpp"
#include "verbs.hpp"

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

// The publishers' roles with the next version, so that they do not expire.
static Checked<> renew(const CommonWords &words)
{
	Session session = TRY(Session::open(words));
	Session::Change change;
	for (const char *role : {"releases", "recalls"})
		TRY(session.edit(&change, role));
	return session.publish(change, "renewal");
}

int run_sign(int argc, char **argv)
{
	CommonWords words;
	std::string draft;
	CLI::App app("Sign a draft, and send it once it has all signatures. Without a draft, sign "
		     "releases and recalls anew, so that they do not expire.",
		     "klp-admin sign");
	app.add_option("DRAFT", draft, "its name in drafts/, or the path of a file");
	add_signing(&app, &words);
	int status;
	if (parse_failed(app, argc, argv, &status))
		return status;
	return status_of(app, draft.empty() ? renew(words) : sign(words, draft));
}
