// SPDX-License-Identifier: LGPL-2.1-or-later
#include "words.hpp"
#include "terminal.hpp"

#include <set>

using klp::Severity;
using klp::Verification;
using klp::VerifiedFunction;

void print_findings(FILE *stream, const klp::Report &report, bool notes)
{
	std::set<std::string_view> cured;
	for (const klp::Finding &finding : report.findings) {
		std::string word = coloured("error", Colour::red, fileno(stream));
		if (finding.kind->severity == Severity::warning)
			word = coloured("warning", Colour::yellow, fileno(stream));
		if (finding.kind->severity == Severity::note) {
			if (!notes && !finding.kind->undecides)
				continue;
			word = finding.kind->undecides ? "unseen" : "note";
		}
		fprintf(stream, "%s: %s [%s]\n", word.c_str(), finding.message.c_str(),
			finding.kind->id);
		if (*finding.kind->cure && cured.insert(finding.kind->id).second)
			fprintf(stream, "       %s\n", finding.kind->cure);
	}
}

void print_blockers(FILE *stream, const std::vector<klp::BlockingTask> &blockers)
{
	for (const klp::BlockingTask &task : blockers)
		fprintf(stream, "  held up by %s\n", sentence(task).c_str());
}

const char *word_for(VerifiedFunction::State state)
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

const char *word_for(Verification::Verdict verdict)
{
	switch (verdict) {
	case Verification::Verdict::in_force:
		return "in-force";
	case Verification::Verdict::unverified:
		return "unverified";
	case Verification::Verdict::not_in_force:
		return "not-in-force";
	case Verification::Verdict::undecided:
		return "undecided";
	}
	__builtin_unreachable();
}

const char *word_for(klp::LoadedPatch::Phase phase)
{
	switch (phase) {
	case klp::LoadedPatch::Phase::enabled:
		return "enabled";
	case klp::LoadedPatch::Phase::patching:
		return "patching";
	case klp::LoadedPatch::Phase::unpatching:
		return "unpatching";
	case klp::LoadedPatch::Phase::disabled:
		return "disabled";
	}
	__builtin_unreachable();
}

void print_functions(FILE *stream, const Verification &verification)
{
	for (const VerifiedFunction &function : verification.functions) {
		std::string name = function.object + " " + function.name;
		if (function.sympos > 1)
			name += "," + std::to_string(function.sympos);
		fprintf(stream, "  %-14s %s%s%s\n", word_for(function.state), name.c_str(),
			function.why.empty() ? "" : ": ", function.why.c_str());
	}
}
