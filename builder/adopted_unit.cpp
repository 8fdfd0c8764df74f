// SPDX-License-Identifier: LGPL-2.1-or-later
#include "adopted_unit.hpp"
#include "../libklp/fail.hpp"

#include <algorithm>
#include <cerrno>
#include <klp/module_name.hpp>

namespace klp {

static std::string without_suffix(const std::string &unit)
{
	return unit.substr(0, unit.size() - 2);
}

// The name, as scripts/Makefile.lib has it for -DKBUILD_BASENAME and the like.
static std::string name_of(const std::string &unit)
{
	std::string name = module_name(without_suffix(unit.substr(unit.rfind('/') + 1)));
	std::ranges::replace(name, ',', '_');
	return name;
}

static bool replace(std::string *text, const std::string &from, const std::string &to)
{
	size_t at = text->find(from);
	if (at == std::string::npos)
		return false;
	text->replace(at, from.size(), to);
	return true;
}

static std::string defined(const std::string &macro, const std::string &value)
{
	return " -D" + macro + "='\"" + value + "\"' ";
}

Result<std::string> command_beside(const std::string &command, const std::string &sibling,
				   const std::string &unit)
{
	std::string result = command;
	std::string old_name = name_of(sibling), name = name_of(unit);
	std::string source = sibling.substr(sibling.rfind('/') + 1),
		    own = unit.substr(unit.rfind('/') + 1);
	source.back() = own.back() = 'c';
	bool is_last = result.ends_with("/" + source);
	if (is_last)
		result.replace(result.size() - source.size(), source.size(), own);
	if (!is_last || !replace(&result, defined("KBUILD_BASENAME", old_name),
				 defined("KBUILD_BASENAME", name)))
		return fail(EBADMSG, "cannot compile '%s' as '%s' is: %s", unit.c_str(),
			    sibling.c_str(), command.c_str());
	// An object that is linked of one source has the source's name.
	if (replace(&result, defined("KBUILD_MODFILE", without_suffix(sibling)),
		    defined("KBUILD_MODFILE", without_suffix(unit)))) {
		replace(&result, defined("KBUILD_MODNAME", old_name),
			defined("KBUILD_MODNAME", name));
		replace(&result, " -D__KBUILD_MODNAME=kmod_" + old_name + " ",
			" -D__KBUILD_MODNAME=kmod_" + name + " ");
	}
	return result;
}

}
