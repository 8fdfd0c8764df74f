// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <expected>
#include <klp/error.hpp>
#include <string>

namespace klp {

// How a load or an unload ended. A step of one returns std::expected<void, Ending>: an error ends
// it, else the next step follows.
template <class ResultKind> struct Ending {
	ResultKind result;
	int code;
	std::string message;
	bool changed = false; // as LoadOutcome::changed and UnloadOutcome::changed
};

template <class ResultKind>
std::unexpected<Ending<ResultKind>> ended(ResultKind result, int code, std::string message)
{
	return std::unexpected(Ending<ResultKind>{result, code, std::move(message)});
}

template <class ResultKind>
std::unexpected<Ending<ResultKind>> ended(ResultKind result, const Error &error)
{
	return ended(result, error.code, error.message);
}

template <class ResultKind>
std::unexpected<Ending<ResultKind>> ended_changed(ResultKind result, int code, std::string message)
{
	return std::unexpected(Ending<ResultKind>{result, code, std::move(message), true});
}

// Copies an ending to an outcome.
template <class Outcome, class ResultKind>
void tell_end(const Ending<ResultKind> &ending, Outcome *outcome)
{
	outcome->result = ending.result;
	outcome->code = ending.code;
	outcome->message = ending.message;
	outcome->changed = ending.changed;
}

}
