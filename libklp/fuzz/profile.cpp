// SPDX-License-Identifier: LGPL-2.1-or-later
// The boundary at which bytes from anywhere become a KernelProfile. The input is the text of a
// head, a NUL, and the text of a block; "@" in the head stands for the size of the packed block,
// which no mutation would find. The input is read as a file, too.
#include "../disk/kernel_profile.hpp"
#include "../module/module_file.hpp"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <zstd.h>

using namespace klp;

static std::string packed(std::string_view text)
{
	std::string frame(ZSTD_compressBound(text.size()), '\0');
	frame.resize(ZSTD_compress(frame.data(), frame.size(), text.data(), text.size(), 1));
	return frame;
}

static std::string profile_of(std::string_view input)
{
	size_t nul = input.find('\0');
	std::string head(input.substr(0, nul));
	std::string block = packed(nul == input.npos ? "" : input.substr(nul + 1));
	for (size_t at; (at = head.find('@')) != head.npos;)
		head.replace(at, 1, std::to_string(block.size()));
	std::string frame = packed(head);
	return std::string(profile_kind) + std::string(profile_version) + "\n" +
	       std::to_string(frame.size()) + "\n" + frame + block;
}

static void must_say_where(const Error &error)
{
	bool known = error.code == EBADMSG || error.code == EFBIG || error.code == ENOTSUP ||
		     error.code == ENOENT;
	if (known && !error.message.empty())
		return;
	fprintf(stderr, "does not say what is wrong: (%d) %s\n", error.code, error.message.c_str());
	abort();
}

static void ask_everything(KernelProfile &kernel)
{
	if (!kernel.klp_layout())
		must_say_where(kernel.klp_layout().error());
	for (const char *object : {"vmlinux", "ext4", "none"}) {
		Result<size_t> count = kernel.count_symbols(object, "f");
		if (!count) {
			must_say_where(count.error());
			continue;
		}
		bool traceable = kernel.is_traceable(object, "f", *count + 1).value();
		if (traceable || !kernel.build_id(object) || !kernel.export_of(object, "f"))
			abort();
	}
}

static void read(std::string_view file)
{
	auto start = reinterpret_cast<const std::byte *>(file.data());
	Result<std::unique_ptr<KernelProfile>> kernel =
		KernelProfile::parse("profile", {start, start + file.size()});
	if (kernel)
		ask_everything(**kernel);
	else
		must_say_where(kernel.error());
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	std::string_view input(reinterpret_cast<const char *>(data), size);
	read(input);
	read(profile_of(input));
	return 0;
}
