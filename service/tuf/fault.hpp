// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../../libklp/try.hpp"

#include <expected>
#include <string>

namespace klp::tuf {

// Why a file of a repository is not accepted. An agent names the state of a repository by it.
enum class FaultKind {
	malformed, // not as the specification has it
	too_few_signatures,
	expired,
	rollback, // a version below one that was seen before
	mixed, // a version, length or hash that another file does not announce
	endless, // more bytes, versions or roles than the limit
	slow,
	absent, // the server has no such file
	unreachable,
	not_listed, // no role lists the target
	local, // this machine's folder or key, not the repository
};

struct Fault {
	Fault(FaultKind the_kind, std::string the_message)
	    : kind(the_kind), message(std::move(the_message))
	{
	}
	// An Error of libklp is about this machine. TRY() converts it.
	Fault(Error error) : kind(FaultKind::local), message(std::move(error.message)) {}

	FaultKind kind;
	std::string message; // for a person, masked
};

template <class T = void> using Checked = std::expected<T, Fault>;

// "rollback": one word of lower case, as documents for programs have it.
const char *word_of(FaultKind kind);

// The Fault of this kind with this message.
[[gnu::format(printf, 2, 3)]] std::unexpected<Fault> refuse(FaultKind kind, const char *format,
							    ...);

}
