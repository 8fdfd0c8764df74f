// SPDX-License-Identifier: LGPL-2.1-or-later
#include "denied.hpp"
#include "../cli/say.hpp"

#include <cerrno>
#include <cstring>
#include <unistd.h>

static constexpr size_t most_named = 3;

// "cannot open '/proc/kcore': Permission denied", wherever it stands in the message.
bool Denied::has(const std::string &message)
{
	if (geteuid() == 0)
		return false;
	size_t end = message.find(std::string("': ") + strerror(EACCES));
	size_t begin = end == std::string::npos || end == 0 ? end : message.rfind('\'', end - 1);
	if (begin == std::string::npos)
		return false;
	files.insert(message.substr(begin + 1, end - begin - 1));
	return true;
}

void Denied::take(klp::Report *report)
{
	std::erase_if(report->findings, [&](const klp::Finding &finding) {
		if (!finding.kind->undecides || !has(finding.message))
			return false;
		ids.insert(finding.kind->id);
		return true;
	});
}

void Denied::take(klp::Verification *verification)
{
	for (klp::VerifiedFunction &function : verification->functions) {
		if (has(function.why))
			function.why.clear();
	}
	if (has(verification->stacks_unread))
		verification->stacks_unread.clear();
}

void Denied::print(FILE *stream, const std::string &command) const
{
	if (files.empty())
		return;
	say(stream, "unseen: this user may not read ");
	size_t number = 0;
	for (const std::string &file : files) {
		if (number++ < most_named)
			say(stream, "%s%s", number > 1 ? ", " : "", file.c_str());
	}
	if (number > most_named)
		say(stream, " and %zu more", number - most_named);
	for (const std::string &id : ids)
		say(stream, "%s%s", id == *ids.begin() ? " [" : " ", id.c_str());
	say(stream, "%s\n       run 'sudo %s'\n", ids.empty() ? "" : "]", command.c_str());
}
