// SPDX-License-Identifier: LGPL-2.1-or-later
#include "public_status.hpp"
#include "../../cli/exit_status.hpp"

#include <cerrno>
#include <cstring>
#include <sys/stat.h>

namespace klp::agent {

using nlohmann::json;
using tuf::DurableFolder;
using tuf::FaultKind;

static constexpr const char *status_name = "status.json";

json PublicStatus::to_json() const
{
	const Said &said = journal->said;
	json document = {{"schema", schema},
			 {"boot_id", machine->boot_id},
			 {"time", time},
			 {"kernel", protocol::to_json(machine->kernel)},
			 {"verdict", protocol::verdict_words[static_cast<size_t>(said.verdict)]},
			 {"exit_status", exit_status_of(said.verdict)},
			 {"reason", said.reason},
			 {"refused", protocol::to_json(said.refused)},
			 {"held", json::array()},
			 {"failed", json::array()},
			 {"hub", identity->hub},
			 {"tier", tier},
			 {"repository", journal->news.state},
			 {"next_round", journal->next_round},
			 {"reattach", journal->is_clone}};
	if (!journal->news.message.empty())
		document["repository_message"] = journal->news.message;
	if (journal->news.refreshed > 0)
		document["refreshed"] = journal->news.refreshed;
	if (!said.notices.empty())
		document["notices"] = said.notices;
	if (record) {
		document["held"] = protocol::to_json(record->held);
		document["failed"] = protocol::to_json(record->failed);
	}
	if (active)
		document["patch"] = {{"version", active->patch.version},
				     {"module", active->patch.module},
				     {"since", active->since},
				     {"committed", active->is_committed}};
	return document;
}

// Others read the file by its name. They cannot open the folder: who can, can lock it.
static Checked<> make_run_folder(const std::string &path)
{
	constexpr mode_t mode = 0711;
	if (mkdir(path.c_str(), mode) != 0 && errno != EEXIST)
		return tuf::refuse(FaultKind::local, "cannot make '%s': %s", path.c_str(),
				   strerror(errno));
	if (chmod(path.c_str(), mode) != 0)
		return tuf::refuse(FaultKind::local, "cannot set the mode of '%s': %s",
				   path.c_str(), strerror(errno));
	return {};
}

// The mask is the process's: no other thread makes files.
Checked<> write_status(const Places &places, const PublicStatus &status)
{
	TRY(make_run_folder(places.run));
	mode_t mask = umask(022);
	Result<DurableFolder> folder = DurableFolder::open(places.run);
	Result<> written;
	if (folder)
		written = folder->replace(status_name, status.to_json().dump(1, '\t') + "\n");
	umask(mask);
	if (!folder)
		return std::unexpected(tuf::Fault(folder.error()));
	if (!written)
		return std::unexpected(tuf::Fault(written.error()));
	return {};
}

Checked<> remove_status(const Places &places)
{
	std::string path = places.run + "/" + status_name;
	if (unlink(path.c_str()) != 0 && errno != ENOENT)
		return tuf::refuse(FaultKind::local, "cannot remove '%s': %s", path.c_str(),
				   strerror(errno));
	return {};
}

const char *words_of(Verdict verdict)
{
	switch (verdict) {
	case Verdict::ok:
		return "OK";
	case Verdict::waiting:
		return "WAITING";
	case Verdict::at_risk:
		return "AT RISK";
	case Verdict::reboot_required:
		return "REBOOT REQUIRED";
	case Verdict::not_covered:
		return "NOT COVERED";
	case Verdict::off:
		return "OFF";
	case Verdict::unknown:
		break;
	}
	return "UNKNOWN";
}

int exit_status_of(Verdict verdict)
{
	switch (verdict) {
	case Verdict::ok:
	case Verdict::waiting:
		return exit_done;
	case Verdict::at_risk:
	case Verdict::reboot_required:
	case Verdict::not_covered:
	case Verdict::off:
		return exit_changed;
	case Verdict::unknown:
		break;
	}
	return exit_undecided;
}

}
