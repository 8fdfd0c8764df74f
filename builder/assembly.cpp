// SPDX-License-Identifier: LGPL-2.1-or-later
#include "assembly.hpp"

#include <array>
#include <optional>
#include <regex>
#include <span>
#include <vector>

namespace klp {

static std::string plain_section(std::string_view line)
{
	static constexpr std::string_view directive = "\t.section\t";
	static constexpr std::array kept = {".text.unlikely", ".text.startup", ".text.exit",
					    ".text.hot"};
	if (!line.starts_with("\t.section\t.text."))
		return std::string(line);
	std::string_view rest = line.substr(directive.size());
	std::string_view name = rest.substr(0, rest.find(','));
	std::string_view flags = rest.substr(name.size());
	for (std::string_view section : kept) {
		if (name.starts_with(section) && name.substr(section.size()).starts_with('.'))
			return std::string(directive) + std::string(section) + std::string(flags);
	}
	// The source has sections of its own, such as .text..refcount; none of those is a
	// function's section: the name of a function does not begin with a dot.
	bool of_function = name.size() > 6 && name[6] != '.' &&
			   (flags.empty() || flags.starts_with(",\"ax\",@progbits"));
	bool of_source = name == ".text.unlikely" || name == ".text.startup" ||
			 name == ".text.exit" || name == ".text.hot";
	return of_function && !of_source ? "\t.text" : std::string(line);
}

std::string without_function_sections(const std::string &assembly)
{
	std::string plain;
	plain.reserve(assembly.size());
	for (size_t at = 0; at < assembly.size();) {
		size_t end = std::min(assembly.find('\n', at), assembly.size());
		plain += plain_section(std::string_view(assembly).substr(at, end - at));
		plain += '\n';
		at = end + 1;
	}
	return plain;
}

static std::vector<std::string_view> lines_of(const std::string &text)
{
	std::vector<std::string_view> lines;
	for (size_t at = 0; at < text.size();) {
		size_t end = std::min(text.find('\n', at), text.size());
		lines.push_back(std::string_view(text).substr(at, end - at));
		at = end + 1;
	}
	return lines;
}

// Replaces some lines from a place on with this text; lines is the number of the lines.
struct Replacement {
	std::string text;
	size_t lines;
};
using Rewrite = std::function<std::optional<Replacement>(std::span<const std::string_view>)>;

static std::string rewritten(const std::string &assembly, const Rewrite &rewrite)
{
	std::vector<std::string_view> lines = lines_of(assembly);
	std::string result;
	result.reserve(assembly.size());
	for (size_t at = 0; at < lines.size();) {
		std::optional<Replacement> found = rewrite(std::span(lines).subspan(at));
		if (found) {
			result += found->text;
			at += found->lines;
		} else {
			result += lines[at++];
			result += '\n';
		}
	}
	return result;
}

using Match = std::match_results<std::string_view::const_iterator>;

static bool matches(std::string_view line, Match *match, const std::regex &form)
{
	return std::regex_match(line.begin(), line.end(), *match, form);
}

// The site of a static branch: a jump or a nop of five bytes, and its entry in __jump_table,
// whose last word is the key's address, 1 for a branch that is taken while the key is off,
// and 2 for objtool.
struct KeySite {
	std::string target, symbol, offset;
	bool jumps_when_off;
};

static std::optional<KeySite> key_site(std::span<const std::string_view> lines)
{
	static const std::regex jump(R"(\s*1:\s*jmp\s+(\S+)\s*(#.*)?)");
	static const std::regex nop(R"(\s*1:\s*\.byte\s+0x0f,0x1f,0x44,0x00,0x00\s*)");
	static const std::regex push(R"(\s*\.pushsection\s+__jump_table,\s*"aw"\s*)");
	static const std::regex align(R"(\s*\.balign\s+8\s*)");
	static const std::regex here(R"(\s*\.long\s+1b\s*-\s*\.\s*)");
	static const std::regex there(R"(\s*\.long\s+(\S+)\s*-\s*\.\s*)");
	static const std::regex key(
		R"(\s*\.quad\s+([\w.$]+)((?:\+\d+)?)\s*\+\s*([0-3])\s*-\s*\.\s*)");
	static const std::regex pop(R"(\s*\.popsection\s*)");
	Match first, match, target, word;
	if (lines.size() < 7 || lines[0].find("1:") == std::string_view::npos)
		return std::nullopt;
	bool jumps = matches(lines[0], &first, jump);
	if ((!jumps && !matches(lines[0], &match, nop)) || !matches(lines[1], &match, push) ||
	    !matches(lines[2], &match, align) || !matches(lines[3], &match, here) ||
	    !matches(lines[4], &target, there) || !matches(lines[5], &word, key) ||
	    !matches(lines[6], &match, pop))
		return std::nullopt;
	if (jumps && first.str(1) != target.str(1))
		return std::nullopt;
	bool off = (word.str(3)[0] - '0') & 1;
	return KeySite{target.str(1), word.str(1), word.str(2), off};
}

std::string with_keys_tested(const std::string &assembly,
			     const std::function<bool(const std::string &symbol)> &is_kept)
{
	return rewritten(
		assembly,
		[&](std::span<const std::string_view> lines) -> std::optional<Replacement> {
			std::optional<KeySite> site = key_site(lines);
			if (!site || is_kept(site->symbol))
				return std::nullopt;
			// struct static_key begins with the number of its users that enabled the
			// key.
			return Replacement{"\tcmpl $0, " + site->symbol + site->offset +
						   "(%rip)\n\t" +
						   (site->jumps_when_off ? "je " : "jne ") +
						   site->target + "\n",
					   7};
		});
}

// "shrl %cl" takes its count only from one register: the value moves elsewhere if it is there.
static std::string shift_by(const std::string &symbol, const std::string &value)
{
	std::string count = "\tmov " + symbol + "(%rip), %ecx\n";
	if (value == "%ecx")
		return "\tpush %rax\n\tmov %ecx, %eax\n" + count +
		       "\tshrl %cl, %eax\n\tmov %eax, %ecx\n\tpop %rax\n";
	return "\tpush %rcx\n" + count + "\tshrl %cl, " + value + "\n\tpop %rcx\n";
}

std::string with_constants_read(const std::string &assembly)
{
	static const std::regex pointer(R"(\s*mov\s+\$81985529216486895,\s*(%r\w+)\s*)");
	static const std::regex shift(R"(\s*shrl\s+\$12,\s*(%[er]\w+)\s*)");
	static const std::regex label(R"(\s*1:\s*)");
	static const std::regex push(R"(\s*\.pushsection\s+runtime_(ptr|shift)_(\w+),\s*"a"\s*)");
	static const std::regex site(R"(\s*\.long\s+1b\s*-\s*([18])\s*-\s*\.\s*)");
	static const std::regex pop(R"(\s*\.popsection\s*)");
	return rewritten(
		assembly,
		[](std::span<const std::string_view> lines) -> std::optional<Replacement> {
			Match value, match, section, width;
			if (lines.size() < 5 ||
			    lines[2].find("runtime_") == std::string_view::npos ||
			    !matches(lines[1], &match, label) ||
			    !matches(lines[2], &section, push) ||
			    !matches(lines[3], &width, site) || !matches(lines[4], &match, pop))
				return std::nullopt;
			std::string symbol = section.str(2);
			if (section.str(1) == "ptr" && width.str(1) == "8" &&
			    matches(lines[0], &value, pointer))
				return Replacement{
					"\tmov " + symbol + "(%rip), " + value.str(1) + "\n", 5};
			if (section.str(1) == "shift" && width.str(1) == "1" &&
			    matches(lines[0], &value, shift))
				return Replacement{shift_by(symbol, value.str(1)), 5};
			return std::nullopt;
		});
}

bool defines(const std::string &assembly, const std::string &symbol)
{
	return assembly.starts_with(symbol + ":") ||
	       assembly.find("\n" + symbol + ":") != std::string::npos;
}

}
