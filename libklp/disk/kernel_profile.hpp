// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "kernel_on_disk.hpp"
#include "profile_text.hpp"

#include <map>

namespace klp {

// A kernel as its profile has it. Only the blocks of the objects that are asked for are unpacked.
class KernelProfile : public KernelOnDisk {
public:
	static Result<std::unique_ptr<KernelProfile>> open(const std::string &path);
	// EBADMSG for a malformed profile, ENOTSUP for one of another version.
	static Result<std::unique_ptr<KernelProfile>> parse(const std::string &path,
							    std::vector<std::byte> bytes);

	const std::string &release() const override { return release_; }
	Result<std::string> vermagic() override { return vermagic_; }
	bool has_livepatch() override { return has_livepatch_; }
	Result<KlpLayout> klp_layout() override;
	Result<std::vector<std::byte>> btf(const std::string &object) override;
	bool has_module(const std::string &module) override;
	Result<size_t> count_symbols(const std::string &object, const std::string &name) override;
	Result<bool> is_traceable(const std::string &object, const std::string &name,
				  unsigned long sympos) override;
	Result<std::string> build_id(const std::string &object) override;
	Result<std::optional<ModuleExport>> export_of(const std::string &object,
						      const std::string &symbol) override;

private:
	struct Block {
		size_t start, packed; // in the file
	};
	struct Object {
		size_t block, start, size; // in the block's text
	};

	KernelProfile(std::string path, std::vector<std::byte> bytes)
	    : path_(std::move(path)), bytes_(std::move(bytes))
	{
	}
	Result<> parse_head();
	Result<> parse_line(std::string_view line, size_t *blocks_end);
	void make_room();
	Result<std::string_view> text_of_block(size_t block);
	Result<ProfileText> parse_object(const std::string &name, const Object &object);
	// ENOENT. Valid until the next call for another object.
	Result<const ProfileText *> text_of(const std::string &object);
	std::unexpected<Error> malformed(const std::string &what) const;

	std::string path_;
	std::vector<std::byte> bytes_;
	std::string release_, vermagic_;
	bool has_livepatch_ = false;
	std::optional<KlpLayout> layout_;
	std::vector<Block> blocks_;
	std::map<std::string, Object, std::less<>> objects_;
	std::map<size_t, Result<std::vector<std::byte>>> unpacked_; // the text of a block
	std::map<std::string, Result<ProfileText>> texts_;
};

// Whether a file begins as a profile of any version does.
bool is_profile(const std::string &path);

}
