// SPDX-License-Identifier: LGPL-2.1-or-later
#include "command_line.hpp"
#include "exit_status.hpp"
#include "joined.hpp"
#include "say.hpp"

#include <algorithm>
#include <cstdio>
#include <klp/klp.h>
#include <sstream>

namespace {

constexpr size_t column = 26; // of the descriptions
constexpr size_t widest = 90;

// Help as in a manual page: an option, its value's name, its purpose, its default. The user reads
// the parser's checks where a check fails.
class PlainHelp : public CLI::Formatter {
public:
	std::string make_help(const CLI::App *app, std::string, CLI::AppFormatMode) const override;
};

// The parser puts the checks behind the ':'.
std::string value_name(const CLI::Option &option)
{
	std::string name = option.get_type_name();
	return name.substr(0, name.find(':'));
}

std::string positional_usage(const CLI::Option &option)
{
	std::string text = option.get_name(true);
	if (!option.get_required())
		text = "[" + text + "]";
	return text + (option.get_items_expected_max() > 1 ? "..." : "");
}

std::string names_of(const CLI::Option &option)
{
	if (!option.nonpositional())
		return option.get_name(true);
	std::vector<std::string> names;
	for (const std::string &name : option.get_snames())
		names.push_back("-" + name);
	for (const std::string &name : option.get_lnames())
		names.push_back("--" + name);
	bool is_flag = option.get_items_expected_max() == 0;
	return joined(names, ", ") + (is_flag ? "" : " " + value_name(option));
}

// A line of help; a description that is too long continues below itself.
std::string entry(const CLI::Option &option)
{
	std::string text, line = "  " + names_of(option);
	if (line.size() + 2 > column) {
		text = line + "\n";
		line.clear();
	}
	line.resize(column, ' ');
	std::string description = option.get_description();
	if (!option.get_default_str().empty())
		description += " (" + option.get_default_str() + ")";
	std::istringstream words(description);
	std::string word;
	bool first = true;
	while (words >> word) {
		if (!first && line.size() + 1 + word.size() > widest) {
			text += line + "\n";
			line.assign(column, ' ');
			first = true;
		}
		line += (first ? "" : " ") + word;
		first = false;
	}
	return text + line + "\n";
}

std::string PlainHelp::make_help(const CLI::App *app, std::string, CLI::AppFormatMode) const
{
	std::string usage = "usage: " + app->get_name() + " [OPTION]...", positionals, options;
	for (const CLI::Option *option : app->get_options()) {
		if (option->get_positional() && !option->nonpositional()) {
			usage += " " + positional_usage(*option);
			positionals += entry(*option);
		} else {
			options += entry(*option);
		}
	}
	std::string footer = app->get_footer();
	return usage + "\n" + app->get_description() + "\n\n" + positionals + options +
	       (footer.empty() ? "" : "\n" + footer + "\n");
}

}

std::string version_of(const std::string &program)
{
	return program.substr(0, program.find(' ')) + " " LIBKLP_VERSION;
}

bool parse_failed(CLI::App &app, int argc, char **argv, int *status)
{
	app.formatter(std::make_shared<PlainHelp>());
	app.set_help_flag("-h,--help", "print this help");
	app.set_version_flag("--version", version_of(app.get_name()), "print the version");
	try {
		app.parse(argc, argv);
		return false;
	} catch (const CLI::CallForHelp &) {
		say_as_is(stdout, app.help());
		*status = exit_done;
	} catch (const CLI::CallForVersion &version) {
		say(stdout, "%s\n", version.what());
		*status = exit_done;
	} catch (const CLI::ParseError &error) {
		say(stderr, "%s: %s; see '%s --help'\n", app.get_name().c_str(), error.what(),
		    app.get_name().c_str());
		*status = exit_usage;
	}
	return true;
}

// A check without a description: the help does not show it.
CLI::Validator one_of(std::vector<std::string> words)
{
	return CLI::Validator(
		[words = std::move(words)](const std::string &value) {
			return std::ranges::find(words, value) != words.end()
				       ? ""
				       : "'" + value + "' is none of " + joined(words, ", ");
		},
		"");
}

CLI::Validator number_between(double least, double most, const std::string &unit)
{
	return CLI::Validator(
		[=](const std::string &value) {
			double number = 0;
			if (CLI::detail::lexical_cast(value, number) && number >= least &&
			    number <= most)
				return std::string();
			std::ostringstream text;
			text << "'" << value << "' is no number of " << unit << " from " << least
			     << " to " << most;
			return text.str();
		},
		"");
}
