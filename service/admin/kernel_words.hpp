// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "session.hpp"

namespace klp::admin {

// --kernel and --build-id: which kernel a verb is about.
struct KernelWords {
	std::string release, build_id;
};
void add_kernel(CommandLine *app, KernelWords *words);

// The one kernel of the list that the words fit. Refuses none, and several.
Checked<protocol::KernelId> kernel_of(const KernelWords &words,
				      const std::vector<protocol::KernelId> &known);

// The kernels for which releases have a version.
std::vector<protocol::KernelId> kernels_with(const std::vector<protocol::Release> &releases,
					     int64_t version);

}
