// SPDX-License-Identifier: LGPL-2.1-or-later
#include "json.hpp"

namespace klp::tuf {

using nlohmann::json;

namespace {

// Builds the value as the parser of nlohmann-json meets its parts. The parser itself keeps no
// stack, and checks grammar and UTF-8.
class Builder : public nlohmann::json_sax<json> {
public:
	json take() { return std::move(root_); }
	const std::string &refusal() const { return refusal_; }

	bool null() override { return put(nullptr); }
	bool boolean(bool value) override { return put(value); }
	bool number_integer(int64_t value) override { return put(value); }
	bool number_unsigned(uint64_t value) override { return put(value); }
	bool number_float(double, const std::string &text) override
	{
		return stop("the number '" + text + "' is no whole number of 64 bits");
	}
	bool string(std::string &value) override { return put(std::move(value)); }
	bool binary(json::binary_t &) override { return stop("binary data"); }
	bool start_object(size_t) override { return open(json::object()); }
	bool start_array(size_t) override { return open(json::array()); }
	bool end_object() override { return close(); }
	bool end_array() override { return close(); }
	bool key(std::string &name) override;
	bool parse_error(size_t place, const std::string &,
			 const nlohmann::detail::exception &) override
	{
		return stop("no JSON at byte " + std::to_string(place));
	}

private:
	bool stop(std::string refusal)
	{
		refusal_ = std::move(refusal);
		return false;
	}
	json *place(json value);
	bool put(json value)
	{
		place(std::move(value));
		return true;
	}
	bool open(json value);
	bool close()
	{
		open_.pop_back();
		return true;
	}

	json root_;
	std::vector<json *> open_; // from the root to the innermost object or array
	std::string name_; // of the next value of an object
	std::string refusal_;
};

bool Builder::key(std::string &name)
{
	if (open_.back()->contains(name))
		return stop("the name '" + name + "' stands twice in one object");
	name_ = std::move(name);
	return true;
}

// An element's address is valid until its array has another one, which is after it was closed.
json *Builder::place(json value)
{
	if (open_.empty()) {
		root_ = std::move(value);
		return &root_;
	}
	json &parent = *open_.back();
	if (parent.is_object())
		return &(parent[name_] = std::move(value));
	parent.push_back(std::move(value));
	return &parent.back();
}

bool Builder::open(json value)
{
	if (open_.size() == deepest_nesting)
		return stop("more than " + std::to_string(deepest_nesting) +
			    " objects and arrays within each other");
	open_.push_back(place(std::move(value)));
	return true;
}

void append_string(std::string *text, const std::string &value)
{
	*text += '"';
	for (char letter : value) {
		if (letter == '"' || letter == '\\')
			*text += '\\';
		*text += letter;
	}
	*text += '"';
}

void append(std::string *text, const json &value)
{
	if (value.is_string()) {
		append_string(text, value.get_ref<const std::string &>());
		return;
	}
	if (!value.is_structured()) {
		*text += value.dump();
		return;
	}
	bool first = true;
	*text += value.is_object() ? '{' : '[';
	// std::map's order of UTF-8 is that of code points.
	for (const auto &[name, member] : value.items()) {
		if (!first)
			*text += ',';
		first = false;
		if (value.is_object()) {
			append_string(text, name);
			*text += ':';
		}
		append(text, member);
	}
	*text += value.is_object() ? '}' : ']';
}

}

Checked<json> read_json(const std::string &name, std::string_view text)
{
	// The parser skips the first and takes the second for the end of the text.
	if (text.starts_with("\xef\xbb\xbf"))
		return refuse(FaultKind::malformed, "%s: begins with a byte order mark",
			      name.c_str());
	if (text.contains('\0'))
		return refuse(FaultKind::malformed, "%s: has a NUL", name.c_str());
	Builder builder;
	if (!json::sax_parse(text, &builder))
		return refuse(FaultKind::malformed, "%s: %s", name.c_str(),
			      builder.refusal().c_str());
	return builder.take();
}

std::string canonical_json(const json &value)
{
	std::string text;
	append(&text, value);
	return text;
}

}
