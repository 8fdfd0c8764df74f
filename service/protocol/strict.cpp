// SPDX-License-Identifier: LGPL-2.1-or-later
#include "strict.hpp"

#include <algorithm>
#include <klp/masked.hpp>

namespace klp::protocol {

using nlohmann::json;

static std::unexpected<tuf::Fault> refuse_size(const Fields &fields, const char *name,
					       const char *expected, size_t least, size_t most)
{
	std::string words = std::string(expected) + " from " + std::to_string(least) + " to " +
			    std::to_string(most);
	return fields.refuse_field(name, words.c_str());
}

static Checked<> check_names(const Fields &fields, Names known, const char *one_more)
{
	for (const auto &[name, value] : fields.value().items())
		if (name != one_more && std::ranges::find(known, name) == known.end())
			return tuf::refuse(FaultKind::malformed, "%s: '%s' is not known",
					   fields.where().c_str(), name.c_str());
	return {};
}

Checked<> check_known(const Fields &fields, Names known)
{
	return check_names(fields, known, "");
}

Checked<Fields> fields_of(const json &document, const char *schema, Names known)
{
	Fields fields = TRY(Fields::of(schema, document));
	std::string actual = TRY(fields.text("schema"));
	if (actual != schema)
		return fields.refuse_field("schema", schema);
	TRY(check_names(fields, known, "schema"));
	return fields;
}

Checked<Fields> object_of(const Fields &fields, const char *name, Names known)
{
	Fields object = TRY(fields.object(name));
	TRY(check_known(object, known));
	return object;
}

Checked<std::string> component(const Fields &fields, const char *name)
{
	std::string text = TRY(fields.text(name));
	if (!is_component(text))
		return fields.refuse_field(
			name, "a name of letters, digits and ._+- that begins with no '.'");
	return text;
}

static size_t characters(std::string_view text)
{
	auto begins = [](unsigned char byte) { return (byte & 0xc0) != 0x80; };
	return std::ranges::count_if(text, begins);
}

Checked<std::string> line(const Fields &fields, const char *name, size_t most)
{
	std::string text = TRY(fields.text(name));
	if (text.empty() || masked(text) != text || characters(text) > most)
		return refuse_size(fields, name, "one line of printable text, in characters", 1,
				   most);
	return text;
}

Checked<std::string> digits(const Fields &fields, const char *name, size_t least, size_t most)
{
	std::string text = TRY(fields.text(name));
	if (text.size() < least || text.size() > most || text.size() % 2 != 0 ||
	    !is_lower_hexadecimal(text))
		return refuse_size(
			fields, name,
			"an even number of lower-case hexadecimal digits, of which there are",
			least, most);
	return text;
}

Checked<std::string> sha256_digits(const Fields &fields, const char *name)
{
	return digits(fields, name, 64, 64);
}

// GNU ld makes 20 bytes, other linkers 8 or 16; SHA-256 has 32.
Checked<std::string> build_id(const Fields &fields, const char *name)
{
	return digits(fields, name, 16, 64);
}

Checked<int64_t> number(const Fields &fields, const char *name, int64_t least, int64_t most)
{
	TRY(fields.any(name));
	Checked<int64_t> value = fields.number(name, least);
	if (!value || *value > most)
		return refuse_size(fields, name, "a whole number", least, most);
	return value;
}

Checked<int64_t> time_of(const Fields &fields, const char *name)
{
	return number(fields, name, 0, latest_time);
}

Checked<int64_t> version_of(const Fields &fields, const char *name)
{
	return number(fields, name, 1, highest_version);
}

Checked<KernelId> kernel_id(const Fields &fields, const char *name)
{
	Fields kernel = TRY(object_of(fields, name, {"release", "build_id"}));
	std::string release = TRY(component(kernel, "release"));
	std::string id = TRY(build_id(kernel, "build_id"));
	return KernelId{std::move(release), std::move(id)};
}

Checked<RunningKernel> running_kernel(const Fields &fields, const char *name)
{
	Fields values = TRY(object_of(fields, name, {"release", "build_id"}));
	RunningKernel kernel;
	kernel.release = TRY(component(values, "release"));
	if (values.has("build_id"))
		kernel.build_id = TRY(build_id(values, "build_id"));
	return kernel;
}

json to_json(const KernelId &kernel)
{
	return {{"release", kernel.release}, {"build_id", kernel.build_id}};
}

json to_json(const RunningKernel &kernel)
{
	json value = {{"release", kernel.release}};
	if (kernel.build_id)
		value["build_id"] = *kernel.build_id;
	return value;
}

Checked<const json *> list(const Fields &fields, const char *name, size_t most)
{
	const json *value = TRY(fields.any(name));
	if (!value->is_array() || value->size() > most)
		return refuse_size(fields, name, "a list, with members", 0, most);
	return value;
}

Checked<std::vector<std::string>> components(const Fields &fields, const char *name, size_t most)
{
	TRY(list(fields, name, most));
	std::vector<std::string> names = TRY(fields.texts(name));
	std::vector<std::string> sorted = names;
	std::ranges::sort(sorted);
	if (!std::ranges::all_of(names, is_component) ||
	    std::ranges::adjacent_find(sorted) != sorted.end())
		return fields.refuse_field(name,
					   "a list of different names of letters, digits and ._+-");
	return names;
}

Checked<size_t> place_of_word(const Fields &fields, const char *name,
			      std::span<const char *const> words)
{
	std::string text = TRY(fields.text(name));
	std::string known;
	for (size_t place = 0; place < words.size(); place++) {
		if (text == words[place])
			return place;
		known += (place == 0 ? "" : ", ") + std::string(words[place]);
	}
	return fields.refuse_field(name, ("one of " + known).c_str());
}

}
