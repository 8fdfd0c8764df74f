// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../tuf/fault.hpp"

namespace klp::hub {

// A certificate that vouches for itself, of P-256. Agents know it by its pin, which is in their
// token.
struct Certificate {
	std::string certificate, key; // PEM
	std::string pin; // SHA-256 of the SubjectPublicKeyInfo, in hexadecimal
};

// For a host name, or an address of IPv4 or IPv6 without brackets. local if OpenSSL fails. now is
// in seconds since 1970, UTC.
tuf::Checked<Certificate> make_certificate(const std::string &host, int64_t now);

}
