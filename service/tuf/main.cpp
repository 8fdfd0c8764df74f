// SPDX-License-Identifier: LGPL-2.1-or-later
// klp-tuf: the command line of the public conformance suite for clients of TUF (CLIENT-CLI.md of
// theupdateframework/tuf-conformance). It alone speaks plain HTTP, since that suite does.
#include "../../cli/command_line.hpp"
#include "../../cli/exit_status.hpp"
#include "../../cli/guarded.hpp"
#include "../../cli/say.hpp"
#include "../../libklp/file.hpp"
#include "client.hpp"
#include "http_transport.hpp"

#include <ctime>

using namespace klp;
using namespace klp::tuf;

namespace {

struct Words {
	std::string command, trusted_root;
	std::string metadata_folder, metadata_url, target_folder, targets_url;
	std::vector<std::string> targets;
};

Checked<> init(const Words &words)
{
	DurableFolder metadata = TRY(DurableFolder::open(words.metadata_folder));
	std::vector<std::byte> root = TRY(read_bytes(words.trusted_root, Client::Limits().root));
	return trust_root(metadata, {reinterpret_cast<const char *>(root.data()), root.size()});
}

Checked<> update(const Words &words)
{
	DurableFolder metadata = TRY(DurableFolder::open(words.metadata_folder));
	HttpTransport transport =
		TRY(HttpTransport::make(HttpTransport::Schemes::http_and_https,
					HttpTransport::Limits(), version_of("klp-tuf")));
	Client client = TRY(Client::refresh(metadata, transport, words.metadata_url, time(nullptr),
					    Client::Limits()));
	if (words.command == "refresh")
		return {};
	DurableFolder folder = TRY(DurableFolder::open(words.target_folder));
	for (const std::string &path : words.targets) {
		Target target = TRY(client.find(path));
		TRY(client.download(path, target, words.targets_url, folder));
	}
	return {};
}

// The name of an option that the command needs and does not have; "" if it has all.
std::string missing_word(const Words &words)
{
	if (words.metadata_folder.empty())
		return "--metadata-dir";
	if (words.command == "init")
		return words.trusted_root.empty() ? "TRUSTED_ROOT" : "";
	if (!words.trusted_root.empty())
		return "no TRUSTED_ROOT";
	if (words.metadata_url.empty())
		return "--metadata-url";
	if (words.command == "refresh")
		return "";
	if (words.targets.empty())
		return "--target-name";
	if (words.targets_url.empty())
		return "--target-base-url";
	return words.target_folder.empty() ? "--target-dir" : "";
}

int run(int argc, char **argv)
{
	Words words;
	CommandLine app(
		"Read a repository of The Update Framework, as its conformance suite asks for.",
		"klp-tuf");
	app.add_option("COMMAND", words.command, "init, refresh or download")
		->required()
		->check(one_of({"init", "refresh", "download"}));
	app.add_option("TRUSTED_ROOT", words.trusted_root,
		       "init: the file that has the first root");
	app.add_option("--metadata-dir", words.metadata_folder, "the folder of trusted metadata")
		->type_name("DIR");
	app.add_option("--metadata-url", words.metadata_url,
		       "where the repository has its metadata")
		->type_name("URL");
	app.add_option("--target-name", words.targets, "the path of a target; may be repeated")
		->type_name("PATH")
		->one_value_each();
	app.add_option("--target-base-url", words.targets_url,
		       "where the repository has its targets")
		->type_name("URL");
	app.add_option("--target-dir", words.target_folder, "the folder for targets")
		->type_name("DIR");
	int status;
	// The suite knows 0 and 1 only.
	if (app.parse_failed(argc, argv, &status))
		return status == exit_done ? exit_done : exit_failed;
	std::string missing = missing_word(words);
	if (!missing.empty()) {
		say(stderr, "klp-tuf: %s needs %s; see 'klp-tuf --help'\n", words.command.c_str(),
		    missing.c_str());
		return exit_failed;
	}
	Checked<> done = words.command == "init" ? init(words) : update(words);
	if (done)
		return exit_done;
	say(stderr, "klp-tuf: refused (%s): %s\n", word_of(done.error().kind),
	    done.error().message.c_str());
	return exit_failed;
}

}

int main(int argc, char **argv)
{
	return guarded("klp-tuf", exit_failed, "", [&] { return run(argc, argv); });
}
