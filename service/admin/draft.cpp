// SPDX-License-Identifier: LGPL-2.1-or-later
#include "draft.hpp"
#include "../protocol/keyids.hpp"

#include <algorithm>

namespace klp::admin {

using nlohmann::json;
using protocol::Upload;
using tuf::Authority;
using tuf::SignedFile;
using tuf::SigningKey;

namespace {

// A role's authorities, with what they refer to.
struct Authorities {
	std::optional<tuf::Root> new_root;
	std::optional<tuf::Targets> new_top;
	const tuf::Root *root;
	const tuf::Targets *top;

	static Checked<Authorities> of(const Upload &upload, const Signers &signers)
	{
		Authorities all = {{}, {}, signers.root, signers.top};
		for (const Upload::File &file : upload.files) {
			SignedFile parsed = TRY(SignedFile::parse(file.role + ".json", file.bytes));
			if (file.role == "root")
				all.new_root = TRY(tuf::Root::parse(parsed));
			if (file.role == "targets")
				all.new_top = TRY(tuf::Targets::parse(parsed));
		}
		return all;
	}

	// Each of them has to be met: a new root needs the keys of the old one, too.
	std::vector<Authority> of_role(const std::string &role) const
	{
		std::vector<Authority> list;
		const tuf::Root &current = new_root ? *new_root : *root;
		if (role == "root")
			list = {root->authority("root"), current.authority("root")};
		else if (role == "targets")
			list = {current.authority("targets")};
		const tuf::Targets *delegator = new_top ? &*new_top : top;
		if (list.empty() && delegator && delegator->delegations)
			for (const tuf::DelegatedRole &delegated : delegator->delegations->roles)
				if (delegated.name == role)
					list.push_back(
						{&delegator->delegations->keys, &delegated.role});
		return list;
	}
};

bool has_key(const std::vector<Authority> &authorities, const SigningKey &key)
{
	return std::ranges::any_of(authorities, [&](const Authority &authority) {
		return std::ranges::find(authority.role->keyids, key.keyid()) !=
		       authority.role->keyids.end();
	});
}

}

Checked<> sign_with(Upload *upload, const std::vector<SigningKey> &keys, const Signers &signers)
{
	Authorities authorities = TRY(Authorities::of(*upload, signers));
	size_t added = 0;
	for (Upload::File &file : upload->files)
		for (const SigningKey &key : keys) {
			if (!has_key(authorities.of_role(file.role), key))
				continue;
			file.bytes = TRY(tuf::add_signature(file.role + ".json", file.bytes, key));
			added++;
		}
	if (added == 0)
		return tuf::refuse(FaultKind::local,
				   "no key in keys/ may sign this; bring the holder's key");
	return {};
}

Checked<std::vector<std::string>> missing_signatures(const Upload &upload, const Signers &signers)
{
	Authorities authorities = TRY(Authorities::of(upload, signers));
	std::vector<std::string> missing;
	for (const Upload::File &file : upload.files) {
		SignedFile parsed = TRY(SignedFile::parse(file.role + ".json", file.bytes));
		std::vector<Authority> list = authorities.of_role(file.role);
		if (list.empty())
			return tuf::refuse(FaultKind::mixed, "nobody may sign a role '%s'",
					   file.role.c_str());
		for (const Authority &authority : list) {
			Checked<> verified = parsed.verify(authority);
			if (!verified)
				missing.push_back(verified.error().message);
		}
	}
	return missing;
}

Checked<> check_form(const Upload &upload)
{
	for (const Upload::File &file : upload.files) {
		SignedFile parsed = TRY(SignedFile::parse(file.role + ".json", file.bytes));
		if (file.role == "root")
			TRY(tuf::Root::parse(parsed));
		else
			TRY(tuf::Targets::parse(parsed));
		TRY(protocol::check_keyids(parsed));
	}
	return {};
}

namespace {

std::string words_on_target(const json &target)
{
	std::string words = std::to_string(target.value("length", int64_t{0})) + " bytes, sha256 " +
			    target.value("hashes", json::object()).value("sha256", "(none)");
	if (target.contains("custom") && target["custom"].contains("version"))
		words += ", version " + target["custom"]["version"].dump();
	return words;
}

// Members of two objects, by name.
void compare_members(const std::string &what, const json &before, const json &after,
		     const std::function<std::string(const json &)> &words,
		     std::vector<std::string> *lines)
{
	for (const auto &[name, value] : after.items()) {
		if (!before.contains(name))
			lines->push_back("+ " + what + name + ": " + words(value));
		else if (before[name] != value)
			lines->push_back("~ " + what + name + ": " + words(value));
	}
	for (const auto &[name, value] : before.items())
		if (!after.contains(name))
			lines->push_back("- " + what + name);
}

// The roles of a root or of delegations, by name, each with its keyids and threshold.
json roles_in(const json &content)
{
	if (content.contains("roles"))
		return content["roles"];
	json roles = json::object();
	if (content.contains("delegations"))
		for (const json &role : content["delegations"].value("roles", json::array()))
			roles[role["name"].get<std::string>()] = role;
	return roles;
}

}

std::vector<std::string> differences(const std::string &role, const json &before, const json &after)
{
	std::vector<std::string> lines;
	const json none = json::object();
	lines.push_back(role + ".json: version " +
			(before.contains("version") ? before["version"].dump() : "0") + " → " +
			after["version"].dump() + ", expires " + after.value("expires", "?"));
	compare_members("", before.contains("targets") ? before["targets"] : none,
			after.contains("targets") ? after["targets"] : none, words_on_target,
			&lines);
	compare_members(
		"role ", roles_in(before), roles_in(after),
		[](const json &value) {
			const json keyids = value.value("keyids", json::array());
			return value.value("threshold", json()).dump() + " of " +
			       std::to_string(keyids.size()) + " keys " + keyids.dump();
		},
		&lines);
	return lines;
}

std::vector<std::string> document_differences(const json &before, const json &after)
{
	std::vector<std::string> lines;
	// flatten() makes a value of an empty object.
	compare_members(
		"  ", before.empty() ? json::object() : before.flatten(), after.flatten(),
		[](const json &value) { return value.dump(); }, &lines);
	return lines;
}

}
