// SPDX-License-Identifier: LGPL-2.1-or-later
// Tasks for people: one line for the tasks in the same place.
#pragma once

#include <cstdio>
#include <klp/task.hpp>
#include <vector>

// "  2 in inet_csk_accept: nginx (412) for 3 s, nginx (413) for 3 s"
void print_groups(FILE *stream, const std::vector<klp::Task> &tasks);

// "nginx (412) for 3 s"
std::string name_and_time(const klp::Task &task);
