// SPDX-License-Identifier: LGPL-2.1-or-later
// All that a program of klp says to people goes through here; selftests/lint sees to it.
#pragma once

#include <cstdio>
#include <string>

// printf() of what every message is made of, each %s and %c masked (klp/masked.hpp): a
// task's or a symbol's name ends no line and is no order to the terminal. The format is
// klp's own and may.
[[gnu::format(printf, 2, 3)]] void say(FILE *stream, const char *format, ...);

// For text that holds none but klp's own words, or is masked otherwise, as JSON is.
void say_as_is(FILE *stream, const std::string &text);

// A message of several lines, such as what a compiler says, each masked. Those after the
// first are indented: none of them is taken for one of klp's own.
void say_lines(FILE *stream, const std::string &text);
