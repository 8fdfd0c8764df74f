// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/report.hpp>

namespace klp {

enum class FindingId {
#define FINDING(identifier, ...) identifier,
#include "findings.def"
#undef FINDING
};

const FindingKind &kind_of(FindingId id);

}
