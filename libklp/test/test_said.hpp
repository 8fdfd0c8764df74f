// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstring>
#include <klp/error.hpp>

namespace klp::test {

// "EBADMSG: x.ko: +0: ...": both halves of an Error for one comparison. The result leaves out the
// root of a test, which differs each time.
inline std::string said(const Error &error, const std::string &root = "")
{
	std::string text = std::string(strerrorname_np(error.code)) + ": " + error.message;
	for (size_t at; !root.empty() && (at = text.find(root)) != std::string::npos;)
		text.erase(at, root.size());
	return text;
}

template <class T> std::string said(const Result<T> &result, const std::string &root = "")
{
	return result ? "no error" : said(result.error(), root);
}

}
