// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../cli/command_line.hpp"
#include "../../cli/exit_status.hpp"
#include "../../cli/say.hpp"
#include "backup.hpp"
#include "verbs.hpp"

#include <ctime>

using namespace klp;
using namespace klp::hub;

static int status_of(const CommandLine &app, const tuf::Checked<> &done)
{
	if (done)
		return exit_done;
	say(stderr, "%s: %s\n", app.name().c_str(), done.error().message.c_str());
	return exit_failed;
}

int run_backup(int argc, char **argv)
{
	std::string folder, archive;
	CommandLine app("Pack all that a hub has, its keys too; the hub may serve meanwhile.",
			"klp-hub backup");
	app.add_option("DIR", folder, "the hub's folder")->required();
	app.add_option("FILE", archive, "the archive, which is not there yet")->required();
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return status_of(app, back_up(HubFolder(folder), archive));
}

int run_restore(int argc, char **argv)
{
	std::string folder, archive, mirror;
	CommandLine app("Make a hub's folder of a backup.", "klp-hub restore");
	app.add_option("FILE", archive, "the archive")->required();
	app.add_option("DIR", folder, "the hub's folder, which is not there yet")->required();
	app.add_option("--mirror", mirror,
		       "a copy of the repository that is newer than the backup: metadata/ and "
		       "targets/")
		->type_name("DIR");
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return status_of(app, restore(archive, folder, mirror, time(nullptr)));
}
