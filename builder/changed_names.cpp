// SPDX-License-Identifier: LGPL-2.1-or-later
#include "changed_names.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace klp {

static bool is_tag_word(const std::string &token)
{
	return token == "struct" || token == "union" || token == "enum";
}

static std::set<std::string> all_names(const std::vector<std::string> &tokens)
{
	std::set<std::string> names;
	for (const std::string &token : tokens) {
		if (is_word(token) && !is_keyword(token))
			names.insert(token);
	}
	return names;
}

// The declared names, without used ones: names before one of ; , = [ : and before an attribute, but
// no tag; and (*this).
static std::set<std::string> declared(const std::vector<std::string> &tokens)
{
	std::set<std::string> names;
	for (size_t i = 0; i + 1 < tokens.size(); i++) {
		if (!is_word(tokens[i]) || is_keyword(tokens[i]) ||
		    (i > 0 && is_tag_word(tokens[i - 1])))
			continue;
		const std::string &next = tokens[i + 1];
		bool called = next == ")" && i > 0 && tokens[i - 1] == "*";
		if (called || next.starts_with("__") ||
		    std::string_view(";,=[:").find(next) != std::string::npos)
			names.insert(tokens[i]);
	}
	return names;
}

// The name before the parameters; a macro in its place may declare any of its arguments.
static std::set<std::string> names_of_function(const std::vector<std::string> &tokens)
{
	std::string found, attribute;
	int depth = 0;
	for (size_t i = 0; i + 1 < tokens.size() && tokens[i] != "{"; i++) {
		if (depth == 0 && tokens[i + 1] == "(" && is_word(tokens[i]) &&
		    !is_keyword(tokens[i]))
			(tokens[i].starts_with("__") ? attribute : found) = tokens[i];
		depth += tokens[i] == "(" ? 1 : tokens[i] == ")" ? -1 : 0;
	}
	if (found.empty())
		found = attribute;
	bool is_macro =
		std::ranges::none_of(found, [](unsigned char letter) { return islower(letter); });
	return found.empty() || is_macro ? all_names(tokens) : std::set{found};
}

static std::set<std::string> names_of_type(const std::vector<std::string> &tokens)
{
	std::set<std::string> names;
	bool is_enum = false;
	int depth = 0;
	for (size_t i = 0; i < tokens.size(); i++) {
		if (depth == 0) {
			is_enum |= tokens[i] == "enum";
			if (is_word(tokens[i]) && !is_keyword(tokens[i]))
				names.insert(tokens[i]);
		} else if (is_enum && is_word(tokens[i])) {
			names.insert(tokens[i]);
		}
		depth += tokens[i] == "{" ? 1 : tokens[i] == "}" ? -1 : 0;
	}
	return names;
}

std::set<std::string> names_of(const HeaderItem &item)
{
	switch (item.kind) {
	case HeaderItem::Kind::directive:
		return {};
	case HeaderItem::Kind::macro:
		return {item.tokens[2]};
	case HeaderItem::Kind::function:
		return names_of_function(item.tokens);
	case HeaderItem::Kind::type:
		return names_of_type(item.tokens);
	case HeaderItem::Kind::declaration:
		break;
	}
	if (std::ranges::find(item.tokens, "(") != item.tokens.end())
		return names_of_function(item.tokens);
	return declared(item.tokens);
}

// The tag of a struct or union with members; "" for anything else.
static std::string tag_of(const HeaderItem &item)
{
	if (item.kind != HeaderItem::Kind::type)
		return "";
	for (size_t i = 0; i + 2 < item.tokens.size() && item.tokens[i] != "{"; i++) {
		if ((item.tokens[i] == "struct" || item.tokens[i] == "union") &&
		    is_word(item.tokens[i + 1]))
			return item.tokens[i + 1];
	}
	return "";
}

// The names that are declared between two semicolons, at whatever depth.
static std::multiset<std::vector<std::string>> members_of(const HeaderItem &item)
{
	std::multiset<std::vector<std::string>> members;
	std::vector<std::string> member;
	for (const std::string &token : item.tokens) {
		if (token != "{" && token != "}")
			member.push_back(token);
		if (token == ";" || token == "{" || token == "}")
			members.insert(std::exchange(member, {}));
	}
	return members;
}

static void add_changed_members(const HeaderItem &one, const HeaderItem &other,
				std::set<std::string> *names)
{
	std::multiset<std::vector<std::string>> mine = members_of(one), theirs = members_of(other);
	std::vector<std::vector<std::string>> changed;
	std::ranges::set_difference(mine, theirs, std::back_inserter(changed));
	for (const std::vector<std::string> &member : changed)
		names->merge(declared(member));
}

// The items that only one side has.
static std::vector<HeaderItem> without(std::vector<HeaderItem> items,
				       std::vector<HeaderItem> others)
{
	std::vector<HeaderItem> left;
	std::ranges::sort(items);
	std::ranges::sort(others);
	std::ranges::set_difference(items, others, std::back_inserter(left));
	return left;
}

std::optional<ChangedNames> names_changed(const std::string &before, const std::string &after)
{
	std::vector<HeaderItem> old_items = items_of_header(before);
	std::vector<HeaderItem> new_items = items_of_header(after);
	std::vector<HeaderItem> gone = without(old_items, new_items);
	std::vector<HeaderItem> come = without(new_items, old_items);
	ChangedNames affected;
	for (const auto &[items, others] : {std::pair(&gone, &come), std::pair(&come, &gone)}) {
		for (const HeaderItem &item : *items) {
			if (item.kind == HeaderItem::Kind::directive)
				return std::nullopt;
			std::string tag = tag_of(item);
			auto twin = std::ranges::find_if(*others, [&](const HeaderItem &other) {
				return !tag.empty() && tag_of(other) == tag;
			});
			if (twin == others->end()) {
				affected.names.merge(names_of(item));
				continue;
			}
			affected.types.insert(tag);
			add_changed_members(item, *twin, &affected.names);
		}
	}
	return affected;
}

void Pastes::add(const std::string &text)
{
	for (size_t at = text.find("##"); at != std::string::npos; at = text.find("##", at + 2)) {
		size_t start = at, end = at + 2;
		while (start > 0 && text[start - 1] == ' ')
			start--;
		size_t word = start;
		while (word > 0 && in_word(text[word - 1]))
			word--;
		if (word < start)
			prefixes_.insert(text.substr(word, start - word));
		while (end < text.size() && text[end] == ' ')
			end++;
		for (word = end; word < text.size() && in_word(text[word]);)
			word++;
		if (word > end)
			suffixes_.insert(text.substr(end, word - end));
	}
}

std::set<std::string> Pastes::arguments_for(const std::set<std::string> &names) const
{
	constexpr size_t enough = 2; // a shorter rest is any word
	std::set<std::string> found;
	for (const std::string &name : names) {
		std::vector<std::string_view> rests = {name};
		for (const std::string &prefix : prefixes_) {
			if (name.starts_with(prefix))
				rests.push_back(std::string_view(name).substr(prefix.size()));
		}
		for (size_t i = 0, count = rests.size(); i < count; i++) {
			for (const std::string &suffix : suffixes_) {
				if (rests[i].ends_with(suffix))
					rests.push_back(rests[i].substr(0, rests[i].size() -
										   suffix.size()));
			}
		}
		for (std::string_view rest : rests) {
			if (rest.size() >= enough && rest.size() < name.size())
				found.emplace(rest);
		}
	}
	return found;
}

static bool mentions(const std::vector<std::string> &tokens, const std::set<std::string> &names)
{
	return std::ranges::any_of(tokens,
				   [&](const std::string &token) { return names.contains(token); });
}

// Most texts contain none of the letters.
static bool may_mention(const std::string &text, const std::set<std::string> &names)
{
	return std::ranges::any_of(names, [&](const std::string &name) {
		return text.find(name) != std::string::npos;
	});
}

bool mentions(const std::string &text, const std::set<std::string> &names)
{
	return may_mention(text, names) && mentions(tokens_of(text), names);
}

bool is_only_defined(const std::string &name, const std::vector<std::string> &texts)
{
	Pastes pastes;
	for (const std::string &text : texts)
		pastes.add(text);
	std::set<std::string> made = pastes.arguments_for({name});
	if (std::ranges::any_of(texts,
				[&](const std::string &text) { return mentions(text, made); }))
		return false;
	std::ptrdiff_t count = 0;
	for (const std::string &text : texts) {
		if (may_mention(text, {name}))
			count += std::ranges::count(tokens_of(text), name);
	}
	return count == 1;
}

// Whether an item depends on one of the names. A struct does not depend on its members' names.
static bool depends_on(const HeaderItem &item, const std::set<std::string> &names)
{
	if (item.kind == HeaderItem::Kind::directive || item.kind == HeaderItem::Kind::declaration)
		return false;
	if (item.kind != HeaderItem::Kind::type)
		return mentions(item.tokens, names);
	std::set<std::string> others, own = declared(item.tokens);
	std::ranges::set_difference(names, own, std::inserter(others, others.end()));
	return mentions(item.tokens, others);
}

std::set<std::string> dependent_names(const std::string &text, const std::set<std::string> &names)
{
	std::set<std::string> found;
	if (!may_mention(text, names))
		return found;
	for (const HeaderItem &item : items_of_header(text)) {
		if (depends_on(item, names))
			found.merge(names_of(item));
	}
	return found;
}

}
