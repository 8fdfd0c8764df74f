// SPDX-License-Identifier: LGPL-2.1-or-later
#include "source_places.hpp"

#include <cstring>
#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <memory>

namespace klp {

namespace {

struct DwflEnd {
	void operator()(Dwfl *session) const { dwfl_end(session); }
};

// Finds every name below a place of the tree: static variables are within functions.
void collect(Dwarf_Die *parent, const std::set<std::string> &names,
	     std::map<std::string, std::string> *places)
{
	Dwarf_Die die;
	if (dwarf_child(parent, &die) != 0)
		return;
	do {
		const char *name = dwarf_diename(&die);
		bool declaration = dwarf_hasattr(&die, DW_AT_declaration);
		int line = 0;
		if (name && !declaration && names.contains(name) &&
		    dwarf_decl_line(&die, &line) == 0) {
			const char *file = dwarf_decl_file(&die);
			std::string place = file ? file : "";
			if (place.starts_with("./"))
				place.erase(0, 2);
			places->try_emplace(name, place + ":" + std::to_string(line));
		}
		if (dwarf_tag(&die) == DW_TAG_subprogram || dwarf_tag(&die) == DW_TAG_lexical_block)
			collect(&die, names, places);
	} while (dwarf_siblingof(&die, &die) == 0);
}

}

std::map<std::string, std::string> source_places(const std::string &object,
						 const std::set<std::string> &names)
{
	static char *no_path = nullptr;
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.section_address = dwfl_offline_section_address,
		.debuginfo_path = &no_path,
	};
	std::map<std::string, std::string> places;
	std::unique_ptr<Dwfl, DwflEnd> session(dwfl_begin(&callbacks));
	if (!session || !dwfl_report_offline(session.get(), "", object.c_str(), -1))
		return places;
	dwfl_report_end(session.get(), nullptr, nullptr);
	Dwarf_Die *unit = nullptr;
	Dwarf_Addr bias;
	while ((unit = dwfl_nextcu(session.get(), unit, &bias)))
		collect(unit, names, &places);
	return places;
}

}
