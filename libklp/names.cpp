// SPDX-License-Identifier: LGPL-2.1-or-later
// The names of enum values: in JSON, in the system log and for people.
#include <klp/load.hpp>
#include <klp/patch_label.hpp>

namespace klp {

const char *name_of(Severity severity)
{
	switch (severity) {
	case Severity::error:
		return "error";
	case Severity::warning:
		return "warning";
	case Severity::note:
		return "note";
	}
	__builtin_unreachable();
}

const char *name_of(PatchLabel::Source source)
{
	switch (source) {
	case PatchLabel::Source::none:
		return "none";
	case PatchLabel::Source::patch:
		return "patch";
	case PatchLabel::Source::name:
		return "name";
	}
	__builtin_unreachable();
}

const char *name_of(Verdict verdict)
{
	switch (verdict) {
	case Verdict::loads:
		return "loads";
	case Verdict::refused:
		return "refused";
	case Verdict::undecided:
		return "undecided";
	}
	__builtin_unreachable();
}

const char *name_of(VerifiedFunction::State state)
{
	switch (state) {
	case VerifiedFunction::State::redirected:
		return "redirected";
	case VerifiedFunction::State::superseded:
		return "superseded";
	case VerifiedFunction::State::waiting:
		return "waiting";
	case VerifiedFunction::State::unproved:
		return "unproved";
	case VerifiedFunction::State::not_redirected:
		return "not-redirected";
	case VerifiedFunction::State::unseen:
		return "unseen";
	}
	__builtin_unreachable();
}

const char *name_of(Verification::Verdict verdict)
{
	switch (verdict) {
	case Verification::Verdict::active:
		return "in-force";
	case Verification::Verdict::unverified:
		return "unverified";
	case Verification::Verdict::not_active:
		return "not-in-force";
	case Verification::Verdict::undecided:
		return "undecided";
	case Verification::Verdict::superseded:
		return "superseded";
	}
	__builtin_unreachable();
}

const char *name_of(Tracer::Kind kind)
{
	switch (kind) {
	case Tracer::Kind::fentry:
		return "fentry";
	case Tracer::Kind::fexit:
		return "fexit";
	case Tracer::Kind::fmod_ret:
		return "fmod_ret";
	case Tracer::Kind::lsm:
		return "lsm";
	case Tracer::Kind::kprobe:
		return "kprobe";
	case Tracer::Kind::kretprobe:
		return "kretprobe";
	case Tracer::Kind::direct:
		return "direct";
	case Tracer::Kind::ftrace:
		return "ftrace";
	}
	__builtin_unreachable();
}

const char *name_of(LoadedPatch::Phase phase)
{
	switch (phase) {
	case LoadedPatch::Phase::enabled:
		return "enabled";
	case LoadedPatch::Phase::patching:
		return "patching";
	case LoadedPatch::Phase::unpatching:
		return "unpatching";
	case LoadedPatch::Phase::disabled:
		return "disabled";
	}
	__builtin_unreachable();
}

const char *name_of(LoadResult result)
{
	switch (result) {
	case LoadResult::applied:
		return "applied";
	case LoadResult::refused:
		return "refused";
	case LoadResult::failed:
		return "failed";
	case LoadResult::reversed:
		return "reversed";
	case LoadResult::in_transition:
		return "in-transition";
	case LoadResult::overridden:
		return "overridden";
	case LoadResult::unverified:
		return "unverified";
	}
	__builtin_unreachable();
}

const char *name_of(UnloadResult result)
{
	switch (result) {
	case UnloadResult::unloaded:
		return "unloaded";
	case UnloadResult::absent:
		return "absent";
	case UnloadResult::failed:
		return "failed";
	case UnloadResult::reversed:
		return "reversed";
	case UnloadResult::in_transition:
		return "in-transition";
	case UnloadResult::lingering:
		return "lingering";
	}
	__builtin_unreachable();
}

}
