// SPDX-License-Identifier: LGPL-2.1-or-later
#include "problem.hpp"

namespace klp::protocol {

using nlohmann::json;

Checked<Problem> Problem::parse(const json &document)
{
	Fields fields = TRY(fields_of(document, schema, {"problem", "message"}));
	Problem problem;
	problem.kind = TRY(word<ProblemKind>(fields, "problem", problem_words));
	problem.message = TRY(line(fields, "message", longest_message));
	return problem;
}

json Problem::to_json() const
{
	return {{"schema", schema},
		{"problem", problem_words[static_cast<size_t>(kind)]},
		{"message", message}};
}

Checked<Health> Health::parse(const json &document)
{
	Fields fields = TRY(fields_of(document, schema, {"version"}));
	Health health;
	health.version = TRY(component(fields, "version"));
	return health;
}

json Health::to_json() const
{
	return {{"schema", schema}, {"version", version}};
}

}
