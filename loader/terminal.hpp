// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../cli/say.hpp"

#include <klp/transition.hpp>
#include <string>

// A word of klp's own, in colour where the stream is a terminal and NO_COLOR is not set.
enum class Colour { red, yellow, green, faint };
void say_in_colour(FILE *stream, Colour colour, const char *word);

// The output during a transition: once the tasks that it waits for, and on a terminal a line that
// is overwritten. Any other output must come after clear().
class LiveLine {
public:
	explicit LiveLine(const char *what);
	void show(const klp::Transition::Progress &progress);
	void clear();

private:
	const char *what_;
	bool is_terminal_;
	bool drawn_ = false, told_ = false;
};

// "nginx (412) in inet_csk_accept, asleep in inet_csk_accept"
std::string sentence(const klp::Task &task);
