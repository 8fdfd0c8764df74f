// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent_state.hpp"
#include "../../libklp/file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <set>
#include <sys/file.h>
#include <sys/stat.h>

namespace klp::agent {

using tuf::DurableFolder;
using tuf::FaultKind;

namespace {

constexpr const char *identity_name = "identity.json", *journal_name = "journal.json";
constexpr size_t largest_file = 1 << 20; // bytes

// Others may see whether the machine is attached, and nothing else.
Checked<> make_folder(const std::string &path)
{
	if (mkdir(path.c_str(), 0711) != 0 && errno != EEXIST)
		return tuf::refuse(FaultKind::local, "cannot make '%s': %s", path.c_str(),
				   strerror(errno));
	if (chmod(path.c_str(), 0711) != 0)
		return tuf::refuse(FaultKind::local, "cannot change '%s': %s", path.c_str(),
				   strerror(errno));
	return {};
}

Checked<UniqueFd> take_lock(const std::string &path)
{
	UniqueFd fd = TRY(open_file(path, O_RDWR | O_CREAT));
	while (flock(fd.get(), LOCK_EX) != 0)
		if (errno != EINTR)
			return tuf::refuse(FaultKind::local, "cannot lock '%s': %s", path.c_str(),
					   strerror(errno));
	return fd;
}

Checked<> remove_file(const std::string &path)
{
	if (unlink(path.c_str()) != 0 && errno != ENOENT)
		return tuf::refuse(FaultKind::local, "cannot remove '%s': %s", path.c_str(),
				   strerror(errno));
	return {};
}

// A T, or nothing where there is no file.
template <class T>
Checked<std::optional<T>> read_file(const DurableFolder &folder, const char *name)
{
	std::optional<std::string> text = TRY(folder.read(name, largest_file));
	if (!text)
		return std::nullopt;
	nlohmann::json document = TRY(tuf::read_json(name, *text));
	T value = TRY(T::parse(document));
	return value;
}

}

Checked<AgentState> AgentState::open(const Places &places)
{
	TRY(make_folder(places.state));
	UniqueFd lock = TRY(take_lock(places.state + "/lock"));
	DurableFolder folder = TRY(DurableFolder::open(places.state));
	AgentState state(places, std::move(lock), std::move(folder));
	state.identity = TRY(read_file<Identity>(state.folder_, identity_name));
	state.stored_identity_ = state.identity;
	std::optional<Journal> journal = TRY(read_file<Journal>(state.folder_, journal_name));
	if (journal)
		state.journal = std::move(*journal);
	return state;
}

Checked<> AgentState::save_journal()
{
	TRY(folder_.replace(journal_name, journal.to_json().dump(1, '\t') + "\n"));
	return {};
}

Checked<> AgentState::save_identity()
{
	if (identity == stored_identity_)
		return {};
	TRY(folder_.replace(identity_name, identity->to_json().dump(1, '\t') + "\n"));
	stored_identity_ = identity;
	return {};
}

Checked<> AgentState::remove_other_patches()
{
	std::set<std::string> wanted;
	for (const KernelRecord &record : journal.kernels) {
		if (record.committed)
			wanted.insert(record.committed->patch.file);
		if (record.attempt)
			wanted.insert(record.attempt->patch.file);
		if (record.uncommitted)
			wanted.insert(record.uncommitted->patch.file);
	}
	std::vector<std::string> names = TRY(list_folder(places.patches()));
	for (const std::string &name : names)
		if (!wanted.contains(name))
			TRY(remove_file(places.patches() + "/" + name));
	return {};
}

Checked<> AgentState::forget_identity()
{
	identity.reset();
	stored_identity_.reset();
	return remove_file(places.state + "/" + identity_name);
}

}
