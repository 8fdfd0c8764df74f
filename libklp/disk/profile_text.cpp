// SPDX-License-Identifier: LGPL-2.1-or-later
#include "profile_text.hpp"
#include "../fail.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>

namespace klp {

namespace {

// A line up to its last space.
std::string_view key_of(std::string_view line)
{
	return line.substr(0, line.rfind(' '));
}

std::string_view value_of(std::string_view line)
{
	return line.substr(line.rfind(' ') + 1);
}

bool is_printable(std::string_view text)
{
	return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

// Takes the text up to the next comma.
std::string_view next_part(std::string_view *text)
{
	size_t comma = std::min(text->find(','), text->size());
	std::string_view part = text->substr(0, comma);
	text->remove_prefix(std::min(comma + 1, text->size()));
	return part;
}

std::optional<uint32_t> parse_crc(std::string_view text)
{
	uint32_t crc;
	if (!text.starts_with("0x") || text.size() != 10)
		return std::nullopt;
	auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), crc, 16);
	if (error != std::errc() || end != text.data() + text.size())
		return std::nullopt;
	return crc;
}

bool is_build_id(std::string_view text)
{
	return text == "-" || (!text.empty() && text.size() <= 128 &&
			       text.find_first_not_of("0123456789abcdef") == text.npos);
}

// The line of this key, or "".
std::string_view line_of(const std::vector<std::string_view> &lines, std::string_view key)
{
	auto found = std::ranges::lower_bound(lines, key, {}, key_of);
	return found != lines.end() && key_of(*found) == key ? *found : std::string_view();
}

// Lines that end at an empty line or with the text, each "KEY VALUE", in the order of their keys.
class Lines {
public:
	Lines(std::string_view text, const std::string &name) : rest_(text), name_(name) {}

	Result<std::string_view> next()
	{
		size_t end = rest_.find('\n');
		number_++;
		if (end == rest_.npos)
			return fail(EBADMSG, "%s: line %zu does not end", name_.c_str(), number_);
		std::string_view line = rest_.substr(0, end);
		rest_.remove_prefix(end + 1);
		if (!is_printable(line))
			return wrong(line, "it has a byte that is not printable");
		return line;
	}

	Result<> read(std::vector<std::string_view> *lines, bool (*is_value)(std::string_view))
	{
		while (!rest_.empty()) {
			Result<std::string_view> line = next();
			if (!line)
				return std::unexpected(line.error());
			if (line->empty())
				return {};
			if (line->find(' ') == line->npos || key_of(*line).empty() ||
			    !is_value(value_of(*line)))
				return wrong(*line, "it is not as expected");
			if (!lines->empty() && key_of(lines->back()) >= key_of(*line))
				return wrong(*line, "it is not in order");
			lines->push_back(*line);
		}
		return {};
	}

	bool at_end() const { return rest_.empty(); }
	std::unexpected<Error> wrong(std::string_view line, const char *why) const
	{
		return fail(EBADMSG, "%s: line %zu '%.*s': %s", name_.c_str(), number_,
			    static_cast<int>(std::min<size_t>(line.size(), 80)), line.data(), why);
	}

private:
	std::string_view rest_;
	const std::string &name_;
	size_t number_ = 0;
};

}

std::vector<size_t *> layout_numbers(KlpLayout *layout)
{
	return {&layout->patch.size,	  &layout->patch.mod,	  &layout->patch.objs,
		&layout->patch.states,	  &layout->patch.replace, &layout->object.size,
		&layout->object.name,	  &layout->object.funcs,  &layout->object.callbacks,
		&layout->func.size,	  &layout->func.old_name, &layout->func.new_func,
		&layout->func.old_sympos, &layout->state.size,	  &layout->state.id,
		&layout->state.version};
}

Result<ProfileText> ProfileText::parse(std::string_view text, const std::string &name)
{
	ProfileText parsed;
	Lines lines(text, name);
	Result<std::string_view> build_id = lines.next();
	if (!build_id)
		return std::unexpected(build_id.error());
	if (!is_build_id(*build_id))
		return lines.wrong(*build_id, "it is no build id");
	if (*build_id != "-")
		parsed.build_id_ = *build_id;
	Result<> read = lines.read(&parsed.symbols_, [](std::string_view value) {
		return !value.empty() && value.find_first_not_of("t.") == value.npos;
	});
	if (read)
		read = lines.read(&parsed.exports_, [](std::string_view value) {
			return parse_profile_export(value).has_value();
		});
	if (!read)
		return std::unexpected(read.error());
	if (!lines.at_end())
		return lines.wrong("", "there is more behind the exports");
	return parsed;
}

std::string_view ProfileText::symbols(std::string_view name) const
{
	std::string_view line = line_of(symbols_, name);
	return line.empty() ? line : value_of(line);
}

std::optional<ModuleExport> ProfileText::export_of(std::string_view symbol) const
{
	std::string_view line = line_of(exports_, symbol);
	if (line.empty())
		return std::nullopt;
	return parse_profile_export(value_of(line));
}

std::string profile_export(const ModuleExport &symbol)
{
	char crc[sizeof("0x12345678")] = "-";
	if (symbol.crc)
		snprintf(crc, sizeof(crc), "0x%08x", *symbol.crc);
	std::string value = crc;
	if (symbol.terms != ExportTerms())
		value += symbol.terms.gpl_only ? ",gpl" : ",";
	if (!symbol.terms.name_space.empty())
		value += "," + symbol.terms.name_space;
	return value;
}

// A namespace may have commas.
std::optional<ModuleExport> parse_profile_export(std::string_view value)
{
	ModuleExport symbol;
	std::string_view crc = next_part(&value), terms = next_part(&value);
	symbol.crc = parse_crc(crc);
	if ((!symbol.crc && crc != "-") || (!terms.empty() && terms != "gpl"))
		return std::nullopt;
	symbol.terms = {terms == "gpl", std::string(value)};
	return symbol;
}

}
