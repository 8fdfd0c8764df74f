// SPDX-License-Identifier: LGPL-2.1-or-later
#include "repository_news.hpp"

namespace klp::protocol {

using tuf::FaultKind;

std::optional<FaultKind> fault_of(const std::string &word)
{
	for (int kind = 0; kind <= static_cast<int>(FaultKind::local); kind++)
		if (word == tuf::word_of(static_cast<FaultKind>(kind)))
			return static_cast<FaultKind>(kind);
	return std::nullopt;
}

Checked<std::string> repository_state(const Fields &fields, const char *name)
{
	std::string state = TRY(fields.text(name));
	if (state == "current" || state == "clock-wrong" || fault_of(state))
		return state;
	return fields.refuse_field(name, "current, clock-wrong or the word of a fault");
}

}
