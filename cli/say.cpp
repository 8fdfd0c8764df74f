// SPDX-License-Identifier: LGPL-2.1-or-later
#include "say.hpp"

#include <cassert>
#include <cstdarg>
#include <cstdint>
#include <cstring>
#include <klp/masked.hpp>
#include <sstream>

namespace {

// "%-14s": snprintf() gets the text between the '%' and the letter unchanged, except that the
// number replaces a '*'.
struct Conversion {
	std::string text = "%";
	std::string length; // "", "l", "ll", "z"
	char letter = 0;

	template <class Value> std::string of(Value value) const
	{
		std::string format = text + length + letter;
		int size = snprintf(nullptr, 0, format.c_str(), value);
		std::string made(size > 0 ? size : 0, '\0');
		snprintf(made.data(), made.size() + 1, format.c_str(), value);
		return made;
	}
};

// Goes through the format and its arguments once.
class Message {
public:
	Message(const char *format, va_list *args) : at_(format), args_(args) {}
	std::string made();

private:
	Conversion next_conversion();
	std::string converted(const Conversion &conversion);

	const char *at_;
	va_list *args_;
};

Conversion Message::next_conversion()
{
	Conversion conversion;
	for (; strchr("-+ #0123456789.*", *at_); at_++) {
		assert(*at_ != '\0');
		if (*at_ == '*')
			conversion.text += std::to_string(va_arg(*args_, int));
		else
			conversion.text += *at_;
	}
	while (*at_ == 'l' || *at_ == 'z')
		conversion.length += *at_++;
	conversion.letter = *at_++;
	return conversion;
}

std::string Message::converted(const Conversion &conversion)
{
	switch (conversion.letter) {
	case '%':
		return "%";
	case 's':
		return klp::masked(conversion.of(va_arg(*args_, const char *)));
	case 'c':
		return klp::masked(conversion.of(va_arg(*args_, int)));
	case 'f':
	case 'g':
		return conversion.of(va_arg(*args_, double));
	case 'd':
	case 'u':
	case 'x':
		// Signed and unsigned are passed alike.
		if (conversion.length == "ll")
			return conversion.of(va_arg(*args_, long long));
		if (!conversion.length.empty())
			return conversion.of(va_arg(*args_, long));
		return conversion.of(va_arg(*args_, int));
	}
	assert(!"a conversion that say() does not know");
	return "?";
}

std::string Message::made()
{
	std::string text;
	for (;;) {
		size_t plain = strcspn(at_, "%");
		text.append(at_, plain);
		at_ += plain;
		if (*at_ == '\0')
			return text;
		at_++;
		text += converted(next_conversion());
	}
}

}

void say(FILE *stream, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	std::string text = Message(format, &args).made();
	va_end(args);
	say_as_is(stream, text);
}

void say_as_is(FILE *stream, const std::string &text)
{
	fwrite(text.data(), 1, text.size(), stream);
}

void say_lines(FILE *stream, const std::string &text)
{
	const char *indent = "";
	std::istringstream lines(text);
	for (std::string line; std::getline(lines, line); indent = "  ")
		say(stream, "%s%s\n", indent, line.c_str());
}
