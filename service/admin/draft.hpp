// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../protocol/upload.hpp"
#include "../tuf/metadata.hpp"
#include "workstation.hpp"

namespace klp::admin {

// Whose signatures the files of an upload need: the keys of the repository as it was verified, and
// of a new root and new targets those too.
struct Signers {
	const tuf::Root *root; // the trusted one
	const tuf::Targets *top; // null before the first upload
};

// Adds a signature of each of the keys that a file's role has. Refuses a key that is of no file's
// role; then nothing is signed.
Checked<> sign_with(protocol::Upload *upload, const std::vector<tuf::SigningKey> &keys,
		    const Signers &signers);

// One line for each file that lacks signatures: "releases.json: signed by 1 of …".
Checked<std::vector<std::string>> missing_signatures(const protocol::Upload &upload,
						     const Signers &signers);

// Refuses files that are no metadata of a root, or of a role that lists targets, or that list a key
// under the id of another: a draft comes from somebody else.
Checked<> check_form(const protocol::Upload &upload);

// The changes that the files would make, a line each, for a person who decides whether to sign.
std::vector<std::string> differences(const std::string &role, const nlohmann::json &before,
				     const nlohmann::json &after);

// The values that differ in a document that a role lists, a line each.
std::vector<std::string> document_differences(const nlohmann::json &before,
					      const nlohmann::json &after);

}
