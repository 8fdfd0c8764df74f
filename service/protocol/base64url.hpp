// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace klp::protocol {

// Base64 with the letters of RFC 4648, section 5, and without padding: a shell and a double click
// take such a text for one word.
std::string base64url(std::string_view bytes);

// Nothing where the text is not what base64url() writes: each sequence of bytes has one text.
std::optional<std::string> from_base64url(std::string_view text);

}
