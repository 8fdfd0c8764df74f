// SPDX-License-Identifier: LGPL-2.1-or-later
#include <klp/patch_file.hpp>

#include "../comma_list.hpp"
#include "../try.hpp"
#include "digest.hpp"
#include "encoding.hpp"
#include "livepatch_symbols.hpp"
#include "manifest.hpp"
#include "module_file.hpp"
#include "patch_label.hpp"
#include "self_calls.hpp"

#include <cerrno>
#include <klp/module_name.hpp>
#include <set>

namespace klp {

struct PatchFile::Contents {
	ModuleFile file;
	DecodedPatch decoded;
	LivepatchRelocations relocations;
	std::optional<std::string_view> manifest;
	std::string digest;
	std::set<std::string> parameters;
	Result<PatchLabel> label;
};

PatchFile::PatchFile(std::unique_ptr<Contents> contents) : contents_(std::move(contents)) {}
PatchFile::PatchFile(PatchFile &&) noexcept = default;
PatchFile &PatchFile::operator=(PatchFile &&) noexcept = default;
PatchFile::~PatchFile() = default;

static Result<DecodedPatch> decode(const ElfFile &elf, const ModulePointers &pointers,
				   const KlpLayout &layout)
{
	std::optional<DecodedPatch> decoded = TRY(decode_klp_build_sections(elf, pointers, layout));
	if (!decoded)
		decoded = TRY(decode_kpatch_sections(elf, pointers));
	if (!decoded)
		decoded = TRY(decode_static_arrays(elf, pointers, layout));
	if (decoded)
		return std::move(*decoded);
	DecodedPatch unknown;
	unknown.unknowns.push_back(
		"the file describes its patch in no encoding that klp knows, so klp cannot tell which functions it replaces");
	return unknown;
}

// The entries are struct kernel_param in the section __param, which the kernel reads; each begins
// with its name. modinfo has only the parameters whose type module_param() knows.
static Result<std::set<std::string>> parameter_names(const ModuleFile &file,
						     const ModulePointers &pointers)
{
	constexpr uint64_t kernel_param_size = 40; // 6.1 to 7.3, 64-bit
	std::set<std::string> names;
	for (std::string_view entry : file.modinfo_all("parmtype"))
		names.emplace(entry.substr(0, entry.find(':')));
	const ElfSection *section = file.elf().section("__param");
	if (!section)
		return names;
	for (const auto &[where, pointer] : pointers.all()) {
		if (where.first != section->index || where.second % kernel_param_size != 0 ||
		    !pointers.target(pointer))
			continue;
		std::string name = TRY(pointers.name(pointer, {section, where.second}));
		names.insert(name);
	}
	return names;
}

Result<PatchFile> PatchFile::from_module(Result<ModuleFile> opened, const KlpLayout &layout)
{
	ModuleFile file = TRY(std::move(opened));
	ModulePointers pointers = TRY(ModulePointers::read(file.elf()));
	DecodedPatch decoded = TRY(decode(file.elf(), pointers, layout));
	Result<> followed = SelfCalls::find(file.elf(), &decoded.objects);
	if (!followed && followed.error().code == E2BIG)
		decoded.unknowns.push_back(
			"whether a replacement calls what it replaces was not seen: " +
			followed.error().message);
	else
		TRY(std::move(followed));
	LivepatchRelocations relocations = TRY(livepatch_relocations(file.elf()));
	std::optional<std::string_view> manifest = TRY(read_manifest(file.elf()));
	std::string digest = klp::sha256(file.elf().bytes());
	std::set<std::string> parameters = TRY(parameter_names(file, pointers));
	Result<PatchLabel> label = read_label(file);
	return PatchFile(std::make_unique<Contents>(
		Contents{std::move(file), std::move(decoded), std::move(relocations), manifest,
			 std::move(digest), std::move(parameters), std::move(label)}));
}

Result<PatchFile> PatchFile::open(const std::string &path, const KlpLayout &layout)
{
	return from_module(ModuleFile::open(path), layout);
}

Result<PatchFile> PatchFile::parse(const std::string &path, std::vector<std::byte> bytes,
				   const KlpLayout &layout)
{
	return from_module(ModuleFile::parse(path, std::move(bytes)), layout);
}

const std::string &PatchFile::path() const
{
	return contents_->file.elf().path();
}
std::span<const std::byte> PatchFile::bytes() const
{
	return contents_->file.elf().bytes();
}
const std::string &PatchFile::sha256() const
{
	return contents_->digest;
}
const std::string &PatchFile::name() const
{
	return contents_->file.name();
}
bool PatchFile::is_x86_64() const
{
	return contents_->file.elf().machine() == EM_X86_64;
}
bool PatchFile::is_livepatch() const
{
	return contents_->file.modinfo("livepatch").has_value();
}
bool PatchFile::is_signed() const
{
	return contents_->file.is_signed();
}
Result<Signature> PatchFile::signature() const
{
	return contents_->file.signature();
}
std::string PatchFile::build_id() const
{
	return contents_->file.build_id();
}
Result<std::vector<std::byte>> PatchFile::btf() const
{
	return contents_->file.btf();
}
PatchFile::Encoding PatchFile::encoding() const
{
	return contents_->decoded.encoding;
}
std::span<const PatchedObject> PatchFile::objects() const
{
	return contents_->decoded.objects;
}
std::span<const PatchState> PatchFile::states() const
{
	return contents_->decoded.states;
}
std::optional<bool> PatchFile::replace() const
{
	return contents_->decoded.replace;
}
bool PatchFile::pins_targets() const
{
	return contents_->decoded.pins_targets;
}
const Result<PatchLabel> &PatchFile::label() const
{
	return contents_->label;
}
std::optional<std::string_view> PatchFile::manifest() const
{
	return contents_->manifest;
}
bool PatchFile::is_removable() const
{
	return !contents_->decoded.stays && contents_->file.modinfo("klp_removable") != "no";
}
bool PatchFile::stays_if_replaced() const
{
	return contents_->decoded.stays_if_replaced;
}
std::span<const LivepatchSymbol> PatchFile::livepatch_symbols() const
{
	return contents_->relocations.symbols;
}
const std::optional<PatchFile::WrongRelocation> &PatchFile::wrong_relocation() const
{
	return contents_->relocations.wrong;
}
std::span<const std::string> PatchFile::unknowns() const
{
	return contents_->decoded.unknowns;
}
const std::string &PatchFile::unfinished() const
{
	return contents_->decoded.unfinished;
}

std::span<const SymbolVersion> PatchFile::versions() const
{
	return contents_->file.versions();
}

std::optional<std::string_view> PatchFile::vermagic() const
{
	return contents_->file.modinfo("vermagic");
}

std::vector<std::string> PatchFile::needed_symbols() const
{
	return contents_->file.needed_symbols();
}

std::vector<std::string> PatchFile::exported_symbols() const
{
	return contents_->file.exported_symbols();
}

std::string PatchFile::license() const
{
	return std::string(contents_->file.modinfo("license").value_or(""));
}

std::vector<std::string> PatchFile::imported_namespaces() const
{
	std::vector<std::string_view> names = contents_->file.modinfo_all("import_ns");
	return {names.begin(), names.end()};
}

std::vector<std::string> PatchFile::dependencies() const
{
	std::vector<std::string> names;
	for (std::string_view name : comma_list(contents_->file.modinfo("depends").value_or("")))
		names.push_back(module_name(name));
	return names;
}

std::vector<std::string> PatchFile::parameters() const
{
	return {contents_->parameters.begin(), contents_->parameters.end()};
}

std::vector<std::pair<std::string, std::string>> PatchFile::target_build_ids() const
{
	std::vector<std::pair<std::string, std::string>> ids;
	for (std::string_view entry : contents_->file.modinfo_all("klp_build_id")) {
		size_t colon = std::min(entry.find(':'), entry.size());
		std::string_view id = entry.substr(std::min(colon + 1, entry.size()));
		ids.emplace_back(entry.substr(0, colon), id);
	}
	return ids;
}

}
