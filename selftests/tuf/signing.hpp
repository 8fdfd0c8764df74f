// SPDX-License-Identifier: LGPL-2.1-or-later
// Keys of test repositories, which a folder keeps from one publication to the next.
#pragma once

#include "../../service/tuf/repository_writer.hpp"
#include "../../service/tuf/signing_key.hpp"

namespace klp::tuf::test {

constexpr int64_t expires = 4'070'908'800; // in 2099

// The key of a role, made if the folder does not have it.
inline Checked<SigningKey> key_of(DurableFolder *keys, const std::string &role,
				  SigningKey::Kind kind)
{
	std::optional<std::string> pem = TRY(keys->read(role + ".pem", 10'000));
	if (pem)
		return SigningKey::from_pem(role, *pem);
	SigningKey key = TRY(SigningKey::make(kind));
	std::string text = TRY(key.pem());
	TRY(keys->create(role + ".pem", text));
	return key;
}

inline Checked<std::string> signed_by(const nlohmann::json &content, const SigningKey &key)
{
	return sign(content, std::vector{&key});
}

// The four roles of the top level; online has snapshot and timestamp.
inline Checked<> add_root(RepositoryWriter *writer, const SigningKey &root, const SigningKey &top,
			  const SigningKey &online)
{
	std::map<std::string, RoleKeys> roles = {{"root", {{&root.public_key()}, 1}},
						 {"targets", {{&top.public_key()}, 1}},
						 {"snapshot", {{&online.public_key()}, 1}},
						 {"timestamp", {{&online.public_key()}, 1}}};
	std::string file = TRY(signed_by(root_content(1, expires, roles), root));
	return writer->add_root(file);
}

// Snapshot and timestamp for all that was added.
inline Checked<> publish_added(RepositoryWriter *writer, const SigningKey &online)
{
	std::string snapshot = TRY(signed_by(writer->next_snapshot(expires), online));
	nlohmann::json announced = TRY(writer->add_snapshot(snapshot, expires));
	std::string timestamp = TRY(signed_by(announced, online));
	return writer->publish(timestamp);
}

}
