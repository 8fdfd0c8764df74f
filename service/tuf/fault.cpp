// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fault.hpp"

namespace klp::tuf {

const char *word_of(FaultKind kind)
{
	switch (kind) {
	case FaultKind::malformed:
		return "malformed";
	case FaultKind::too_few_signatures:
		return "unsigned";
	case FaultKind::expired:
		return "expired";
	case FaultKind::rollback:
		return "rollback";
	case FaultKind::mixed:
		return "mixed";
	case FaultKind::endless:
		return "endless";
	case FaultKind::slow:
		return "slow";
	case FaultKind::absent:
		return "absent";
	case FaultKind::unreachable:
		return "unreachable";
	case FaultKind::not_listed:
		return "not-listed";
	case FaultKind::local:
		return "local";
	}
	__builtin_unreachable();
}

std::unexpected<Fault> refuse(FaultKind kind, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	std::string message = message_of(format, args);
	va_end(args);
	return std::unexpected(Fault(kind, std::move(message)));
}

}
