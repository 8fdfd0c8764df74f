// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../cli/say.hpp"
#include "../protocol/admin_lists.hpp"
#include "cut_list.hpp"
#include "session.hpp"
#include "verbs.hpp"

using namespace klp;
using namespace klp::admin;

static Checked<> show(const CommonWords &words)
{
	Session session = TRY(Session::open(words));
	protocol::Audit audit = TRY(session.get<protocol::Audit>("/v1/admin/audit"));
	for (const protocol::Audit::Entry &entry : audit.entries)
		say(stdout, "%s %s: %s: %s\n", tuf::time_text(entry.time).c_str(),
		    entry.actor.c_str(), entry.action.c_str(), entry.subject.c_str());
	say_if_cut(audit.entries.size(), "changes");
	return {};
}

int run_audit(int argc, char **argv)
{
	CommonWords words;
	CommandLine app("Show who changed what, the newest first.", "klp-admin audit");
	add_folder(&app, &words);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return status_of(app, show(words));
}
