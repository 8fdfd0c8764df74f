// SPDX-License-Identifier: LGPL-2.1-or-later
// The boundary at which bytes of a repository become metadata. The input is one file of metadata of
// any of the four types.
#include "../../../libklp/fuzz/must.hpp"
#include "../../../libklp/fuzz/target.hpp"
#include "../delegations.hpp"
#include "../role_names.hpp"
#include "../trusted_set.hpp"

#include <cerrno>

using namespace klp;
using namespace klp::tuf;

namespace {

void use_keys(const Keys &keys, const SignedFile &file)
{
	Role role = {{}, 1};
	for (const auto &[keyid, key] : keys) {
		role.keyids.push_back(keyid);
		must(key.identity().empty() != key.unusable().empty(),
		     "a key is usable or says why");
		must(!key.verifies("another message", "00"), "a short signature is no signature");
	}
	(void)file.verify({&keys, &role});
}

void use_names(const std::string &name)
{
	std::string file = flat_file_name(name);
	must(file.find('/') == std::string::npos && !file.starts_with('.') && file.size() <= 200,
	     "a flat name is flat");
	must(metadata_path(name, 1).find('/') == std::string::npos, "a role is no path");
}

void use_targets(const Targets &targets, const SignedFile &file)
{
	LoadRole refuse_all = [](const std::string &role, const Authority &) -> Checked<Targets> {
		use_names(role);
		return refuse(FaultKind::absent, "no other file");
	};
	if (targets.delegations)
		use_keys(targets.delegations->keys, file);
	for (const auto &[path, target] : targets.targets) {
		use_names(path);
		(void)target.check(path, "bytes");
		must(find_target(path, targets, 1, refuse_all).has_value(), "a target is found");
		(void)find_target(path + "/x", targets, 1, refuse_all);
	}
}

Checked<> read(const std::string &path, std::string_view bytes)
{
	nlohmann::json document = TRY(read_json(path, bytes));
	must(*read_json(path, document.dump()) == document, "a document is read as it was written");
	must(canonical_json(document) == canonical_json(*read_json(path, document.dump(3))),
	     "the layout does not change what is signed");
	SignedFile file = TRY(SignedFile::parse(path, bytes));
	std::string type = TRY(file.content().text("_type"));
	if (type == "root") {
		Root root = TRY(Root::parse(file));
		use_keys(root.keys, file);
		(void)TrustedSet::start(bytes, 0);
	} else if (type == "timestamp") {
		TRY(Timestamp::parse(file));
	} else if (type == "snapshot") {
		Snapshot snapshot = TRY(Snapshot::parse(file));
		for (const auto &[role, facts] : snapshot.roles)
			use_names(role);
	} else {
		Targets targets = TRY(Targets::parse(file));
		use_targets(targets, file);
	}
	return {};
}

}

Result<> read_input(const std::string &path, std::span<const std::byte> bytes)
{
	Checked<> done = read(path, {reinterpret_cast<const char *>(bytes.data()), bytes.size()});
	if (done)
		return {};
	must(done.error().kind == FaultKind::malformed, "what cannot be read is malformed");
	must(done.error().message.starts_with(path + ": "), "a refusal names the file");
	return std::unexpected(Error{EBADMSG, done.error().message});
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	(void)read_input("input.json", std::as_bytes(std::span(data, size)));
	return 0;
}
