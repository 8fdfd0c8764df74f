// SPDX-License-Identifier: LGPL-2.1-or-later
// Publishes targets in a repository that it makes if it is not there, as klp-admin would, with keys
// in FOLDER/keys: klp-tuf-publish FOLDER PATH=BYTES...
#include "../../cli/say.hpp"
#include "signing.hpp"

using namespace klp;
using namespace klp::tuf;
using namespace klp::tuf::test;

namespace {

struct KeyFolder {
	SigningKey root, top, releases, online;

	static Checked<KeyFolder> open(const std::string &path)
	{
		DurableFolder folder = TRY(DurableFolder::open(path));
		SigningKey root = TRY(key_of(&folder, "root", SigningKey::Kind::ed25519));
		SigningKey top = TRY(key_of(&folder, "targets", SigningKey::Kind::ecdsa_p256));
		SigningKey releases = TRY(key_of(&folder, "releases", SigningKey::Kind::ed25519));
		SigningKey online = TRY(key_of(&folder, "online", SigningKey::Kind::ecdsa_p256));
		return KeyFolder{std::move(root), std::move(top), std::move(releases),
				 std::move(online)};
	}
};

Checked<> add_top(RepositoryWriter *writer, const KeyFolder &keys)
{
	TRY(add_root(writer, keys.root, keys.top, keys.online));
	Delegation releases = {"releases",
			       {{&keys.releases.public_key()}, 1},
			       {"patches/*/*/*", "notices/*"},
			       true};
	std::string targets = TRY(signed_by(targets_content(1, expires, {releases}), keys.top));
	return writer->add_targets_metadata("targets", targets);
}

Checked<> publish(const std::string &folder, const std::vector<std::string> &words)
{
	RepositoryWriter writer = TRY(RepositoryWriter::open(folder));
	KeyFolder keys = TRY(KeyFolder::open(folder + "/keys"));
	if (writer.version_of("root") == 0)
		TRY(add_top(&writer, keys));
	nlohmann::json content = targets_content(writer.version_of("releases") + 1, expires, {});
	for (const std::string &word : words) {
		std::string path = word.substr(0, word.find('='));
		std::string bytes = word.substr(path.size() + 1);
		TRY(writer.add_target(path, bytes));
		content["targets"][path] = target_content(bytes, nullptr);
	}
	std::string releases = TRY(signed_by(content, keys.releases));
	TRY(writer.add_targets_metadata("releases", releases));
	return publish_added(&writer, keys.online);
}

}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	Checked<> done = publish(argv[1], {argv + 2, argv + argc});
	if (!done)
		say(stderr, "klp-tuf-publish: %s\n", done.error().message.c_str());
	return done ? 0 : 1;
}
