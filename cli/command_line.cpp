// SPDX-License-Identifier: LGPL-2.1-or-later
#include "command_line.hpp"
#include "exit_status.hpp"
#include "joined.hpp"
#include "say.hpp"

#include <CLI/CLI.hpp>
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

ValueCheck one_of(std::vector<std::string> words)
{
	return [words = std::move(words)](const std::string &value) {
		return std::ranges::find(words, value) != words.end()
			       ? ""
			       : "'" + value + "' is none of " + joined(words, ", ");
	};
}

ValueCheck number_between(double least, double most, const std::string &unit)
{
	return [=](const std::string &value) {
		double number = 0;
		if (CLI::detail::lexical_cast(value, number) && number >= least && number <= most)
			return std::string();
		std::ostringstream text;
		text.precision(15);
		text << "'" << value << "' is no number of " << unit << " from " << least << " to "
		     << most;
		return text.str();
	};
}

ValueCheck existing_file()
{
	return [](const std::string &value) { return CLI::ExistingFile(value); };
}

ValueCheck existing_folder()
{
	return [](const std::string &value) { return CLI::ExistingDirectory(value); };
}

CommandLineOption *CommandLineOption::type_name(const std::string &name)
{
	option_->type_name(name);
	return this;
}

CommandLineOption *CommandLineOption::required()
{
	option_->required();
	return this;
}

// A check without a description: the help does not show it.
CommandLineOption *CommandLineOption::check(ValueCheck check)
{
	option_->check(CLI::Validator(
		[check = std::move(check)](std::string &value) { return check(value); }, ""));
	return this;
}

CommandLineOption *CommandLineOption::capture_default_str()
{
	option_->capture_default_str();
	return this;
}

CommandLineOption *CommandLineOption::one_value_each()
{
	option_->allow_extra_args(false);
	return this;
}

CommandLineOption *CommandLineOption::envname(const std::string &name)
{
	option_->envname(name);
	return this;
}

CommandLineOption *CommandLineOption::needs(const CommandLineOption *other)
{
	option_->needs(other->option_);
	return this;
}

CommandLineOption *CommandLineOption::excludes(const CommandLineOption *other)
{
	option_->excludes(other->option_);
	return this;
}

bool CommandLineOption::is_given() const
{
	return !option_->empty();
}

CommandLine::CommandLine(const std::string &description, const std::string &name)
    : app_(std::make_unique<CLI::App>(description, name))
{
}

CommandLine::~CommandLine() = default;

CommandLineOption *CommandLine::added(CLI::Option *option)
{
	return &options_.emplace_back(option);
}

template <typename Value>
CommandLineOption *CommandLine::add_option(const std::string &names, Value &value,
					   const std::string &description)
{
	return added(app_->add_option(names, value, description));
}

template CommandLineOption *CommandLine::add_option(const std::string &, std::string &,
						    const std::string &);
template CommandLineOption *CommandLine::add_option(const std::string &, std::vector<std::string> &,
						    const std::string &);
template CommandLineOption *CommandLine::add_option(const std::string &, int &,
						    const std::string &);
template CommandLineOption *CommandLine::add_option(const std::string &, unsigned &,
						    const std::string &);
template CommandLineOption *CommandLine::add_option(const std::string &, int64_t &,
						    const std::string &);
template CommandLineOption *CommandLine::add_option(const std::string &, size_t &,
						    const std::string &);
template CommandLineOption *CommandLine::add_option(const std::string &, double &,
						    const std::string &);

CommandLineOption *CommandLine::add_flag(const std::string &names, bool &value,
					 const std::string &description)
{
	return added(app_->add_flag(names, value, description));
}

void CommandLine::footer(const std::string &text)
{
	app_->footer(text);
}

std::string CommandLine::name() const
{
	return app_->get_name();
}

bool CommandLine::parse_failed(int argc, char **argv, int *status)
{
	app_->formatter(std::make_shared<PlainHelp>());
	app_->set_help_flag("-h,--help", "print this help");
	app_->set_version_flag("--version", version_of(name()), "print the version");
	try {
		app_->parse(argc, argv);
		return false;
	} catch (const CLI::CallForHelp &) {
		say_as_is(stdout, app_->help());
		*status = exit_done;
	} catch (const CLI::CallForVersion &version) {
		say(stdout, "%s\n", version.what());
		*status = exit_done;
	} catch (const CLI::ParseError &error) {
		say(stderr, "%s: %s; see '%s --help'\n", name().c_str(), error.what(),
		    name().c_str());
		*status = exit_usage;
	}
	return true;
}
