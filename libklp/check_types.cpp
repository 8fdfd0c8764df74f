// SPDX-License-Identifier: LGPL-2.1-or-later
// The kernel compares no types but those of exported symbols, by their checksums: a patch that was
// compiled with other headers loads, and reads the wrong memory. The types of the patch are in its
// debug information, those of the kernel and its modules in their BTF.
#include "abi/btf_types.hpp"
#include "abi/comparison.hpp"
#include "abi/dwarf_types.hpp"
#include "check.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>

namespace klp {

namespace {

// "" where an object has the same type of this name, or no object has one. A module's types contain
// those of vmlinux.
std::string difference(const std::vector<TypeComparison *> &objects, TypeId type)
{
	std::string first;
	for (TypeComparison *object : objects) {
		std::optional<std::string> found = object->named(type);
		if (found && found->empty())
			return "";
		if (found && first.empty())
			first = std::move(*found);
	}
	return first;
}

const char *keyword(const Type &type)
{
	return type.kind == Type::Kind::structure ? "struct"
	       : type.kind == Type::Kind::unions  ? "union"
						  : "enum";
}

// The types that the prototypes of the replacements are about.
std::set<TypeId> exchanged_types(const PatchFile &patch, const TypeTable &types)
{
	std::set<TypeId> found;
	for (const PatchedObject &object : patch.objects()) {
		for (const PatchedFunction &function : object.functions) {
			std::optional<TypeId> prototype = types.function(function.replacement);
			if (prototype)
				found.merge(reached_from(types, *prototype));
		}
	}
	return found;
}

using Names = std::set<std::string, std::less<>>;

// The names that a patch's types are compared by: its own, and those of the replaced functions.
Names names_of(const PatchFile &patch, const TypeTable &types)
{
	Names names;
	for (TypeId id = types.first(); id < types.size(); id++) {
		if (is_named(types.at(id)))
			names.emplace(types.at(id).name);
	}
	for (const PatchedObject &object : patch.objects())
		for (const PatchedFunction &function : object.functions)
			names.insert(function.name);
	return names;
}

// base has the BTF of vmlinux.
Result<TypeTable> types_of(Kernel &kernel, const std::string &object,
			   std::span<const std::byte> base, const Names &wanted)
{
	if (object == "vmlinux")
		return read_btf_types(base, {}, object, wanted);
	std::vector<std::byte> own = TRY(kernel.btf(object));
	return read_btf_types(own, base, object, wanted);
}

}

void Check::prototypes(const PatchTypes &patch, const TypeTable &kernel, const std::string &object,
		       TypeComparison *comparison)
{
	for (const PatchedObject &patched : patch_.objects()) {
		for (const PatchedFunction &function : patched.functions) {
			if (stopped())
				return;
			std::optional<TypeId> mine = patch.types.function(function.replacement),
					      theirs = kernel.function(function.name);
			if (patched.name != object || !mine || !theirs)
				continue;
			std::string found = comparison->prototype(*mine, *theirs);
			if (!found.empty())
				add(patch.are_certain ? FindingId::prototype_differs
						      : FindingId::type_may_differ,
				    {object, function.name}, "the replacement of '%s': %s",
				    function.name.c_str(), found.c_str());
		}
	}
}

// One finding for each name: units of one source have the same types.
void Check::layouts(const PatchTypes &patch, const std::vector<TypeComparison *> &objects)
{
	std::set<TypeId> exchanged = exchanged_types(patch_, patch.types);
	std::set<std::string_view> reported;
	for (TypeId id = patch.types.first(); id < patch.types.size(); id++) {
		const Type &type = patch.types.at(id);
		if (stopped())
			return;
		if (!is_named(type) || reported.contains(type.name))
			continue;
		std::string found = difference(objects, id);
		if (found.empty())
			continue;
		reported.insert(type.name);
		bool is_certain = patch.are_certain && (!type.is_own || exchanged.contains(id));
		add(is_certain ? FindingId::type_differs : FindingId::type_may_differ, {},
		    "%s %.*s: %s", keyword(type), static_cast<int>(type.name.size()),
		    type.name.data(), found.c_str());
	}
}

// The types are those of the debug information, or else of the patch's BTF.
void Check::types()
{
	if (!patch_.is_x86_64())
		return;
	auto unknown = [&](const Error &error) {
		add(FindingId::types_unknown, {}, "%s", error.message.c_str());
	};
	Result<TypeTable> types = read_dwarf_types(patch_.bytes(), patch_.path());
	Result<std::vector<std::byte>> btf = patch_.btf();
	bool are_certain = types.has_value();
	if (!types && (types.error().code != ENOENT || !btf)) {
		// klp-build leaves no types, and names the builds that it compiled for.
		if (patch_.target_build_ids().empty() || types.error().code != ENOENT)
			unknown(types.error());
		return;
	}
	Result<std::vector<std::byte>> base = kernel_.btf("vmlinux");
	if (!base)
		return unknown(base.error());
	if (!types)
		types = read_patch_btf(*btf, *base, patch_.path());
	if (!types)
		return unknown(types.error());
	compare_types({std::move(*types), are_certain}, *base);
}

void Check::compare_types(const PatchTypes &patch, std::span<const std::byte> base)
{
	std::set<std::string> objects = {"vmlinux"};
	for (const PatchedObject &object : patch_.objects()) {
		if (place(object.name) != Kernel::Place::absent)
			objects.insert(object.name);
	}
	Names wanted = names_of(patch_, patch.types);
	std::vector<std::unique_ptr<TypeTable>> tables;
	std::vector<std::unique_ptr<TypeComparison>> comparisons;
	std::vector<TypeComparison *> all;
	for (const std::string &object : objects) {
		if (stopped())
			return;
		Result<TypeTable> types = types_of(kernel_, object, base, wanted);
		if (!types) {
			add(FindingId::types_unknown, {object, ""}, "%s",
			    types.error().message.c_str());
			continue;
		}
		tables.push_back(std::make_unique<TypeTable>(std::move(*types)));
		comparisons.push_back(
			std::make_unique<TypeComparison>(patch.types, *tables.back()));
		all.push_back(comparisons.back().get());
		prototypes(patch, *tables.back(), object, all.back());
	}
	layouts(patch, all);
	if (std::ranges::any_of(comparisons, &TypeComparison::is_cut))
		add(FindingId::types_unknown, {}, "the types of '%s' are too many to compare all",
		    patch_.path().c_str());
}

}
