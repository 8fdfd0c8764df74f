// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../cli/exit_status.hpp"
#include "../../cli/say.hpp"
#include "../../libklp/file.hpp"
#include "../admin/ceremony.hpp"
#include "../protocol/token.hpp"
#include "give_access.hpp"
#include "publication.hpp"
#include "serving.hpp"
#include "verbs.hpp"

#include <ctime>

using namespace klp;
using namespace klp::hub;
using tuf::Checked;

namespace {

constexpr int64_t year = 365 * 24 * 3600; // seconds

struct Words {
	Serving serving;
	std::string address = "https://127.0.0.1:8443";
};

// Two keys of root and targets, of which one signs: the second is a backup.
Checked<> hold_trial_ceremony(const admin::Workstation &station, const protocol::HubFacts &hub)
{
	admin::Ceremony ceremony;
	ceremony.holders = 2;
	ceremony.threshold = 1;
	ceremony.is_trial = true;
	return admin::hold_ceremony(station.path(), hub, ceremony, time(nullptr));
}

void tell(const std::string &line)
{
	say(stderr, "klp-hub: %s\n", line.c_str());
}

Checked<> publish_first(const HubFolder &folder, const admin::Workstation &station)
{
	std::string draft = station.drafts() + "/first.json";
	if (exists(folder.repository() + "/metadata/timestamp.json"))
		return {};
	std::string text = TRY(read_text(draft));
	protocol::Upload upload = TRY(protocol::read<protocol::Upload>(text));
	std::unique_ptr<Publication> publication = TRY(Publication::open(folder, tell));
	TRY(publication->upload(upload, time(nullptr), []() -> Checked<> { return {}; }));
	return {};
}

// The person is on the hub's machine, which need not know the name that machines use.
std::optional<std::string> reach_of(const Words &words)
{
	std::string local = "https://" + words.serving.listen;
	if (local == words.address || !protocol::is_hub_address(local))
		return std::nullopt;
	return local;
}

Checked<> log_in(const HubFolder &folder, const admin::Workstation &station, const Words &words)
{
	protocol::AdminAccess access;
	if (exists(station.path() + "/access.json"))
		access = TRY(station.access());
	else
		access = TRY(give_access(folder, {"trial", protocol::AdminRole::publisher}, year,
					 time(nullptr)));
	access.reach = reach_of(words);
	return station.set_access(access);
}

// Each step that is done already is left out, so that a trial that was stopped goes on.
Checked<> make_trial(const Words &words)
{
	HubFolder folder(words.serving.folder);
	if (!exists(folder.path()))
		TRY(HubFolder::make(folder.path(), words.address, time(nullptr)));
	protocol::HubFacts facts = TRY(folder.facts());
	admin::Workstation station(folder.path() + "/admin");
	if (!exists(station.path()))
		TRY(hold_trial_ceremony(station, facts));
	TRY(publish_first(folder, station));
	return log_in(folder, station, words);
}

Checked<> trial(const Words &words)
{
	TRY(make_trial(words));
	return serve(words.serving, [&](uint16_t) {
		say(stderr,
		    "this is a trial: whoever reads '%s' can put code into each machine that "
		    "attaches\n"
		    "  export KLP_ADMIN_FOLDER=%s/admin\n"
		    "  klp-admin patch publish MODULE --untested\n"
		    "  klp-admin patch promote 1 stable\n"
		    "  klp-admin token create\n",
		    words.serving.folder.c_str(), words.serving.folder.c_str());
	});
}

}

int run_trial(int argc, char **argv)
{
	Words words;
	words.serving.listen = "127.0.0.1:8443";
	CommandLine app("Make a hub with all offline keys beside it, and serve it: to see how it "
			"works, not for machines that matter.",
			"klp-hub trial");
	app.add_option("DIR", words.serving.folder, "the folder; made if it is not there")
		->required();
	app.add_option("--address", words.address, "the hub as machines reach it")
		->type_name("URL")
		->capture_default_str();
	add_options(&app, &words.serving);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	Checked<> done = trial(words);
	if (done)
		return exit_done;
	say(stderr, "klp-hub trial: %s\n", done.error().message.c_str());
	return exit_failed;
}
