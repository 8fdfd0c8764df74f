// SPDX-License-Identifier: LGPL-2.1-or-later
// The documents of --json; their schemas are schema/klp.VERB.1.json.
#pragma once

#include "../cli/print.hpp"
#include "../cli/say.hpp"

#include <klp/live_view.hpp>
#include <klp/load.hpp>
#include <nlohmann/json.hpp>

// A document of a schema, with the fields common to all documents.
nlohmann::ordered_json document(const char *schema, const std::string &patch,
				const std::string &kernel);

// The document of a verb that could not begin: its message and errno, and no other field of its
// own.
nlohmann::ordered_json failure(const char *schema, const std::string &patch,
			       const std::string &kernel, const klp::Error &error);

nlohmann::ordered_json to_json(const klp::Report &report);
nlohmann::ordered_json to_json(const std::vector<klp::Task> &tasks);
// Includes the fields that only BPF shows.
nlohmann::ordered_json to_json(const klp::Task &task);
nlohmann::ordered_json to_json(const klp::VerifiedFunction &function);
nlohmann::ordered_json to_json(const std::vector<klp::Tracer> &tracers);
