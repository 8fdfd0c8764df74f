// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}

// A check of a value: why it is refused, or "".
using ValueCheck = std::function<std::string(const std::string &value)>;
ValueCheck one_of(std::vector<std::string> words);
ValueCheck number_between(double least, double most, const std::string &unit);
ValueCheck existing_file();
ValueCheck existing_folder();

// One option or argument of a command line. Each function returns the option itself.
class CommandLineOption {
public:
	explicit CommandLineOption(CLI::Option *option) : option_(option) {}

	// The name of the value in the help.
	CommandLineOption *type_name(const std::string &name);
	CommandLineOption *required();
	CommandLineOption *check(ValueCheck check);
	// Shows the variable's value as the default in the help.
	CommandLineOption *capture_default_str();
	// An option that may be repeated, with one value each time.
	CommandLineOption *one_value_each();
	// Where the option is not given, this variable of the environment has its value.
	CommandLineOption *envname(const std::string &name);
	CommandLineOption *needs(const CommandLineOption *other);
	CommandLineOption *excludes(const CommandLineOption *other);
	bool is_given() const;

private:
	CLI::Option *option_;
};

// The options and arguments of a program or a verb. CLI11 reads them: only command_line.cpp
// includes it, since a unit that includes it takes seven seconds more to compile.
class CommandLine {
public:
	// name: "klp-admin patch publish"
	CommandLine(const std::string &description, const std::string &name);
	CommandLine(const CommandLine &) = delete;
	~CommandLine();

	// names: "-o,--output" or, for an argument, "FILE". The value has to outlive the command
	// line. Types of a value: std::string, a vector of it, int, unsigned, int64_t, size_t and
	// double.
	template <typename Value>
	CommandLineOption *add_option(const std::string &names, Value &value,
				      const std::string &description);
	// The flag "!--name" sets the value to false.
	CommandLineOption *add_flag(const std::string &names, bool &value,
				    const std::string &description);
	// The text below the help.
	void footer(const std::string &text);

	std::string name() const;
	// Handles --help, --version and usage errors, the same way for each program: true, with the
	// exit status, when there is no more to do.
	bool parse_failed(int argc, char **argv, int *status);

private:
	CommandLineOption *added(CLI::Option *option);

	std::unique_ptr<CLI::App> app_;
	std::deque<CommandLineOption> options_;
};

// "klp 0.1.0"
std::string version_of(const std::string &program);
