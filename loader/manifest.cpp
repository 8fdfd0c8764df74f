// SPDX-License-Identifier: LGPL-2.1-or-later
#include "manifest.hpp"

#include "../cli/say.hpp"

#include <map>

using nlohmann::ordered_json;

// A manifest has at most 3 levels; printing one is recursive.
static constexpr int deepest = 16;

static ordered_json parse(std::string_view text)
{
	bool too_deep = false;
	auto watch = [&](int depth, ordered_json::parse_event_t, ordered_json &) {
		too_deep |= depth > deepest;
		return !too_deep;
	};
	ordered_json json = ordered_json::parse(text, watch, false);
	return too_deep || !json.is_object() ? ordered_json() : json;
}

ordered_json manifest_of(const klp::PatchFile &patch)
{
	std::optional<std::string_view> text = patch.manifest();
	return text ? parse(*text) : ordered_json();
}

static std::string string_of(const ordered_json &json)
{
	return json.is_string() ? json.get<std::string>() : "?";
}

static std::string member(const ordered_json &object, const char *name)
{
	auto found = object.is_object() ? object.find(name) : object.end();
	return found == object.end() ? "?" : string_of(*found);
}

static ordered_json list(const ordered_json &object, const char *name)
{
	auto found = object.find(name);
	return found != object.end() && found->is_array() ? *found : ordered_json::array();
}

// "a, b and 7 more"
static std::string first_of(const std::vector<std::string> &words, const char *separator)
{
	constexpr size_t shown = 4;
	std::string text;
	for (size_t i = 0; i < std::min(words.size(), shown); i++)
		text += (i ? separator : "") + words[i];
	if (words.size() > shown)
		text += " and " + std::to_string(words.size() - shown) + " more";
	return text;
}

static std::string sources(const ordered_json &manifest)
{
	std::vector<std::string> files;
	for (const ordered_json &patch : list(manifest, "patches"))
		files.push_back(member(patch, "file"));
	return files.empty() ? "?" : first_of(files, ", ");
}

static std::string functions(const ordered_json &manifest)
{
	std::map<std::string, size_t> counts;
	for (const ordered_json &function : list(manifest, "functions"))
		counts[member(function, "object")]++;
	std::vector<std::string> words;
	for (const auto &[object, count] : counts)
		words.push_back(std::to_string(count) +
				(count == 1 ? " function of " : " functions of ") + object);
	return words.empty() ? "no function" : first_of(words, ", ");
}

static std::string removal(const klp::PatchFile &patch, const ordered_json &manifest)
{
	if (patch.is_removable())
		return "can be taken out again";
	std::vector<std::string> reasons;
	for (const ordered_json &reason : list(manifest, "not_removable_because"))
		reasons.push_back(string_of(reason));
	return "cannot be taken out of memory" +
	       (reasons.empty() ? "" : ": " + first_of(reasons, "; "));
}

void print_manifest(FILE *stream, const klp::PatchFile &patch)
{
	if (!patch.manifest())
		return;
	ordered_json manifest = manifest_of(patch);
	if (member(manifest, "schema") != "klp.manifest/1") {
		say(stream, "%s: has a manifest that this klp cannot read\n", patch.name().c_str());
		return;
	}
	say(stream, "%s: made by %s from %s for %s\n", patch.name().c_str(),
	    member(manifest, "tool").c_str(), sources(manifest).c_str(),
	    member(manifest, "kernel").c_str());
	say(stream, "  replaces %s\n", functions(manifest).c_str());
	say(stream, "  %s\n", removal(patch, manifest).c_str());
}
