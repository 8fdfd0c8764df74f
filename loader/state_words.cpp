// SPDX-License-Identifier: LGPL-2.1-or-later
#include "state_words.hpp"

using klp::LoadedPatch;
using klp::LoadResult;
using klp::UnloadResult;
using klp::Verification;

static constexpr const char *active = "active", *not_active = "not active",
			    *unverified = "enabled, not verified", *disabled = "disabled",
			    *in_transition = "in transition";

std::string words_for(const klp::LoadOutcome &outcome)
{
	switch (outcome.result) {
	case LoadResult::applied:
		return outcome.verification ? words_for(*outcome.verification) : active;
	case LoadResult::in_transition:
		return in_transition;
	case LoadResult::overridden:
		return outcome.verification ? words_for(*outcome.verification) : not_active;
	case LoadResult::unverified:
		return unverified;
	case LoadResult::refused:
	case LoadResult::failed:
	case LoadResult::reversed:
		return name_of(outcome.result);
	}
	__builtin_unreachable();
}

std::string words_for(UnloadResult result)
{
	switch (result) {
	case UnloadResult::in_transition:
		return in_transition;
	case UnloadResult::lingering:
		return disabled;
	case UnloadResult::unloaded:
	case UnloadResult::absent:
	case UnloadResult::failed:
	case UnloadResult::reversed:
		return name_of(result);
	}
	__builtin_unreachable();
}

std::string words_for(const Verification &verification)
{
	LoadedPatch::Phase phase = verification.patch.phase();
	if (verification.patch.in_transition)
		return words_for_transition(phase == LoadedPatch::Phase::patching);
	if (phase == LoadedPatch::Phase::disabled)
		return disabled;
	switch (verification.verdict()) {
	case Verification::Verdict::active:
		return active;
	case Verification::Verdict::not_active:
		return not_active;
	case Verification::Verdict::superseded:
		return "superseded";
	case Verification::Verdict::unverified:
		return unverified;
	case Verification::Verdict::undecided:
		return "enabled, not seen whether active";
	}
	__builtin_unreachable();
}

std::string words_for_transition(bool patching)
{
	return std::string(in_transition) + (patching ? " (patching)" : " (unpatching)");
}
