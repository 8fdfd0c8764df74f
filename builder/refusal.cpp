// SPDX-License-Identifier: LGPL-2.1-or-later
#include "refusal.hpp"

namespace klp {

static constexpr bool error = true, warning = false;

static constexpr RefusalKind kinds[] = {
#define REFUSAL(identifier, id, severity, meaning, cure) {id, severity, meaning, cure},
#include "refusals.def"
#undef REFUSAL
};

enum Index {
#define REFUSAL(identifier, id, severity, meaning, cure) index_##identifier,
#include "refusals.def"
#undef REFUSAL
};

namespace refusal {
#define REFUSAL(identifier, id, severity, meaning, cure)                                           \
	const RefusalKind &identifier = kinds[index_##identifier];
#include "refusals.def"
#undef REFUSAL
}

void Refusals::add(const RefusalKind &kind, const std::string &subject, std::string message)
{
	if (added_.insert(kind.id + ("\n" + subject + "\n" + message)).second)
		all_.push_back({&kind, subject, "", std::move(message)});
}

std::span<const RefusalKind> refusal_kinds()
{
	return kinds;
}

}
