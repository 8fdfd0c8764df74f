// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel_profile.hpp"
#include "../file.hpp"
#include "../module/compression_formats.hpp"
#include "../try.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <unistd.h>

namespace klp {

namespace {

constexpr size_t longest_first_lines = 64;

std::string_view as_text(std::span<const std::byte> bytes)
{
	return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

// The text before the first of these characters, which is taken away with it; all of it where
// there is none.
std::string_view take_until(std::string_view *text, char end)
{
	size_t at = text->find(end);
	std::string_view taken = text->substr(0, at);
	text->remove_prefix(at == text->npos ? text->size() : at + 1);
	return taken;
}

std::optional<size_t> number_in(std::string_view text)
{
	size_t number = 0;
	auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
	if (error != std::errc() || end != text.data() + text.size() || text.empty())
		return std::nullopt;
	return number;
}

}

// Whether each field lies in its structure.
static bool is_sound(const KlpLayout &layout)
{
	constexpr size_t largest = 1 << 16, field = sizeof(uint64_t);
	auto holds = [](size_t size, std::initializer_list<size_t> offsets) {
		return size <= largest && std::ranges::all_of(offsets, [&](size_t offset) {
			       return size >= field && offset <= size - field;
		       });
	};
	// replace is one byte.
	return holds(layout.patch.size,
		     {layout.patch.mod, layout.patch.objs, layout.patch.states}) &&
	       layout.patch.replace < layout.patch.size &&
	       holds(layout.object.size,
		     {layout.object.name, layout.object.funcs, layout.object.callbacks}) &&
	       holds(layout.func.size,
		     {layout.func.old_name, layout.func.new_func, layout.func.old_sympos}) &&
	       holds(layout.state.size, {layout.state.id}) &&
	       layout.state.version + sizeof(uint32_t) <= layout.state.size;
}

bool is_profile(const std::string &path)
{
	Result<UniqueFd> fd = open_file(path, O_RDONLY);
	char start[profile_kind.size()] = {};
	return fd && read(fd->get(), start, sizeof(start)) == static_cast<ssize_t>(sizeof(start)) &&
	       std::string_view(start, sizeof(start)) == profile_kind;
}

Result<std::unique_ptr<KernelProfile>> KernelProfile::open(const std::string &path)
{
	std::vector<std::byte> bytes = TRY(read_bytes(path, profile_limit));
	return parse(path, std::move(bytes));
}

Result<std::unique_ptr<KernelProfile>> KernelProfile::parse(const std::string &path,
							    std::vector<std::byte> bytes)
{
	std::unique_ptr<KernelProfile> profile(new KernelProfile(path, std::move(bytes)));
	TRY(profile->parse_head());
	return profile;
}

std::unexpected<Error> KernelProfile::malformed(const std::string &what) const
{
	return fail(EBADMSG, "'%s' is no profile of klp: %s", path_.c_str(), what.c_str());
}

Result<> KernelProfile::parse_head()
{
	std::string_view start = as_text(bytes_).substr(0, longest_first_lines);
	size_t length = start.size();
	std::string_view kind = take_until(&start, '\n');
	if (!kind.starts_with(profile_kind))
		return malformed("it does not begin with '" + std::string(profile_kind) + "'");
	kind.remove_prefix(profile_kind.size());
	if (kind != profile_version)
		return fail(
			ENOTSUP,
			"'%s' is a profile of version '%.*s', and this klp reads version %s; make "
			"it anew with this version's klp profile",
			path_.c_str(), static_cast<int>(kind.size()), kind.data(),
			profile_version.data());
	std::optional<size_t> size = number_in(take_until(&start, '\n'));
	size_t at = length - start.size();
	if (!size || *size > bytes_.size() - at)
		return malformed("the size of its head is not as expected");
	Bytes head =
		TRY(unpack_zstd(std::span(bytes_).subspan(at, *size), path_, profile_head_limit));
	size_t blocks_end = at + *size;
	std::string_view rest = as_text(head);
	while (!rest.empty())
		TRY(parse_line(take_until(&rest, '\n'), &blocks_end));
	if (release_.empty() || vermagic_.empty() || !objects_.contains("vmlinux"))
		return malformed("its head has no release, no vermagic or no vmlinux");
	if (blocks_end != bytes_.size())
		return malformed("its blocks end at " + std::to_string(blocks_end) + " of " +
				 std::to_string(bytes_.size()) + " bytes");
	return {};
}

Result<> KernelProfile::parse_line(std::string_view line, size_t *blocks_end)
{
	std::string_view rest = line;
	std::string_view word = take_until(&rest, ' ');
	if (word == "release" && release_.empty()) {
		release_ = rest;
	} else if (word == "vermagic" && vermagic_.empty()) {
		vermagic_ = rest;
	} else if (word == "livepatch" && (rest == "yes" || rest == "no")) {
		has_livepatch_ = rest == "yes";
	} else if (word == "layout" && rest == "-") {
		layout_.reset();
	} else if (word == "layout") {
		layout_.emplace();
		for (size_t *field : layout_numbers(&*layout_)) {
			std::optional<size_t> number = number_in(take_until(&rest, ' '));
			if (!number)
				return malformed("its layout has a field that is no number");
			*field = *number;
		}
		if (!rest.empty())
			return malformed("its layout has too many fields");
		if (!is_sound(*layout_))
			return malformed("a field of its layout reaches past its structure");
	} else if (word == "block") {
		std::optional<size_t> packed = number_in(rest);
		if (!packed || *packed > bytes_.size() - std::min(bytes_.size(), *blocks_end))
			return malformed("a block reaches past its end");
		blocks_.push_back({*blocks_end, *packed});
		*blocks_end += *packed;
	} else if (word == "object") {
		std::string name(take_until(&rest, ' '));
		std::optional<size_t> block = number_in(take_until(&rest, ' '));
		std::optional<size_t> start = number_in(take_until(&rest, ' '));
		std::optional<size_t> size = number_in(rest);
		if (!block || !start || !size || *block >= blocks_.size() || name.empty())
			return malformed("an object has no place");
		if (!objects_.emplace(name, Object{*block, *start, *size}).second)
			return malformed("it has the object '" + name + "' twice");
	} else {
		return malformed("a line of its head is not known: '" +
				 std::string(line.substr(0, 80)) + "'");
	}
	return {};
}

// A patch may name every module that there is. vmlinux, which is asked for most, stays.
void KernelProfile::make_room()
{
	constexpr size_t kept_bytes = 16 << 20;
	size_t bytes = 0, vmlinux = objects_.find("vmlinux")->second.block;
	for (const auto &[number, text] : unpacked_)
		bytes += number == vmlinux || !text ? 0 : text->size();
	if (bytes <= kept_bytes)
		return;
	std::erase_if(texts_, [&](const auto &text) {
		return objects_.find(text.first)->second.block != vmlinux;
	});
	std::erase_if(unpacked_, [&](const auto &block) { return block.first != vmlinux; });
}

Result<std::string_view> KernelProfile::text_of_block(size_t number)
{
	auto known = unpacked_.find(number);
	if (known == unpacked_.end()) {
		make_room();
		const Block &block = blocks_[number];
		known = unpacked_
				.emplace(number, unpack_zstd(std::span(bytes_).subspan(
								     block.start, block.packed),
							     path_, profile_block_limit))
				.first;
	}
	if (!known->second)
		return std::unexpected(known->second.error());
	return as_text(*known->second);
}

Result<ProfileText> KernelProfile::parse_object(const std::string &name, const Object &object)
{
	std::string_view text = TRY(text_of_block(object.block));
	if (object.start > text.size() || object.size > text.size() - object.start)
		return malformed("'" + name + "' reaches past its block");
	text = text.substr(object.start, object.size);
	if (text == profile_unreadable)
		return fail(ENODATA,
			    "the module '%s' could not be read when the profile of %s was made",
			    name.c_str(), release_.c_str());
	return ProfileText::parse(text, path_ + ": " + name);
}

Result<const ProfileText *> KernelProfile::text_of(const std::string &name)
{
	auto object = objects_.find(name);
	if (object == objects_.end())
		return fail(ENOENT, "the profile of %s has no module '%s'", release_.c_str(),
			    name.c_str());
	auto known = texts_.find(name);
	if (known == texts_.end()) {
		Result<ProfileText> parsed = parse_object(name, object->second);
		known = texts_.emplace(name, std::move(parsed)).first;
	}
	if (!known->second)
		return std::unexpected(known->second.error());
	return &*known->second;
}

Result<KlpLayout> KernelProfile::klp_layout()
{
	if (!layout_)
		return fail(ENOENT, "the profile of %s has no layout of struct klp_patch",
			    release_.c_str());
	return *layout_;
}

Result<std::vector<std::byte>> KernelProfile::btf(const std::string &)
{
	return fail(ENOTSUP, "'%s': a profile has no types", path_.c_str());
}

bool KernelProfile::has_module(const std::string &module)
{
	return module != "vmlinux" && objects_.contains(module);
}

Result<size_t> KernelProfile::count_symbols(const std::string &object, const std::string &name)
{
	const ProfileText &text = *TRY(text_of(object));
	return text.symbols(name).size();
}

Result<bool> KernelProfile::is_traceable(const std::string &object, const std::string &name,
					 unsigned long sympos)
{
	const ProfileText &text = *TRY(text_of(object));
	std::string_view symbols = text.symbols(name);
	size_t index = sympos == 0 ? 0 : sympos - 1;
	return index < symbols.size() && symbols[index] == 't';
}

Result<std::string> KernelProfile::build_id(const std::string &object)
{
	const ProfileText &text = *TRY(text_of(object));
	return text.build_id();
}

Result<std::optional<ModuleExport>> KernelProfile::export_of(const std::string &object,
							     const std::string &symbol)
{
	if (!objects_.contains(object))
		return std::nullopt;
	const ProfileText &text = *TRY(text_of(object));
	return text.export_of(symbol);
}

}
