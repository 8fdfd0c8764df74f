// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "strict.hpp"

namespace klp::protocol {

// Why a machine does not apply an offer.
enum class Refusal {
	mixed, // the tier names what releases does not
	wrong_build, // of another build of the kernel
	not_permitted, // by the kernel's document: not approved, other bytes, or another tier
	below_minimum,
	recalled,
	held,
	failed,
	not_in_share, // of the machines
};
inline constexpr std::array refusal_words = {"mixed",	      "wrong-build", "not-permitted",
					     "below-minimum", "recalled",    "held",
					     "failed",	      "not-in-share"};

struct Refused {
	int64_t version;
	Refusal why;
	std::string reason; // one line

	bool operator==(const Refused &) const = default;
};

// In a check-in.
constexpr size_t most_refused = 16;

Checked<Refused> refused_of(const Fields &fields);
nlohmann::json to_json(const std::vector<Refused> &refused);

}
