// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "fault.hpp"

#include <functional>

namespace klp::tuf {

// Makes a folder that only its user can enter, with all that fill() puts into it: whole, or not at
// all. fill() gets the path that the folder has until then, PATH.unfinished: what a command left
// there that died goes. local if the path is there, or while another command makes a folder in the
// same parent. No other thread runs as it is made: the mask is the process's.
Checked<> make_whole_folder(const std::string &path,
			    const std::function<Checked<>(const std::string &)> &fill);

// The first thing that make_whole_folder() refuses, for whoever asks a person before.
Checked<> check_is_new(const std::string &path);

}
