// SPDX-License-Identifier: LGPL-2.1-or-later
#include "line_numbers.hpp"

namespace klp {

namespace {

// The state at the end of a line of C: inside of a comment, or continued in the next line.
class LineEnds {
public:
	// Reads the next line; true if a directive may follow the line.
	bool take(const std::string &line)
	{
		for (size_t i = 0; i < line.size(); i++) {
			if (comment_) {
				if (line.compare(i, 2, "*/") == 0) {
					comment_ = false;
					i++;
				}
			} else if (line[i] == '"' || line[i] == '\'') {
				i = end_of_literal(line, i);
			} else if (line.compare(i, 2, "//") == 0) {
				break;
			} else if (line.compare(i, 2, "/*") == 0) {
				comment_ = true;
				i++;
			}
		}
		return !comment_ && !line.ends_with("\\\n") && !line.ends_with("\\\r\n");
	}

private:
	static size_t end_of_literal(const std::string &line, size_t start)
	{
		for (size_t i = start + 1; i < line.size(); i++) {
			if (line[i] == '\\')
				i++;
			else if (line[i] == line[start])
				return i;
		}
		return line.size();
	}

	bool comment_ = false;
};

}

std::string with_line_numbers(const std::vector<SourceLine> &source)
{
	LineEnds ends;
	std::string result;
	size_t number = 1; // the compiler's count
	for (size_t i = 0; i < source.size(); i++, number++) {
		const SourceLine &line = source[i];
		bool here = i == 0 || ends.take(source[i - 1].text);
		if (here && line.before != 0 && line.before != number) {
			number = line.before;
			result += "#line " + std::to_string(number) + "\n";
		}
		result += line.text;
	}
	return result;
}

}
