// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../tuf/keys.hpp"
#include "../../cli/command_line.hpp"
#include "../../cli/exit_status.hpp"
#include "../../cli/say.hpp"
#include "../../cli/verbs.hpp"
#include "../tuf/durable_folder.hpp"
#include "online_keys.hpp"
#include "verbs.hpp"

#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

using namespace klp;
using namespace klp::hub;
using tuf::FaultKind;

namespace {

// A hub that runs as another user could not read the new keys, and signs by all or none.
tuf::Checked<> check_owner(const HubFolder &folder)
{
	struct stat facts;
	if (stat(folder.path().c_str(), &facts) != 0)
		return tuf::refuse(FaultKind::local, "cannot look at '%s': %s",
				   folder.path().c_str(), strerror(errno));
	if (facts.st_uid == geteuid())
		return {};
	return tuf::refuse(FaultKind::local,
			   "'%s' belongs to the user %u, and this is %u; run this as the user who "
			   "serves, who could not read the new keys otherwise",
			   folder.path().c_str(), facts.st_uid, geteuid());
}

// hub.json names the new keys once all of them are there.
tuf::Checked<protocol::HubFacts> renew(const HubFolder &folder)
{
	TRY(check_owner(folder));
	protocol::HubFacts facts = TRY(folder.facts());
	TRY(make_online_keys(folder.path() + "/keys", &facts));
	tuf::DurableFolder top = TRY(tuf::DurableFolder::open(folder.path()));
	TRY(top.replace("hub.json", facts.to_json().dump(1, '\t') + "\n"));
	return facts;
}

int run_renew(int argc, char **argv)
{
	std::string path;
	CommandLine app(
		"Make new keys of snapshot, timestamp and tiers. The hub signs with them once "
		"a root and targets name them.",
		"klp-hub keys renew");
	app.add_option("DIR", path, "the hub's folder")->required();
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	umask(077);
	tuf::Checked<protocol::HubFacts> facts = renew(HubFolder(path));
	if (!facts) {
		say(stderr, "klp-hub keys renew: %s\n", facts.error().message.c_str());
		return exit_failed;
	}
	say(stdout,
	    "made new keys; their public parts are in '%s/hub.json':\n"
	    "snapshot %s\n"
	    "timestamp %s\n"
	    "tiers %s\n"
	    "next, where the offline keys are: klp-admin keys rotate --online hub.json\n",
	    path.c_str(), tuf::keyid_of(facts->snapshot).c_str(),
	    tuf::keyid_of(facts->timestamp).c_str(), tuf::keyid_of(facts->tiers).c_str());
	return exit_done;
}

constexpr Verb verbs[] = {
	{"renew", run_renew, "make new keys of the online roles"},
};

}

int run_keys(int argc, char **argv)
{
	return run_verb("klp-hub keys", verbs, argc, argv);
}
