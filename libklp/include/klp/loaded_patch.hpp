// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace [[gnu::visibility("default")]] klp {

// The state of one patch, as read from /sys/kernel/livepatch
// (Documentation/ABI/testing/sysfs-kernel-livepatch).
struct LoadedPatch {
	struct Function {
		std::string name;
		unsigned long sympos; // from 1
	};
	struct Object {
		std::string name; // "vmlinux" or a module's
		bool patched; // false while the module is not loaded
		std::vector<Function> functions;
	};
	// The state of the patch in the kernel.
	enum class Phase {
		enabled, // every task runs the new code
		patching, // in transition towards it
		unpatching, // in transition away from it
		disabled, // about to leave sysfs
	};

	std::string name;
	bool enabled;
	bool in_transition;
	bool being_inserted = false; // in transition, while its module's init function still runs
	std::optional<bool> replace; // since 6.11
	std::optional<unsigned> stack_order; // since 6.14; 1 is the first
	std::vector<Object> objects;

	// Whether tasks run the new code, or are to run it. The kernel sets a patch's "enabled"
	// only after it has begun the transition (__klp_enable_patch()).
	bool is_wanted() const { return enabled || being_inserted; }

	Phase phase() const
	{
		if (in_transition)
			return is_wanted() ? Phase::patching : Phase::unpatching;
		return enabled ? Phase::enabled : Phase::disabled;
	}
};

const char *name_of(LoadedPatch::Phase phase);

}
