// SPDX-License-Identifier: LGPL-2.1-or-later
// Every message of klp's programs to people goes through these functions; selftests/lint checks
// this.
#pragma once

#include <cstdio>
#include <string>

// printf() for messages, with each %s and %c masked (klp/masked.hpp): the name of a task or a
// symbol ends no line and is no order to the terminal. The format is klp's own and is not masked.
[[gnu::format(printf, 2, 3)]] void say(FILE *stream, const char *format, ...);

// For text that has only klp's own words, or is masked otherwise, as JSON is.
void say_as_is(FILE *stream, const std::string &text);

// A message of several lines, such as a compiler's, each masked. say_lines() indents the lines
// after the first, so that nobody takes them for klp's own.
void say_lines(FILE *stream, const std::string &text);
