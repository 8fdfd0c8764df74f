// SPDX-License-Identifier: LGPL-2.1-or-later
// What the source of a fix tells the kernel's livepatch core, by the macros of
// kmod/patch/klp_build.h: callbacks for the object that its unit is part of, and states.
#pragma once

#include "object.hpp"

#include <optional>

namespace klp {

// In the order of struct klp_callbacks.
enum class CallbackKind { pre_patch, post_patch, pre_unpatch, post_unpatch };

const char *name_of(CallbackKind kind);

struct Callback {
	CallbackKind kind;
	PieceId function; // no_piece: it is no function of this unit
	std::string name;
};

struct State {
	PieceId piece; // the variable that becomes the patch's struct klp_state
	uint64_t id;
	uint32_t version;
};

struct Declarations {
	std::vector<Callback> callbacks;
	std::vector<State> states;
	// The fix says these to another tool, and klp has no meaning for them:
	// "KPATCH_FORCE_UNSAFE(f)", or a section of such a tool's.
	std::vector<std::string> refused;

	// The fix undoes itself what it did. The kernel calls post_unpatch whenever it called
	// pre_patch; it leaves out pre_unpatch when the patch is reversed on its way in
	// (kernel/livepatch/transition.c, klp_reverse_transition).
	bool has_post_unpatch() const;
};

Declarations read_declarations(const Object &object);

// Whether a section is of declarations: what is in it is no variable of the fix.
bool is_declaration(std::string_view section);

// Whether lines that a patch adds use one of the macros, or include a header of another
// tool's that klp has its own of (kmod/patch/compat).
bool adds_declarations(const std::string &patch);

}
