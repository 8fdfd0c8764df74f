// SPDX-License-Identifier: LGPL-2.1-or-later
#include "declarations.hpp"
#include "../kmod/patch/klp_build.h"
#include "sections.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <sstream>

namespace klp {

static constexpr struct {
	CallbackKind kind;
	const char *name;
	std::string_view section;
} callback_kinds[] = {
	{CallbackKind::pre_patch, "pre_patch", KLPRT_PRE_PATCH_SECTION},
	{CallbackKind::post_patch, "post_patch", KLPRT_POST_PATCH_SECTION},
	{CallbackKind::pre_unpatch, "pre_unpatch", KLPRT_PRE_UNPATCH_SECTION},
	{CallbackKind::post_unpatch, "post_unpatch", KLPRT_POST_UNPATCH_SECTION},
};

const char *name_of(CallbackKind kind)
{
	return callback_kinds[static_cast<size_t>(kind)].name;
}

static std::optional<CallbackKind> kind_of(std::string_view section)
{
	for (const auto &known : callback_kinds) {
		if (section == known.section)
			return known.kind;
	}
	return std::nullopt;
}

bool is_declaration(std::string_view section)
{
	return has_fate(section, SectionFate::declaration);
}

bool Declarations::has_post_unpatch() const
{
	return std::ranges::any_of(callbacks, [](const Callback &callback) {
		return callback.kind == CallbackKind::post_unpatch;
	});
}

static Callback callback_of(const Object &object, const Piece &pointer, CallbackKind kind)
{
	Callback callback = {kind, no_piece, pointer.name};
	if (pointer.references.size() != 1)
		return callback;
	const Target &target = pointer.references[0].target;
	if (target.kind == Target::Kind::piece && target.offset == 0 &&
	    object.piece(target.piece).kind == Piece::Kind::function) {
		callback.function = target.piece;
		callback.name = object.piece(target.piece).name;
	} else if (target.kind == Target::Kind::undefined) {
		callback.name = target.name;
	}
	return callback;
}

static State state_of(PieceId id, const Piece &piece)
{
	State state = {id, 0, 0};
	read_at(piece.bytes, offsetof(klprt_state, id), &state.id);
	read_at(piece.bytes, offsetof(klprt_state, version), &state.version);
	return state;
}

static std::string text_of(const Piece &piece)
{
	const char *text = reinterpret_cast<const char *>(piece.bytes.data());
	return std::string(text, strnlen(text, piece.bytes.size()));
}

// Finds a fix that includes the other tool's macros itself, or their header by a path.
static bool is_foreign(const ElfSection &section)
{
	return section.name.starts_with(".kpatch.") || section.name.starts_with(".discard.klp_");
}

Declarations read_declarations(const Object &object)
{
	Declarations declarations;
	for (const ElfSection &section : object.elf().sections()) {
		if (is_foreign(section))
			declarations.refused.emplace_back(section.name);
	}
	for (PieceId id = 0; id < object.pieces().size(); id++) {
		const Piece &piece = object.piece(id);
		std::string_view section = object.section_name(piece);
		if (std::optional<CallbackKind> kind = kind_of(section))
			declarations.callbacks.push_back(callback_of(object, piece, *kind));
		else if (section == KLPRT_STATES_SECTION &&
			 piece.bytes.size() == sizeof(klprt_state))
			declarations.states.push_back(state_of(id, piece));
		else if (section == KLPRT_REFUSED_SECTION && !piece.name.empty())
			declarations.refused.push_back(text_of(piece));
	}
	// The compiler orders the declarations in its own way.
	std::ranges::stable_sort(declarations.callbacks, {}, [](const Callback &callback) {
		return std::pair(callback.kind, callback.name);
	});
	std::ranges::stable_sort(declarations.states, {}, &State::id);
	std::ranges::sort(declarations.refused);
	return declarations;
}

// Whether a line calls a macro.
static bool uses(std::string_view line, std::string_view macro)
{
	auto is_word = [](char letter) {
		return isalnum(static_cast<unsigned char>(letter)) || letter == '_';
	};
	for (size_t at = line.find(macro); at != std::string_view::npos;
	     at = line.find(macro, at + 1)) {
		std::string_view rest = line.substr(at + macro.size());
		rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
		if (rest.starts_with('(') && (at == 0 || !is_word(line[at - 1])))
			return true;
	}
	return false;
}

// Whether a line is an #include of a header, with any text around the name.
static bool includes(std::string_view line, std::string_view header)
{
	std::string_view rest = line.substr(1);
	for (std::string_view word : {"", "#", "include"}) {
		if (!rest.starts_with(word))
			return false;
		rest.remove_prefix(word.size());
		rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
	}
	return (rest.starts_with('"') || rest.starts_with('<')) &&
	       rest.substr(1).starts_with(header);
}

static bool declares(std::string_view line)
{
	static constexpr std::string_view macros[] = {"KLP_PRE_PATCH",	 "KLP_POST_PATCH",
						      "KLP_PRE_UNPATCH", "KLP_POST_UNPATCH",
						      "KLP_STATE",	 "KLP_STATE_DATA"};
	static constexpr std::string_view headers[] = {"kpatch-macros.h", "kpatch-syscall.h",
						       "linux/livepatch_helpers.h"};
	return std::ranges::any_of(macros,
				   [&](std::string_view macro) { return uses(line, macro); }) ||
	       std::ranges::any_of(headers,
				   [&](std::string_view header) { return includes(line, header); });
}

bool adds_declarations(const std::string &patch)
{
	std::istringstream lines(patch);
	std::string line;
	while (std::getline(lines, line)) {
		if (line.starts_with('+') && declares(line))
			return true;
	}
	return false;
}

}
