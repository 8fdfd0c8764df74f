// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../protocol/rollout.hpp"
#include "publication.hpp"

namespace klp::hub {

// Changes of the offers. Each refuses, as not_listed, a version that releases or its kernel's
// document do not have; as mixed, one that is recalled, or that the tier may not have.
tuf::Checked<> promote(Listing *listing, const protocol::Promotion &promotion);
tuf::Checked<> promote_all(Listing *listing, const protocol::PromotionOfAll &promotion);
// Refuses a version that no tier offers.
tuf::Checked<> block(Listing *listing, const protocol::Block &block);

}
