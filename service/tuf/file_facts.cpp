// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../libklp/module/digest.hpp"
#include "metadata.hpp"

namespace klp::tuf {

using Digest = std::string (*)(std::span<const std::byte>);

static Digest digest_named(const std::string &algorithm)
{
	if (algorithm == "sha256")
		return sha256;
	return algorithm == "sha512" ? sha512 : nullptr;
}

bool FileFacts::has_known_hash() const
{
	for (const auto &[algorithm, digits] : hashes)
		if (digest_named(algorithm))
			return true;
	return false;
}

Checked<> FileFacts::check(const std::string &name, std::string_view bytes) const
{
	if (length && static_cast<uint64_t>(*length) != bytes.size())
		return refuse(FaultKind::mixed, "%s: has %zu bytes instead of %lld", name.c_str(),
			      bytes.size(), static_cast<long long>(*length));
	if (!hashes.empty() && !has_known_hash())
		return refuse(FaultKind::mixed, "%s: has neither a sha256 nor a sha512",
			      name.c_str());
	for (const auto &[algorithm, digits] : hashes) {
		Digest digest = digest_named(algorithm);
		if (!digest)
			continue;
		std::string actual = digest(std::as_bytes(std::span(bytes)));
		if (actual != digits)
			return refuse(FaultKind::mixed, "%s: its %s is %s instead of %s",
				      name.c_str(), algorithm.c_str(), actual.c_str(),
				      digits.c_str());
	}
	return {};
}

}
