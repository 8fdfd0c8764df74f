// SPDX-License-Identifier: LGPL-2.1-or-later
#include "label.hpp"
#include "../cli/say.hpp"
#include "state_words.hpp"
#include "terminal.hpp"

#include <cstring>
#include <map>

using klp::PatchLabel;
using klp::Verification;

static std::string in_words(const PatchLabel &label)
{
	std::string text;
	auto add = [&](const std::string &part) { text += (text.empty() ? "" : "; ") + part; };
	std::string fixes;
	for (const std::string &fix : label.fixes)
		fixes += (fixes.empty() ? "fixes " : ", ") + fix;
	if (label.source == PatchLabel::Source::name)
		fixes += ", by its name alone";
	if (!fixes.empty())
		add(fixes);
	if (!label.version.empty())
		add("version " + label.version);
	if (!label.url.empty())
		add(label.url);
	return text;
}

void print_label(FILE *stream, const std::string &start, const klp::Result<PatchLabel> &label)
{
	std::string words =
		label ? in_words(*label) : "the fixes are unknown: " + label.error().message;
	if (!words.empty())
		say(stream, "%s%s\n", start.c_str(), words.c_str());
}

namespace {

struct ByNumber {
	bool operator()(const std::string &a, const std::string &b) const
	{
		return strverscmp(a.c_str(), b.c_str()) < 0;
	}
};

}

static bool is_active(const LabelledPatch *patch)
{
	return patch->verification->verdict() == Verification::Verdict::active;
}

// A fix is active if one of its patches is.
static void print_fix(const std::string &fix, const std::vector<const LabelledPatch *> &patches)
{
	const LabelledPatch *best = patches[0];
	for (const LabelledPatch *patch : patches) {
		if (!is_active(best) && is_active(patch))
			best = patch;
	}
	const PatchLabel &label = **best->label;
	std::string patch = best->verification->patch.name;
	if (!label.version.empty())
		patch += ", version " + label.version;
	if (label.source == PatchLabel::Source::name)
		patch += ", by its name alone";
	say(stdout, "%s: ", fix.c_str());
	say_in_colour(stdout, is_active(best) ? Colour::green : Colour::red,
		      words_for(*best->verification).c_str());
	say(stdout, " (%s)\n", patch.c_str());
}

void print_fixes(const std::vector<LabelledPatch> &patches)
{
	std::map<std::string, std::vector<const LabelledPatch *>, ByNumber> fixes;
	for (const LabelledPatch &patch : patches) {
		const char *name = patch.verification->patch.name.c_str();
		if (!*patch.label)
			say(stderr, "klp status: the fixes of '%s' are unknown: %s\n", name,
			    patch.label->error().message.c_str());
		else if ((*patch.label)->fixes.empty())
			say(stderr, "klp status: '%s' does not say what it fixes\n", name);
		else
			for (const std::string &fix : (*patch.label)->fixes)
				fixes[fix].push_back(&patch);
	}
	for (const auto &[fix, of] : fixes)
		print_fix(fix, of);
}

nlohmann::ordered_json to_json(const klp::Result<PatchLabel> &label)
{
	PatchLabel known = label.value_or(PatchLabel());
	return {{"fixes", known.fixes},
		{"from", name_of(known.source)},
		{"version", known.version},
		{"url", known.url},
		{"message", label ? "" : label.error().message}};
}
