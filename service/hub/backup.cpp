// SPDX-License-Identifier: LGPL-2.1-or-later
#include "backup.hpp"
#include "../../cli/say.hpp"
#include "../../libklp/file.hpp"
#include "../tuf/durable_folder.hpp"
#include "../tuf/whole_folder.hpp"
#include "archive.hpp"
#include "mirror.hpp"
#include "publication.hpp"

#include <filesystem>

namespace klp::hub {

using tuf::Checked;
using tuf::FaultKind;

namespace {

namespace fs = std::filesystem;

constexpr const char *timestamp = "repository/metadata/timestamp.json";

// Regular files below a folder, as paths below top, without links and the parts of writers.
Checked<> add_files(const std::string &top, const std::string &folder,
		    std::vector<std::string> *paths)
{
	std::error_code error;
	fs::recursive_directory_iterator files(top + "/" + folder, error);
	for (; !error && files != fs::recursive_directory_iterator(); files.increment(error))
		if (fs::is_regular_file(files->symlink_status()) &&
		    files->path().filename() != tuf::DurableFolder::part_name)
			paths->push_back(fs::relative(files->path(), top));
	if (error)
		return tuf::refuse(FaultKind::local, "cannot list '%s/%s': %s", top.c_str(),
				   folder.c_str(), error.message().c_str());
	return {};
}

Checked<> copy(const std::string &from, const std::string &to)
{
	std::error_code error;
	fs::create_directories(fs::path(to).parent_path(), error);
	if (!error)
		fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
	if (error)
		return tuf::refuse(FaultKind::local, "cannot copy '%s' to '%s': %s", from.c_str(),
				   to.c_str(), error.message().c_str());
	return {};
}

// All files of a folder of the hub.
Checked<> copy_folder(const std::string &top, const std::string &name, const std::string &staging)
{
	std::vector<std::string> files;
	TRY(add_files(top, name, &files));
	for (const std::string &file : files)
		TRY(copy(top + "/" + file, staging + "/" + file));
	return {};
}

// Under the database's lock, so that no upload is half there: its metadata without accepted.json,
// which has the rest, would keep its version from being published ever again. The hub itself may
// sign meanwhile, and goes on above whatever versions are there: so the timestamp comes first.
Checked<> copy_metadata(store::Database *database, const std::string &top,
			const std::string &staging)
{
	store::Transaction lock = TRY(store::Transaction::begin(*database));
	for (const char *name : {timestamp, "accepted.json"})
		if (exists(top + "/" + name))
			TRY(copy(top + "/" + name, staging + "/" + name));
	std::vector<std::string> files;
	TRY(add_files(top, "repository/metadata", &files));
	for (const std::string &file : files)
		if (file != timestamp)
			TRY(copy(top + "/" + file, staging + "/" + file));
	return {};
}

// Payloads come last: what the metadata lists was there before it, and stays.
Checked<> gather(const HubFolder &folder, const std::string &staging,
		 std::vector<std::string> *paths)
{
	store::Database database = TRY(folder.open_database());
	const std::string top = folder.path();
	if (exists(top + "/repository/metadata"))
		TRY(copy_metadata(&database, top, staging));
	TRY(database.copy_to(staging + "/hub.db"));
	for (const char *name : {"hub.crt", "hub.key", "hub.json"})
		TRY(copy(top + "/" + name, staging + "/" + name));
	TRY(copy_folder(top, "keys", staging));
	TRY(copy_folder(top, "incoming", staging));
	if (exists(top + "/repository/targets"))
		TRY(copy_folder(top, "repository/targets", staging));
	return add_files(staging, ".", paths);
}

}

Checked<> back_up(const HubFolder &folder, const std::string &archive)
{
	std::string staging = archive + ".folder";
	std::vector<std::string> paths;
	Checked<> done =
		tuf::make_whole_folder(staging, [&](const std::string &unfinished) -> Checked<> {
			TRY(gather(folder, unfinished, &paths));
			return {};
		});
	if (done)
		done = pack(archive, staging, paths);
	std::error_code error;
	fs::remove_all(staging, error);
	if (!done)
		return done;
	if (error)
		return tuf::refuse(FaultKind::local, "cannot remove '%s': %s", staging.c_str(),
				   error.message().c_str());
	return {};
}

Checked<> restore(const std::string &archive, const std::string &path, const std::string &mirror,
		  int64_t now)
{
	return tuf::make_whole_folder(path, [&](const std::string &unfinished) -> Checked<> {
		TRY(unpack(archive, unfinished));
		HubFolder folder(unfinished);
		TRY(folder.open_database());
		for (const char *name : {"repository", "incoming"})
			TRY(tuf::DurableFolder::open(unfinished + "/" + name));
		if (!mirror.empty())
			TRY(add_mirror(folder, mirror));
		say(stderr,
		    "klp-hub restore: %s are those of the backup; later changes of them "
		    "are undone\n",
		    mirror.empty() ? "tiers, tokens and logins" : "tokens and logins");
		std::unique_ptr<Publication> publication =
			TRY(Publication::open(folder, [](const std::string &line) {
				say(stderr, "klp-hub restore: %s\n", line.c_str());
			}));
		// Versions of the second that is over may have been signed, and are not in the
		// archive.
		return publication->renew(now + 1, Publication::Due::all);
	});
}

}
