// SPDX-License-Identifier: LGPL-2.1-or-later
// Tasks for people: those that are in the same place stand in one line.
#pragma once

#include <klp/live_view.hpp>
#include <klp/steps.hpp>

// A task that a transition waits for, and what the kernel said of it in its last pass.
struct WaitedFor {
	klp::LiveTask task;
	klp::Step::Reason reason = klp::Step::Reason::none;
};

// "  2 in inet_csk_accept: nginx (412) for 3 s, nginx (413) for 3 s"
void print_groups(FILE *stream, const std::vector<WaitedFor> &tasks);
void print_groups(FILE *stream, const std::vector<klp::BlockingTask> &tasks);

// "nginx (412) for 3 s"
std::string name_and_time(const klp::LiveTask &task);
