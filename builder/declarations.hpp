// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads the declarations that the source of a fix makes for the kernel's livepatch core, by the
// macros of kmod/patch/klp_build.h: callbacks for the object that its unit is part of, and states.
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
	// Declarations for another tool, which have no meaning for klp: "KPATCH_FORCE_UNSAFE(f)",
	// or a section of such a tool.
	std::vector<std::string> refused;

	// Whether the fix undoes its own changes. The kernel calls post_unpatch whenever it called
	// pre_patch. The kernel skips pre_unpatch when it reverses the enabling of the patch
	// (kernel/livepatch/transition.c, klp_reverse_transition).
	bool has_post_unpatch() const;
};

Declarations read_declarations(const Object &object);

// Whether a section holds declarations, not variables of the fix.
bool is_declaration(std::string_view section);

// Whether the added lines of a patch use one of the macros, or include a header of another tool for
// which klp has its own (kmod/patch/compat).
bool adds_declarations(const std::string &patch);

}
