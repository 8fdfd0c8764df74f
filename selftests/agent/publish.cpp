// SPDX-License-Identifier: LGPL-2.1-or-later
// Publishes a hub's repository as klp-admin and the hub would, with keys in KEYS:
// klp-agent-publish REPOSITORY KEYS < DOCUMENT. The document has all that is then published:
//
//	{"targets": [{"path": "kernels/...", "document": {...}},
//	             {"path": "patches/...", "file": "x.ko", "custom": {...}}],
//	 "expires": {"recalls": 1700000000}}
//
// Each target goes to the role whose path it is.
#include "../../cli/say.hpp"
#include "../../libklp/file.hpp"
#include "../../service/protocol/roles.hpp"
#include "../tuf/signing.hpp"

#include <algorithm>
#include <iostream>
#include <iterator>

using namespace klp;
using namespace klp::tuf;
using namespace klp::tuf::test;
using nlohmann::json;

namespace {

using OneRole = protocol::DelegatedPaths;

Checked<SigningKey> key(DurableFolder *keys, const std::string &role)
{
	return key_of(keys, role, SigningKey::Kind::ed25519);
}

Checked<> add_top(RepositoryWriter *writer, DurableFolder *keys)
{
	SigningKey root = TRY(key(keys, "root"));
	SigningKey top = TRY(key(keys, "targets"));
	SigningKey online = TRY(key(keys, "online"));
	TRY(add_root(writer, root, top, online));
	std::vector<SigningKey> role_keys;
	const std::vector<OneRole> &roles = protocol::delegated_paths();
	for (const OneRole &role : roles) {
		SigningKey own = TRY(key(keys, role.role));
		role_keys.push_back(std::move(own));
	}
	std::vector<Delegation> delegations;
	for (size_t i = 0; i < roles.size(); i++)
		delegations.push_back(
			{roles[i].role, {{&role_keys[i].public_key()}, 1}, roles[i].paths, true});
	std::string targets = TRY(signed_by(targets_content(1, expires, delegations), top));
	return writer->add_targets_metadata("targets", targets);
}

Checked<std::string> bytes_of(const json &target)
{
	if (!target.contains("file"))
		return target["document"].dump();
	std::vector<std::byte> bytes = TRY(read_bytes(target["file"].get<std::string>(), 64 << 20));
	return std::string(reinterpret_cast<const char *>(bytes.data()), bytes.size());
}

bool has(const OneRole &role, const std::string &path)
{
	return std::ranges::any_of(
		role.paths, [&](const std::string &pattern) { return matches(pattern, path); });
}

Checked<> add_role(RepositoryWriter *writer, const OneRole &role, const SigningKey &own,
		   const json &document)
{
	int64_t end = document.value("/expires"_json_pointer / role.role, expires);
	json content = targets_content(writer->version_of(role.role) + 1, end, {});
	for (const json &target : document["targets"]) {
		std::string path = target["path"];
		if (!has(role, path))
			continue;
		std::string bytes = TRY(bytes_of(target));
		TRY(writer->add_target(path, bytes));
		content["targets"][path] = target_content(bytes, target.value("custom", json()));
	}
	std::string file = TRY(signed_by(content, own));
	return writer->add_targets_metadata(role.role, file);
}

Checked<> publish(const std::string &folder, const std::string &key_folder, const json &document)
{
	RepositoryWriter writer = TRY(RepositoryWriter::open(folder));
	DurableFolder keys = TRY(DurableFolder::open(key_folder));
	if (writer.version_of("root") == 0)
		TRY(add_top(&writer, &keys));
	for (const OneRole &role : protocol::delegated_paths()) {
		SigningKey own = TRY(key(&keys, role.role));
		TRY(add_role(&writer, role, own, document));
	}
	SigningKey online = TRY(key(&keys, "online"));
	return publish_added(&writer, online);
}

}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	std::string text(std::istreambuf_iterator<char>(std::cin), {});
	Checked<json> document = read_json("standard input", text);
	Checked<> done =
		document ? publish(argv[1], argv[2], *document) : std::unexpected(document.error());
	if (!done)
		say(stderr, "klp-agent-publish: %s\n", done.error().message.c_str());
	return done ? 0 : 1;
}
