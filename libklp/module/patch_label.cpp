// SPDX-License-Identifier: LGPL-2.1-or-later
#include "patch_label.hpp"
#include "../try.hpp"
#include "notes.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <klp/masked.hpp>

namespace klp {

static constexpr size_t longest_word = 64, longest_url = 512, most_fixes = 1024;
static constexpr std::string_view fix_key = "klp_fixes", version_key = "version",
				  url_key = "klp_url", note_owner = "klp";

static bool is_digit(char letter)
{
	return letter >= '0' && letter <= '9';
}

static bool is_letter_or_digit(char letter)
{
	return isalnum(static_cast<unsigned char>(letter)) != 0;
}

bool is_label_word(std::string_view text)
{
	return !text.empty() && text.size() <= longest_word &&
	       std::ranges::all_of(text, [](char letter) {
		       return is_letter_or_digit(letter) ||
			      std::string_view(".-_:").contains(letter);
	       });
}

// The length of a year, a separator and a number of at least four digits at the start of text; 0
// for none.
static size_t cve_number(std::string_view text, char separator)
{
	constexpr size_t year = 4, shortest_number = 4;
	size_t end = year + 1;
	if (text.size() < end || text[year] != separator ||
	    !std::ranges::all_of(text.substr(0, year), is_digit))
		return 0;
	while (end < text.size() && is_digit(text[end]))
		end++;
	return end >= year + 1 + shortest_number ? end : 0;
}

static bool is_fix(std::string_view text)
{
	constexpr std::string_view prefix = "CVE-";
	if (!is_label_word(text))
		return false;
	if (!text.starts_with(prefix))
		return true;
	text.remove_prefix(prefix.size());
	return cve_number(text, '-') == text.size();
}

static bool is_url(std::string_view text)
{
	return (text.starts_with("https://") || text.starts_with("http://")) &&
	       text.size() <= longest_url &&
	       std::ranges::all_of(text, [](char letter) { return letter > ' ' && letter <= '~'; });
}

Result<> check_label(const PatchLabel &label)
{
	if (label.fixes.size() > most_fixes)
		return fail(EINVAL, "%zu fixes; at most %zu are allowed", label.fixes.size(),
			    most_fixes);
	for (const std::string &fix : label.fixes) {
		if (!is_fix(fix))
			return fail(EINVAL,
				    "'%s' names no fix; expected a CVE such as CVE-2026-1234, or "
				    "another name of at most %zu letters, digits and .-_:",
				    masked(fix).c_str(), longest_word);
	}
	if (!label.version.empty() && !is_label_word(label.version))
		return fail(EINVAL,
			    "'%s' is no version; expected at most %zu letters, digits and .-_:",
			    masked(label.version).c_str(), longest_word);
	if (!label.url.empty() && !is_url(label.url))
		return fail(EINVAL,
			    "'%s' is no URL; expected https:// or http://, and at most %zu letters",
			    masked(label.url).c_str(), longest_url);
	return {};
}

std::vector<std::string> modinfo_of(const PatchLabel &label)
{
	std::vector<std::string> entries;
	auto add = [&](std::string_view key, const std::string &value) {
		if (!value.empty())
			entries.push_back(std::string(key) + "=" + value);
	};
	for (const std::string &fix : label.fixes)
		add(fix_key, fix);
	add(version_key, label.version);
	add(url_key, label.url);
	return entries;
}

std::vector<std::byte> note_of(const PatchLabel &label)
{
	std::string text;
	auto add = [&](LabelNote kind, const std::string &value) {
		if (!value.empty())
			text += note(note_owner, static_cast<uint32_t>(kind), value);
	};
	for (const std::string &fix : label.fixes)
		add(LabelNote::fix, fix);
	add(LabelNote::url, label.url);
	auto bytes = std::as_bytes(std::span(text));
	return {bytes.begin(), bytes.end()};
}

// A label of a module's author: valid, or EBADMSG.
static Result<PatchLabel> checked(PatchLabel label, const char *place)
{
	Result<> valid = check_label(label);
	if (!valid)
		return fail(EBADMSG, "%s: %s", place, valid.error().message.c_str());
	if (!label.fixes.empty())
		label.source = PatchLabel::Source::patch;
	return label;
}

// A module without klp_fixes= and klp_url= may have a version of another kind, such as "1.0
// (beta)".
Result<PatchLabel> read_label(const ModuleFile &module)
{
	PatchLabel label;
	for (std::string_view fix : module.modinfo_all(fix_key))
		label.fixes.emplace_back(fix);
	label.url = module.modinfo(url_key).value_or("");
	std::string_view version = module.modinfo(version_key).value_or("");
	if (is_label_word(version) || !label.fixes.empty() || !label.url.empty())
		label.version = version;
	PatchLabel found = TRY(checked(std::move(label), ".modinfo"));
	add_fixes_of_name(module.name(), &found);
	return found;
}

Result<PatchLabel> parse_label_note(std::span<const std::byte> notes)
{
	PatchLabel label;
	Notes all(notes);
	while (std::optional<Note> note = all.next()) {
		std::string text(reinterpret_cast<const char *>(note->descriptor.data()),
				 note->descriptor.size());
		if (note->owner != note_owner)
			return fail(EBADMSG, "%s has a note of '%s', not of '%s'", label_section,
				    masked(std::string(note->owner)).c_str(), note_owner.data());
		switch (static_cast<LabelNote>(note->type)) {
		case LabelNote::fix:
			label.fixes.push_back(std::move(text));
			continue;
		case LabelNote::url:
			label.url = std::move(text);
			continue;
		}
		return fail(EBADMSG, "%s has a note of type %u, which this klp does not know",
			    label_section, note->type);
	}
	if (all.is_broken())
		return fail(EBADMSG, "%s is cut off", label_section);
	return checked(std::move(label), label_section);
}

void add_fixes_of_name(std::string_view name, PatchLabel *label)
{
	constexpr std::string_view prefix = "cve";
	if (!label->fixes.empty())
		return;
	std::string lower(name);
	std::ranges::transform(lower, lower.begin(),
			       [](unsigned char letter) { return tolower(letter); });
	for (size_t at = 0; (at = lower.find(prefix, at)) != std::string::npos;) {
		bool begins = at == 0 || !is_letter_or_digit(lower[at - 1]);
		at += prefix.size();
		size_t start = at < lower.size() && lower[at] == '_' ? at + 1 : at;
		std::string_view rest = std::string_view(lower).substr(start);
		size_t size = begins ? cve_number(rest, '_') : 0;
		if (size == 0 || (size < rest.size() && is_letter_or_digit(rest[size])))
			continue;
		std::string number(rest.substr(0, size));
		std::ranges::replace(number, '_', '-');
		label->fixes.push_back("CVE-" + number);
		label->source = PatchLabel::Source::name;
	}
}

}
