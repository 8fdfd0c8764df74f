// SPDX-License-Identifier: LGPL-2.1-or-later
// libdw relocates the debug information of a module, which is not linked. It takes a file: the
// module's bytes, which may have come out of a compressed one, are in memory for it.
#include "dwarf_types.hpp"
#include "../memory_file.hpp"
#include "../module/module_file.hpp"
#include "../try.hpp"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <dwarf.h>
#include <elfutils/libdwfl.h>

namespace klp {

namespace {

struct DwflEnd {
	void operator()(Dwfl *dwfl) const { dwfl_end(dwfl); }
};

// No debug information of another file: libdw would look for that, even on the network.
int no_other_file(Dwfl_Module *, void **, const char *, Dwarf_Addr, const char *, const char *,
		  GElf_Word, char **)
{
	return -1;
}

constexpr Dwfl_Callbacks callbacks = {
	.find_elf = nullptr,
	.find_debuginfo = no_other_file,
	.section_address = dwfl_offline_section_address,
	.debuginfo_path = nullptr,
};

std::string_view text(const char *name)
{
	return name ? name : "";
}

std::string_view folder_of(std::string_view path)
{
	size_t slash = path.rfind('/');
	return slash == path.npos ? "" : path.substr(0, slash + 1);
}

std::optional<uint64_t> number(Dwarf_Die *die, unsigned name)
{
	Dwarf_Attribute attribute;
	Dwarf_Word value;
	if (!dwarf_attr_integrate(die, name, &attribute) ||
	    dwarf_formudata(&attribute, &value) != 0)
		return std::nullopt;
	return value;
}

bool has(Dwarf_Die *die, unsigned name)
{
	return dwarf_hasattr(die, name) != 0;
}

Type::Kind kind_of(int tag)
{
	switch (tag) {
	case DW_TAG_base_type:
		return Type::Kind::integer;
	case DW_TAG_pointer_type:
		return Type::Kind::pointer;
	case DW_TAG_array_type:
		return Type::Kind::array;
	case DW_TAG_structure_type:
		return Type::Kind::structure;
	case DW_TAG_union_type:
		return Type::Kind::unions;
	case DW_TAG_enumeration_type:
		return Type::Kind::enumeration;
	case DW_TAG_subroutine_type:
	case DW_TAG_subprogram:
		return Type::Kind::function;
	case DW_TAG_typedef:
	case DW_TAG_const_type:
	case DW_TAG_volatile_type:
	case DW_TAG_restrict_type:
	case DW_TAG_atomic_type:
		return Type::Kind::alias;
	default:
		return Type::Kind::nothing;
	}
}

class Reader {
public:
	explicit Reader(std::shared_ptr<Dwfl> dwfl) : dwfl_(std::move(dwfl)) {}

	Result<TypeTable> read(const std::string &name)
	{
		int found = 0; // units
		Dwarf_Addr bias;
		for (Dwarf_Die *unit = nullptr; (unit = dwfl_nextcu(dwfl_.get(), unit, &bias));) {
			found++;
			TRY(collect(unit, name));
		}
		if (found == 0)
			return fail(ENOENT, "%s: there is no debug information", name.c_str());
		auto types = std::make_shared<std::vector<Type>>(1);
		for (Found &type : found_) {
			Type filled = TRY(fill(&type, name));
			types->push_back(std::move(filled));
		}
		TypeTable table(dwfl_, types->size(),
				[types](TypeId id) { return std::move((*types)[id]); });
		index(&table, *types);
		return table;
	}

private:
	struct Found {
		Dwarf_Die die;
		std::string_view folder; // of the unit's source
	};

	// A unit may name its source relative to the folder in which it was compiled.
	static std::string folder_of_source(Dwarf_Die *unit)
	{
		std::string_view name = text(dwarf_diename(unit));
		std::string folder(folder_of(name));
		Dwarf_Attribute attribute;
		if (name.starts_with('/') || !dwarf_attr(unit, DW_AT_comp_dir, &attribute))
			return folder;
		return std::string(text(dwarf_formstring(&attribute))) + "/" + folder;
	}

	// Numbers each type and each function's definition of a unit, whatever they are nested in.
	Result<> collect(Dwarf_Die *unit, const std::string &name)
	{
		folders_.push_back(folder_of_source(unit));
		std::string_view folder = folders_.back();
		std::vector<Dwarf_Die> todo;
		Dwarf_Die child;
		if (dwarf_child(unit, &child) == 0)
			todo.push_back(child);
		while (!todo.empty()) {
			Dwarf_Die die = todo.back();
			todo.pop_back();
			Dwarf_Die next;
			if (dwarf_siblingof(&die, &next) == 0)
				todo.push_back(next);
			if (dwarf_child(&die, &next) == 0)
				todo.push_back(next);
			if (kind_of(dwarf_tag(&die)) == Type::Kind::nothing)
				continue;
			found_.push_back({die, folder});
			ids_[dwarf_dieoffset(&die)] = static_cast<TypeId>(found_.size());
			if (found_.size() > most_types || todo.size() > most_types)
				return fail(E2BIG, "%s: more than %zu types", name.c_str(),
					    most_types);
		}
		return {};
	}

	// The type that DW_AT_type names; void where there is none.
	TypeId target(Dwarf_Die *die) const
	{
		Dwarf_Attribute attribute;
		Dwarf_Die named;
		if (!dwarf_attr_integrate(die, DW_AT_type, &attribute) ||
		    !dwarf_formref_die(&attribute, &named))
			return 0;
		auto known = ids_.find(dwarf_dieoffset(&named));
		return known == ids_.end() ? 0 : known->second;
	}

	// DWARF 5 has data_bit_offset. Before, bit_offset counts from the most significant bit of a
	// word of byte_size bytes.
	static uint64_t place_of(Dwarf_Die *member, uint64_t bits)
	{
		if (std::optional<uint64_t> place = number(member, DW_AT_data_bit_offset))
			return *place;
		uint64_t place = 8 * number(member, DW_AT_data_member_location).value_or(0);
		std::optional<uint64_t> from_top = number(member, DW_AT_bit_offset);
		if (from_top)
			place += 8 * number(member, DW_AT_byte_size).value_or(4) - *from_top - bits;
		return place;
	}

	// gcc writes a value below 0 as sdata; libdw extends the sign of the fixed sizes, too.
	static uint64_t value_of(Dwarf_Die *enumerator)
	{
		Dwarf_Attribute attribute;
		Dwarf_Sword with_sign = 0;
		Dwarf_Word value = 0;
		if (!dwarf_attr(enumerator, DW_AT_const_value, &attribute))
			return 0;
		unsigned form = dwarf_whatform(&attribute);
		if (form != DW_FORM_sdata && form != DW_FORM_implicit_const) {
			dwarf_formudata(&attribute, &value);
			return value;
		}
		dwarf_formsdata(&attribute, &with_sign);
		return static_cast<uint64_t>(with_sign);
	}

	Result<> add_child(Dwarf_Die *die, Type *type, const std::string &name)
	{
		Type::Member member;
		switch (dwarf_tag(die)) {
		case DW_TAG_member: {
			uint64_t bits = number(die, DW_AT_bit_size).value_or(0);
			member = {text(dwarf_diename(die)), target(die), place_of(die, bits),
				  static_cast<uint32_t>(bits)};
			break;
		}
		case DW_TAG_formal_parameter:
			member.type = target(die);
			break;
		case DW_TAG_unspecified_parameters:
			break;
		case DW_TAG_enumerator:
			type->values.push_back({text(dwarf_diename(die)), value_of(die)});
			return count(name);
		case DW_TAG_subrange_type: {
			// The elements of all dimensions; 0 for a flexible array.
			std::optional<uint64_t> elements = number(die, DW_AT_count);
			if (!elements && has(die, DW_AT_upper_bound))
				elements = number(die, DW_AT_upper_bound).value_or(-1) + 1;
			type->size *= elements.value_or(0);
			return {};
		}
		default:
			return {};
		}
		type->members.push_back(member);
		return count(name);
	}

	Result<> count(const std::string &name)
	{
		if (++members_ > most_members)
			return fail(E2BIG, "%s: more than %zu members of types", name.c_str(),
				    most_members);
		return {};
	}

	Result<Type> fill(Found *found, const std::string &name)
	{
		Dwarf_Die *die = &found->die;
		Type type;
		type.kind = kind_of(dwarf_tag(die));
		type.name = text(dwarf_diename(die));
		type.target = target(die);
		type.size = number(die, DW_AT_byte_size).value_or(0);
		if (type.kind == Type::Kind::integer &&
		    number(die, DW_AT_encoding) == uint64_t{DW_ATE_float})
			type.kind = Type::Kind::floating;
		if (type.kind == Type::Kind::array)
			type.size = 1; // times its dimensions
		if (is_named(type) && has(die, DW_AT_declaration))
			type.kind = Type::Kind::forward;
		std::string_view folder = folder_of(text(dwarf_decl_file(die)));
		type.is_own = !folder.empty() && !found->folder.empty() &&
			      folder.starts_with(found->folder);
		Dwarf_Die child;
		for (bool more = dwarf_child(die, &child) == 0; more;
		     more = dwarf_siblingof(&child, &child) == 0)
			TRY(add_child(&child, &type, name));
		return type;
	}

	void index(TypeTable *table, const std::vector<Type> &types)
	{
		for (TypeId id = 1; id < types.size(); id++) {
			Dwarf_Die *die = &found_[id - 1].die;
			if (is_named(types[id]))
				table->add_named(types[id].name, id);
			// A copy that gcc made for a caller has the name of the function that it is
			// a copy of.
			if (dwarf_tag(die) == DW_TAG_subprogram && !has(die, DW_AT_declaration) &&
			    !has(die, DW_AT_abstract_origin))
				table->add_function(types[id].name, id);
		}
	}

	std::shared_ptr<Dwfl> dwfl_;
	std::deque<std::string> folders_;
	std::vector<Found> found_;
	std::unordered_map<Dwarf_Off, TypeId> ids_;
	size_t members_ = 0;
};

}

// libdw unpacks compressed sections, whatever their size.
static Result<> check_unpacked_size(std::span<const std::byte> module, const std::string &name)
{
	elf_version(EV_CURRENT);
	char *image = const_cast<char *>(reinterpret_cast<const char *>(module.data()));
	std::unique_ptr<Elf, int (*)(Elf *)> elf(elf_memory(image, module.size()), elf_end);
	if (!elf)
		return fail(EBADMSG, "%s: libelf: %s", name.c_str(), elf_errmsg(-1));
	size_t strings = 0;
	if (elf_getshdrstrndx(elf.get(), &strings) != 0)
		return fail(EBADMSG, "%s: libelf: %s", name.c_str(), elf_errmsg(-1));
	uint64_t unpacked = 0;
	for (Elf_Scn *section = nullptr; (section = elf_nextscn(elf.get(), section));) {
		GElf_Shdr header;
		GElf_Chdr compression;
		if (!gelf_getshdr(section, &header))
			return fail(EBADMSG, "%s: libelf: %s", name.c_str(), elf_errmsg(-1));
		if (text(elf_strptr(elf.get(), strings, header.sh_name)).starts_with(".zdebug"))
			return fail(ENOTSUP,
				    "%s: debug information in the old compressed form (.zdebug)",
				    name.c_str());
		if (header.sh_flags & SHF_COMPRESSED) {
			if (!gelf_getchdr(section, &compression))
				return fail(EBADMSG, "%s: libelf: %s", name.c_str(),
					    elf_errmsg(-1));
			unpacked += std::min<uint64_t>(compression.ch_size, module_size_limit + 1);
		}
	}
	if (unpacked > module_size_limit)
		return fail(E2BIG, "%s: more than %zu bytes of debug information, unpacked",
			    name.c_str(), module_size_limit);
	return {};
}

Result<TypeTable> read_dwarf_types(std::span<const std::byte> module, const std::string &name)
{
	TRY(check_unpacked_size(module, name));
	UniqueFd file = TRY(file_in_memory(module));
	std::shared_ptr<Dwfl> dwfl(dwfl_begin(&callbacks), DwflEnd());
	if (!dwfl)
		return fail(ENOMEM, "%s: libdw: %s", name.c_str(), dwfl_errmsg(-1));
	int fd = file.get();
	if (!dwfl_report_offline(dwfl.get(), "klp", name.c_str(), fd))
		return fail(EBADMSG, "%s: libdw: %s", name.c_str(), dwfl_errmsg(-1));
	file.release(); // it is dwfl's
	dwfl_report_end(dwfl.get(), nullptr, nullptr);
	return Reader(std::move(dwfl)).read(name);
}

}
