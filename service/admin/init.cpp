// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../cli/exit_status.hpp"
#include "../../cli/say.hpp"
#include "../../libklp/file.hpp"
#include "../tuf/whole_folder.hpp"
#include "ceremony.hpp"
#include "session.hpp"
#include "verbs.hpp"

#include <ctime>

using namespace klp;
using namespace klp::admin;

namespace {

struct Words {
	CommonWords common;
	std::string hub;
	Ceremony ceremony;
};

Checked<> init(Words *words)
{
	std::string text = TRY(read_text(words->hub));
	protocol::HubFacts hub = TRY(protocol::read<protocol::HubFacts>(text));
	TRY(tuf::check_is_new(words->common.folder));
	words->ceremony.passphrase = TRY(new_passphrase(words->common));
	TRY(hold_ceremony(words->common.folder, hub, words->ceremony, time(nullptr)));
	say(stdout,
	    "made the keys in '%s/keys', %s\n"
	    "root and targets: %zu of %zu holders sign; releases: %zu of %zu publishers\n"
	    "next: klp-admin login, with the login string that 'klp-hub access' prints; then\n"
	    "klp-admin sign first; then take each holder's folder to a place of its own\n",
	    words->common.folder.c_str(),
	    words->ceremony.passphrase.empty() ? "in the clear: who copies them can sign"
					       : "encrypted",
	    words->ceremony.threshold, words->ceremony.holders, words->ceremony.publisher_threshold,
	    words->ceremony.publishers);
	return {};
}

}

int run_init(int argc, char **argv)
{
	Words words;
	CommandLine app("Make the offline keys of a hub, and sign its first metadata.",
			"klp-admin init");
	add_folder(&app, &words.common);
	app.add_option("--hub", words.hub, "hub.json, which 'klp-hub init' made")
		->type_name("FILE")
		->required();
	auto count = [&](const char *name, size_t *value, const char *help) {
		app.add_option(name, *value, help)
			->type_name("N")
			->check(number_between(1, 16, "keys"))
			->capture_default_str();
	};
	count("--holders", &words.ceremony.holders, "holders of the keys of root and targets");
	count("--threshold", &words.ceremony.threshold, "holders who have to sign");
	count("--publishers", &words.ceremony.publishers, "publishers with a key of releases");
	count("--publisher-threshold", &words.ceremony.publisher_threshold,
	      "publishers who have to sign");
	CommandLineOption *file =
		app.add_option("--passphrase-file", words.common.passphrase_file,
			       "encrypt the keys with the first line of this file; "
			       "else the passphrase is asked for")
			->type_name("FILE");
	add_no_passphrase(&app, &words.common)->excludes(file);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return status_of(app, init(&words));
}
