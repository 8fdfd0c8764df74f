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
		bool is_note = finding.kind->severity == Severity::note;
		if (is_note && !notes && !finding.kind->undecides)
			continue;
		if (is_note)
			say(stream, finding.kind->undecides ? "unseen" : "note");
		else if (finding.kind->severity == Severity::warning)
			say_in_colour(stream, Colour::yellow, "warning");
		else
			say_in_colour(stream, Colour::red, "error");
		say(stream, ": %s [%s]\n", finding.message.c_str(), finding.kind->id);
		if (*finding.cure && cured.insert(finding.kind->id).second)
			say(stream, "       %s\n", finding.cure);
	}
}

void print_blockers(FILE *stream, const std::vector<klp::Task> &blockers)
{
	for (const klp::Task &task : blockers)
		say(stream, "  blocked by %s\n", sentence(task).c_str());
}

const char *mode_in_words(const std::string &mode)
{
	if (mode == "runtime")
		return "klp_runtime";
	if (mode == "kmsg")
		return "the kernel log";
	if (mode == "bpf")
		return "BPF";
	return "sysfs, polled: nothing that tells of it may be read";
}

static std::string sentence(const klp::Tracer &tracer)
{
	std::string who = name_of(tracer.kind);
	if (tracer.id)
		who += " '" + tracer.name + "' (id " + std::to_string(tracer.id) + ")";
	else
		who += tracer.name;
	return who + " on " + tracer.object + " " + tracer.function +
	       (tracer.may_suppress ? ": may keep calls from the new code" : "");
}

void print_functions(FILE *stream, const Verification &verification)
{
	for (const VerifiedFunction &function : verification.functions) {
		std::string name = function.object + " " + function.name;
		if (function.sympos > 1)
			name += "," + std::to_string(function.sympos);
		say(stream, "  %-14s %s%s%s\n", name_of(function.state), name.c_str(),
		    function.why.empty() ? "" : ": ", function.why.c_str());
	}
	for (const klp::Tracer &tracer : verification.tracers)
		say(stream, "  tracer         %s\n", sentence(tracer).c_str());
	if (!verification.stacks_unread.empty())
		say(stream, "  judged by tracefs alone: %s\n", verification.stacks_unread.c_str());
}
