// SPDX-License-Identifier: LGPL-2.1-or-later
#include "signed_file.hpp"
#include "signing_key.hpp"

#include <set>

namespace klp::tuf {

using nlohmann::json;

Checked<SignedFile> SignedFile::parse(const std::string &name, std::string_view bytes)
{
	json document = TRY(read_json(name, bytes));
	Fields fields = TRY(Fields::of(name, document));
	const json *signatures = TRY(fields.any("signatures"));
	Fields content = TRY(fields.object("signed"));
	if (!signatures->is_array())
		return fields.refuse_field("signatures", "a list");
	SignedFile file;
	file.name_ = name;
	std::set<std::string> keyids;
	for (const json &value : *signatures) {
		Fields signature = TRY(Fields::of(name + ": signatures", value));
		std::string keyid = TRY(signature.text("keyid"));
		std::string hexadecimal = TRY(signature.text("sig"));
		if (!keyids.insert(keyid).second)
			return refuse(FaultKind::malformed,
				      "%s: two signatures have the keyid '%s'", name.c_str(),
				      keyid.c_str());
		file.signatures_.push_back({std::move(keyid), std::move(hexadecimal)});
	}
	file.canonical_ = canonical_json(content.value());
	file.content_ = std::move(document["signed"]);
	return file;
}

Checked<> SignedFile::verify(const Authority &authority) const
{
	std::set<std::string> keyids(authority.role->keyids.begin(), authority.role->keyids.end());
	std::set<std::string> signers;
	for (const Signature &signature : signatures_) {
		auto key = authority.keys->find(signature.keyid);
		if (keyids.contains(signature.keyid) && key != authority.keys->end() &&
		    key->second.verifies(canonical_, signature.hexadecimal))
			signers.insert(key->second.identity());
	}
	if (signers.size() < static_cast<uint64_t>(authority.role->threshold))
		return refuse(FaultKind::too_few_signatures,
			      "%s: signed by %zu of the role's keys; %lld must sign", name_.c_str(),
			      signers.size(), static_cast<long long>(authority.role->threshold));
	return {};
}

static Checked<json> signature_by(const SigningKey &key, const std::string &canonical)
{
	std::string signature = TRY(key.sign(canonical));
	return json{{"keyid", key.keyid()}, {"sig", signature}};
}

Checked<std::string> sign(const json &content, std::span<const SigningKey *const> keys)
{
	std::string canonical = canonical_json(content);
	json signatures = json::array();
	for (const SigningKey *key : keys) {
		json signature = TRY(signature_by(*key, canonical));
		signatures.push_back(std::move(signature));
	}
	return json{{"signatures", signatures}, {"signed", content}}.dump(1);
}

Checked<std::string> add_signature(const std::string &name, std::string_view bytes,
				   const SigningKey &key)
{
	TRY(SignedFile::parse(name, bytes));
	json document = TRY(read_json(name, bytes));
	json signature = TRY(signature_by(key, canonical_json(document["signed"])));
	json signatures = json::array();
	for (const json &former : document["signatures"])
		if (former["keyid"] != key.keyid())
			signatures.push_back(former);
	signatures.push_back(std::move(signature));
	document["signatures"] = std::move(signatures);
	return document.dump(1);
}

}
