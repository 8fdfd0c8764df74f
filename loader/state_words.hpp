// SPDX-License-Identifier: LGPL-2.1-or-later
// The words for a patch's state, the same for every verb; klp(8) has their meaning. JSON and the
// system log have their own.
#pragma once

#include <klp/load.hpp>
#include <string>

std::string words_for(const klp::LoadOutcome &outcome);
std::string words_for(klp::UnloadResult result);
std::string words_for(const klp::Verification &verification);

// "in transition (patching)"
std::string words_for_transition(bool patching);
