// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../fault.hpp"

namespace klp::tuf::test {

// "rollback: timestamp.json: version 1 follows 2"
inline std::string said(const Fault &fault)
{
	return std::string(word_of(fault.kind)) + ": " + fault.message;
}

template <class T> std::string said(const Checked<T> &checked)
{
	return checked ? "no fault" : said(checked.error());
}

}
