// SPDX-License-Identifier: LGPL-2.1-or-later
// The reader of all documents between hub, agent and admin. It refuses a field that it does not
// know, by name: a document of a later kind is never half understood. Each function here refuses as
// malformed.
//
// Text is one line of printable UTF-8, so that it may be logged, shown and stored: databases end a
// text at a NUL, and terminals obey control characters.
#pragma once

#include "../tuf/fields.hpp"
#include "names.hpp"

#include <array>
#include <initializer_list>

namespace klp::protocol {

using tuf::Checked;
using tuf::FaultKind;
using tuf::Fields;

constexpr size_t largest_document = 64 * 1024; // bytes
constexpr int64_t latest_time =
	253'402'300'799; // the end of the year 9999, seconds since 1970, UTC
constexpr int64_t highest_version = 2'147'483'647;
constexpr size_t longest_line = 300; // bytes

using Names = std::initializer_list<const char *>;

// Refuses a field that known does not have.
Checked<> check_known(const Fields &fields, Names known);

// The fields of a document that says that it is of this schema, "klp.attach/1". known has all
// fields but "schema".
Checked<Fields> fields_of(const nlohmann::json &document, const char *schema, Names known);

// The fields of the object that this field is.
Checked<Fields> object_of(const Fields &fields, const char *name, Names known);

Checked<std::string> component(const Fields &fields, const char *name);
// Text of 1 to most bytes.
Checked<std::string> line(const Fields &fields, const char *name, size_t most = longest_line);
// Lower-case hexadecimal digits, an even number of them.
Checked<std::string> digits(const Fields &fields, const char *name, size_t least, size_t most);
Checked<std::string> sha256_digits(const Fields &fields, const char *name);
Checked<std::string> build_id(const Fields &fields, const char *name);
Checked<int64_t> number(const Fields &fields, const char *name, int64_t least, int64_t most);
Checked<int64_t> time_of(const Fields &fields, const char *name);
Checked<int64_t> version_of(const Fields &fields, const char *name);

Checked<KernelId> kernel_id(const Fields &fields, const char *name);
Checked<RunningKernel> running_kernel(const Fields &fields, const char *name);
nlohmann::json to_json(const KernelId &kernel);
nlohmann::json to_json(const RunningKernel &kernel);

// The list that the field is, with at most most members.
Checked<const nlohmann::json *> list(const Fields &fields, const char *name, size_t most);

// Each member of a list by read(), a function from Fields to Checked<T>. Members are objects.
template <class T>
Checked<std::vector<T>> objects(const Fields &fields, const char *name, size_t most,
				Checked<T> (*read)(const Fields &))
{
	const nlohmann::json *values = TRY(list(fields, name, most));
	std::vector<T> members;
	for (const nlohmann::json &value : *values) {
		Fields member_fields = TRY(Fields::of(fields.where() + ": " + name, value));
		T member = TRY(read(member_fields));
		members.push_back(std::move(member));
	}
	return members;
}

// A list of components without duplicates.
Checked<std::vector<std::string>> components(const Fields &fields, const char *name, size_t most);

// The place of the field's word in words.
Checked<size_t> place_of_word(const Fields &fields, const char *name,
			      std::span<const char *const> words);

// An enum whose values stand in the order of its words.
template <class Enum, size_t count>
Checked<Enum> word(const Fields &fields, const char *name,
		   const std::array<const char *, count> &words)
{
	size_t place = TRY(place_of_word(fields, name, words));
	return static_cast<Enum>(place);
}

// A T of the bytes of a document, of at most most bytes. T has schema and parse().
template <class T> Checked<T> read(std::string_view text, size_t most = largest_document)
{
	if (text.size() > most)
		return tuf::refuse(FaultKind::endless, "%s: has %zu bytes, more than %zu",
				   T::schema, text.size(), most);
	nlohmann::json document = TRY(tuf::read_json(T::schema, text));
	return T::parse(document);
}

}
