// SPDX-License-Identifier: LGPL-2.1-or-later
#include "terminal.hpp"
#include "../cli/counted.hpp"
#include "task_groups.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

void say_in_colour(FILE *stream, Colour colour, const char *word)
{
	static constexpr const char *codes[] = {"31", "33", "32", "2"};
	const char *no_colour = getenv("NO_COLOR");
	if ((no_colour && *no_colour) || !isatty(fileno(stream)))
		say(stream, "%s", word);
	else
		say(stream, "\033[%sm%s\033[0m", codes[static_cast<int>(colour)], word);
}

LiveLine::LiveLine(const char *what) : what_(what), is_terminal_(isatty(STDERR_FILENO)) {}

void LiveLine::show(const klp::Transition::Progress &progress)
{
	// The kernel's next pass switches tasks that no function keeps; they are not worth a
	// message.
	if (!told_ && std::ranges::any_of(progress.remaining, [](const klp::Task &task) {
		    return !task.function.empty();
	    })) {
		clear();
		say(stderr, "%s: after %lld ms it waits for\n", what_,
		    static_cast<long long>(progress.elapsed.count()));
		print_groups(stderr, progress.remaining);
		told_ = true;
	}
	if (!is_terminal_)
		return;
	char line[256];
	int length = snprintf(line, sizeof(line), "%s: %.1f s, %s left, %.0f s to the deadline",
			      what_, progress.elapsed.count() / 1000.0,
			      counted(progress.remaining.size(), "task").c_str(),
			      progress.left.count() / 1000.0);
	std::string text(line, std::min<size_t>(length, sizeof(line) - 1));
	if (progress.remaining.empty())
		text += ": waiting for the kernel's next pass, for the idle CPUs";
	else
		text += ": " + sentence(progress.remaining[0]);
	winsize size = {};
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		text.resize(std::min<size_t>(text.size(), size.ws_col - 1));
	say(stderr, "\r\033[K%s", text.c_str());
	fflush(stderr);
	drawn_ = true;
}

void LiveLine::clear()
{
	if (drawn_)
		say(stderr, "\r\033[K");
	drawn_ = false;
}

std::string sentence(const klp::Task &task)
{
	std::string text = task.comm + " (" + std::to_string(task.tid) + ")";
	if (task.kernel_thread)
		text += ", a kernel thread,";
	if (!task.function.empty())
		text += " in " + task.function;
	if (task.state == 'R')
		text += ", running";
	else if (!task.waits_in.empty() && task.waits_in != task.function)
		text += ", asleep in " + task.waits_in;
	else
		text += ", asleep";
	return text;
}
