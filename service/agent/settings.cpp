// SPDX-License-Identifier: LGPL-2.1-or-later
#include "settings.hpp"
#include "../../libklp/file.hpp"
#include "../protocol/attach.hpp"

#include <charconv>
#include <sstream>

namespace klp::agent {

using tuf::FaultKind;

namespace {

constexpr const char *blanks = " \t";

std::string trimmed(const std::string &text)
{
	size_t start = text.find_first_not_of(blanks);
	if (start == std::string::npos)
		return "";
	return text.substr(start, text.find_last_not_of(blanks) - start + 1);
}

std::unexpected<tuf::Fault> refuse_value(const std::string &value, const char *expected)
{
	return tuf::refuse(FaultKind::malformed, "'%s' is not %s", value.c_str(), expected);
}

Checked<int64_t> minutes(const std::string &value, int64_t least, int64_t most)
{
	int64_t number = 0;
	auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
	if (error != std::errc() || end != value.data() + value.size() || number < least ||
	    number > most)
		return refuse_value(value, ("a number of minutes from " + std::to_string(least) +
					    " to " + std::to_string(most))
						   .c_str());
	return number * 60;
}

Checked<bool> choice(const std::string &value, const char *yes, const char *no)
{
	if (value != yes && value != no)
		return refuse_value(value, (std::string(yes) + " or " + no).c_str());
	return value == yes;
}

Checked<Mode> mode_of(const std::string &value)
{
	if (value == "normal")
		return Mode::normal;
	if (value == "no-apply")
		return Mode::no_apply;
	if (value == "no-refresh")
		return Mode::no_refresh;
	if (value == "off")
		return Mode::off;
	return refuse_value(value, "normal, no-apply, no-refresh or off");
}

// "role=db site=north"
Checked<std::map<std::string, std::string>> tags_of(const std::string &value)
{
	std::map<std::string, std::string> tags;
	std::istringstream words(value);
	for (std::string word; words >> word;) {
		size_t equals = word.find('=');
		if (equals == std::string::npos ||
		    !protocol::is_component(word.substr(0, equals)) ||
		    !protocol::is_component(word.substr(equals + 1)))
			return refuse_value(word, "NAME=VALUE, of letters, digits and ._+-");
		tags[word.substr(0, equals)] = word.substr(equals + 1);
	}
	if (tags.size() > protocol::most_tags)
		return refuse_value(value, "at most 16 tags");
	return tags;
}

Checked<std::string> absolute_path(const std::string &value)
{
	if (!value.starts_with('/'))
		return refuse_value(value, "an absolute path");
	return value;
}

Checked<std::string> name_of_tier(const std::string &value)
{
	if (!protocol::is_component(value))
		return refuse_value(value, "the name of a tier");
	return value;
}

Checked<std::string> proxy_of(const std::string &value)
{
	for (const char *scheme : {"http://", "https://", "socks5://", "socks5h://"})
		if (value.starts_with(scheme))
			return value;
	return refuse_value(value, "http://, https://, socks5:// or socks5h:// and a host");
}

Checked<> set(Settings *settings, const std::string &key, const std::string &value)
{
	if (key == "interval")
		settings->interval = TRY(minutes(value, 1, protocol::most_interval / 60));
	else if (key == "proxy")
		settings->proxy = TRY(proxy_of(value));
	else if (key == "no-proxy")
		settings->no_proxy = value;
	else if (key == "ca")
		settings->ca = TRY(absolute_path(value));
	else if (key == "tier")
		settings->tier = TRY(name_of_tier(value));
	else if (key == "apply")
		settings->asks_first = TRY(choice(value, "ask", "automatic"));
	else if (key == "probation")
		settings->probation = TRY(minutes(value, 0, 24 * 60));
	else if (key == "mode")
		settings->mode = TRY(mode_of(value));
	else if (key == "host-name")
		settings->tells_host_name = TRY(choice(value, "yes", "no"));
	else if (key == "tags")
		settings->tags = TRY(tags_of(value));
	else
		return tuf::refuse(FaultKind::malformed,
				   "'%s' is not known; klp-agent.conf(5) has the settings",
				   key.c_str());
	return {};
}

}

Checked<Settings> Settings::parse(const std::string &name, const std::string &text)
{
	Settings settings;
	std::map<std::string, size_t> seen; // lines, by key
	std::istringstream lines(text);
	size_t number = 0;
	for (std::string whole; std::getline(lines, whole);) {
		number++;
		std::string line = trimmed(whole);
		if (line.empty() || line.starts_with('#'))
			continue;
		size_t equals = line.find('=');
		std::string key = trimmed(line.substr(0, equals));
		Checked<> done =
			tuf::refuse(FaultKind::malformed, "'%s' is not KEY = VALUE", line.c_str());
		if (equals != std::string::npos)
			done = set(&settings, key, trimmed(line.substr(equals + 1)));
		if (done && !seen.emplace(key, number).second)
			done = tuf::refuse(FaultKind::malformed, "'%s' stands in line %zu, too",
					   key.c_str(), seen[key]);
		if (!done)
			return tuf::refuse(FaultKind::malformed, "%s:%zu: %s", name.c_str(), number,
					   done.error().message.c_str());
	}
	return settings;
}

Checked<Settings> Settings::read(const std::string &path)
{
	if (!exists(path))
		return Settings();
	std::string text = TRY(read_text(path));
	return parse(path, text);
}

Checked<std::optional<Mode>> mode_of_command_line(const std::string &command_line)
{
	constexpr std::string_view key = "klp.mode=";
	std::optional<Mode> mode;
	std::istringstream words(command_line);
	for (std::string word; words >> word;)
		if (word.starts_with(key))
			mode = TRY(mode_of(word.substr(key.size())));
	return mode;
}

}
