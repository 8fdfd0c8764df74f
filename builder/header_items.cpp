// SPDX-License-Identifier: LGPL-2.1-or-later
#include "header_items.hpp"

#include <algorithm>
#include <set>

namespace klp {

bool is_word(std::string_view token)
{
	return !token.empty() && (isalpha(static_cast<unsigned char>(token[0])) || token[0] == '_');
}

bool in_word(char letter)
{
	return isalnum(static_cast<unsigned char>(letter)) || letter == '_';
}

bool is_keyword(const std::string &word)
{
	static const std::set<std::string> words = {
		"auto",
		"bool",
		"break",
		"case",
		"char",
		"const",
		"continue",
		"default",
		"do",
		"double",
		"else",
		"enum",
		"extern",
		"float",
		"for",
		"goto",
		"if",
		"inline",
		"int",
		"long",
		"register",
		"return",
		"short",
		"signed",
		"sizeof",
		"static",
		"struct",
		"switch",
		"typedef",
		"union",
		"unsigned",
		"void",
		"volatile",
		"while",
		"size_t",
		"u8",
		"u16",
		"u32",
		"u64",
		"s32",
		"__always_inline",
		"__attribute__",
	};
	return words.contains(word);
}

static size_t end_of_literal(std::string_view text, size_t start)
{
	for (size_t at = start + 1; at < text.size(); at++) {
		if (text[at] == '\\')
			at++;
		else if (text[at] == text[start] || text[at] == '\n')
			return at + 1;
	}
	return text.size();
}

static size_t end_of_token(std::string_view text, size_t at)
{
	if (text[at] == '"' || text[at] == '\'')
		return end_of_literal(text, at);
	if (text.substr(at, 2) == "##")
		return at + 2;
	size_t end = at + 1;
	if (in_word(text[at])) {
		while (end < text.size() && in_word(text[end]))
			end++;
	}
	return end;
}

std::vector<std::string> tokens_of(std::string_view text)
{
	std::vector<std::string> tokens;
	for (size_t at = 0; at < text.size();) {
		if (text.substr(at, 2) == "/*")
			at = std::min(text.find("*/", at + 2), text.size() - 2) + 2;
		else if (text.substr(at, 2) == "//")
			at = std::min(text.find('\n', at), text.size());
		else if (isspace(static_cast<unsigned char>(text[at])) || text[at] == '\\')
			at++;
		else {
			size_t end = end_of_token(text, at);
			tokens.emplace_back(text.substr(at, end - at));
			at = end;
		}
	}
	return tokens;
}

namespace {

class HeaderReader {
public:
	explicit HeaderReader(const std::string &text) : text_(text) {}
	std::vector<HeaderItem> read();

private:
	size_t end_of_directive(size_t at) const;
	size_t end_of_item(size_t at, bool *has_body) const;
	void take_directive(std::vector<std::string> tokens);
	void take_item(std::vector<std::string> tokens, bool has_body);
	std::string conditions() const;

	const std::string &text_;
	std::vector<std::string> conditions_;
	std::vector<HeaderItem> items_;
};

std::string HeaderReader::conditions() const
{
	std::string text;
	for (const std::string &condition : conditions_)
		text += condition + "\n";
	return text;
}

// A line, with the lines in which it continues: by a backslash or a comment.
size_t HeaderReader::end_of_directive(size_t at) const
{
	for (; at < text_.size(); at++) {
		if (text_[at] == '\\')
			at++;
		else if (text_.compare(at, 2, "/*") == 0)
			at = std::min(text_.find("*/", at + 2), text_.size() - 1);
		else if (text_[at] == '"')
			at = end_of_literal(text_, at) - 1;
		if (at < text_.size() && text_[at] == '\n' && text_[at - 1] != '\\')
			break;
	}
	return at;
}

// Reads to a semicolon, or to the end of a function's body, outside of any brackets.
size_t HeaderReader::end_of_item(size_t at, bool *has_body) const
{
	int braces = 0, parentheses = 0;
	bool in_body = false, assigned = false, called = false;
	std::string last;
	while (at < text_.size()) {
		if (text_.compare(at, 2, "/*") == 0) {
			at = std::min(text_.find("*/", at + 2), text_.size() - 2) + 2;
			continue;
		}
		if (text_.compare(at, 2, "//") == 0) {
			at = std::min(text_.find('\n', at), text_.size());
			continue;
		}
		char letter = text_[at];
		if (isspace(static_cast<unsigned char>(letter))) {
			at++;
			continue;
		}
		size_t end = end_of_token(text_, at);
		if (letter == '(')
			called |= parentheses++ == 0 && braces == 0 && is_word(last) &&
				  last != "__attribute__";
		else if (letter == ')')
			parentheses--;
		else if (letter == '=')
			assigned |= braces == 0;
		else if (letter == '{' && braces++ == 0 && parentheses == 0)
			in_body = !assigned && called && (last == ")" || is_word(last));
		else if (letter == '}' && --braces == 0 && in_body) {
			*has_body = true;
			return end;
		} else if (letter == ';' && braces == 0 && parentheses == 0)
			return end;
		last = text_.substr(at, end - at);
		at = end;
	}
	return at;
}

void HeaderReader::take_directive(std::vector<std::string> tokens)
{
	const std::string name = tokens.size() > 1 ? tokens[1] : "";
	std::string all;
	for (const std::string &token : tokens)
		all += token + " ";
	if (name == "if" || name == "ifdef" || name == "ifndef")
		conditions_.push_back(all);
	else if ((name == "elif" || name == "else") && !conditions_.empty())
		conditions_.back() += all;
	else if (name == "endif" && !conditions_.empty())
		conditions_.pop_back();
	else if (name == "define" && tokens.size() > 2)
		items_.push_back({HeaderItem::Kind::macro, conditions(), std::move(tokens)});
	else
		items_.push_back({HeaderItem::Kind::directive, conditions(), std::move(tokens)});
}

void HeaderReader::take_item(std::vector<std::string> tokens, bool has_body)
{
	if (tokens.empty() || tokens == std::vector<std::string>{";"})
		return;
	bool braces = std::ranges::find(tokens, "{") != tokens.end();
	HeaderItem::Kind kind = has_body ? HeaderItem::Kind::function
				: braces ? HeaderItem::Kind::type
					 : HeaderItem::Kind::declaration;
	items_.push_back({kind, conditions(), std::move(tokens)});
}

// A directive inside an item is part of it.
std::vector<HeaderItem> HeaderReader::read()
{
	for (size_t at = 0; at < text_.size();) {
		if (isspace(static_cast<unsigned char>(text_[at]))) {
			at++;
		} else if (text_.compare(at, 2, "/*") == 0) {
			at = std::min(text_.find("*/", at + 2), text_.size() - 2) + 2;
		} else if (text_.compare(at, 2, "//") == 0) {
			at = std::min(text_.find('\n', at), text_.size());
		} else if (text_[at] == '#') {
			size_t end = end_of_directive(at);
			take_directive(tokens_of(std::string_view(text_).substr(at, end - at)));
			at = end;
		} else {
			bool has_body = false;
			size_t end = end_of_item(at, &has_body);
			take_item(tokens_of(std::string_view(text_).substr(at, end - at)),
				  has_body);
			at = end;
		}
	}
	return std::move(items_);
}

}

std::vector<HeaderItem> items_of_header(const std::string &text)
{
	return HeaderReader(text).read();
}

}
