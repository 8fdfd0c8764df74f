// SPDX-License-Identifier: LGPL-2.1-or-later
#include "workstation.hpp"
#include "../../libklp/file.hpp"
#include "../tuf/durable_folder.hpp"
#include "../tuf/metadata.hpp"

#include <sys/stat.h>

namespace klp::admin {

using protocol::AdminAccess;
using protocol::HubFacts;
using tuf::SigningKey;

static Checked<std::string> text_at(const std::string &path, const char *next_step)
{
	if (!exists(path))
		return tuf::refuse(FaultKind::local, "there is no '%s'; %s", path.c_str(),
				   next_step);
	std::string text = TRY(read_text(path));
	return text;
}

Checked<HubFacts> Workstation::hub() const
{
	std::string text = TRY(text_at(path_ + "/hub.json", "begin with 'klp-admin init'"));
	return protocol::read<HubFacts>(text);
}

Checked<AdminAccess> Workstation::access() const
{
	std::string text = TRY(text_at(path_ + "/access.json", "begin with 'klp-admin login'"));
	return protocol::read<AdminAccess>(text);
}

// The mask is the process's: no other thread runs.
Checked<> Workstation::set_access(const AdminAccess &access) const
{
	mode_t mask = umask(077);
	Checked<tuf::DurableFolder> folder = tuf::DurableFolder::open(path_);
	Result<> written;
	if (folder)
		written = folder->replace("access.json", access.to_json().dump(1, '\t') + "\n");
	umask(mask);
	if (!folder)
		return std::unexpected(folder.error());
	if (!written)
		return std::unexpected(tuf::Fault(written.error()));
	return {};
}

Checked<std::vector<std::string>> Workstation::key_files() const
{
	std::vector<std::string> files, holders;
	if (exists(keys()))
		holders = TRY(list_folder(keys()));
	for (const std::string &holder : holders) {
		std::string folder = keys() + "/" + holder;
		std::vector<std::string> names = TRY(list_folder(folder));
		for (const std::string &name : names)
			if (name.ends_with(".pem"))
				files.push_back(folder + "/" + name);
	}
	return files;
}

Checked<std::vector<SigningKey>>
Workstation::signing_keys(const std::function<Checked<std::string>()> &ask) const
{
	std::vector<SigningKey> keys;
	std::optional<std::string> passphrase;
	std::vector<std::string> files = TRY(key_files());
	for (const std::string &path : files) {
		std::string pem = TRY(read_text(path));
		if (SigningKey::is_encrypted(pem) && !passphrase)
			passphrase = TRY(ask());
		SigningKey key = TRY(SigningKey::from_pem(path, pem, passphrase.value_or("")));
		keys.push_back(std::move(key));
	}
	return keys;
}

Checked<Workstation::Root> Workstation::root() const
{
	std::string bytes = TRY(text_at(metadata() + "/root.json",
					"begin with 'klp-admin init', or copy metadata/ from a "
					"workstation that you trust"));
	tuf::SignedFile file = TRY(tuf::SignedFile::parse("root.json", bytes));
	tuf::Root root = TRY(tuf::Root::parse(file));
	TRY(file.verify(root.authority("root")));
	return Root{std::move(bytes), root.version, file.content().has("klp_trial")};
}

}
