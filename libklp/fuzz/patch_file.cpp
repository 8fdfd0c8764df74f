// SPDX-License-Identifier: LGPL-2.1-or-later
// The boundary at which bytes from anywhere become a PatchFile.
#include "../module/compression.hpp"
#include "../try.hpp"
#include "target.hpp"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <klp/patch_file.hpp>

using namespace klp;

static Result<PatchFile> open_bytes(const std::string &path, std::span<const std::byte> bytes)
{
	std::vector<std::byte> packed(bytes.begin(), bytes.end());
	std::vector<std::byte> unpacked = TRY(decompress(std::move(packed), path, 16 << 20));
	return PatchFile::parse(path, std::move(unpacked));
}

// Whether an error names the file, and for a malformed file an offset or a section.
static bool says_where(const Error &error, const std::string &path)
{
	bool where = error.message.find("+0", path.size()) != std::string::npos ||
		     error.message.find(": no .", path.size()) != std::string::npos ||
		     error.message.find(": section header ", path.size()) != std::string::npos;
	return error.message.starts_with(path + ": ") && (where || error.code == EFBIG) &&
	       (error.code == EBADMSG || error.code == EFBIG || error.code == ENOMEM);
}

Result<> read_input(const std::string &path, std::span<const std::byte> bytes)
{
	Result<PatchFile> patch = open_bytes(path, bytes);
	if (!patch && !says_where(patch.error(), path)) {
		fprintf(stderr, "does not say where: (%d) %s\n", patch.error().code,
			patch.error().message.c_str());
		abort();
	}
	if (!patch)
		return std::unexpected(patch.error());
	size_t seen = patch->sha256().size() + patch->name().size() + patch->is_x86_64() +
		      patch->is_livepatch() + patch->is_signed() + patch->build_id().size() +
		      patch->vermagic().value_or("").size() + patch->dependencies().size() +
		      patch->parameters().size() + patch->needed_symbols().size() +
		      patch->versions().size() + patch->replace().value_or(false) +
		      patch->states().size() + patch->livepatch_symbols().size() +
		      patch->target_build_ids().size() + patch->manifest().value_or("").size() +
		      patch->is_removable() + patch->exported_symbols().size() +
		      patch->license().size() + patch->imported_namespaces().size() +
		      patch->label().has_value() + patch->wrong_relocation().has_value();
	if (patch->is_signed())
		seen += patch->signature().has_value();
	for (const PatchedObject &object : patch->objects())
		for (const PatchedFunction &function : object.functions)
			seen += function.name.size() + function.replacement.size();
	for (const std::string &unknown : patch->unknowns())
		seen += unknown.size();
	if (seen < 64) // the digest alone has 64 letters
		abort();
	return {};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	(void)read_input("input.ko", std::as_bytes(std::span(data, size)));
	return 0;
}
