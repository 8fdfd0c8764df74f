// SPDX-License-Identifier: LGPL-2.1-or-later
// The boundary at which untrusted text becomes a change of the kernel's source: a source, a line of
// equal signs, and a patch to the source.
#include "../fix.hpp"
#include "../../libklp/fuzz/must.hpp"
#include "../../libklp/fuzz/target.hpp"
#include "../../libklp/try.hpp"
#include "../hunk_places.hpp"
#include "../line_numbers.hpp"

#include <cerrno>
#include <cstdint>

using namespace klp;

static std::string text_of(const std::vector<SourceLine> &lines)
{
	std::string text;
	for (const SourceLine &line : lines)
		text += line.text;
	return text;
}

// Turns removed lines into added ones: applied to the result, the diff restores the source.
static FileDiff reversed(const FileDiff &diff, const std::vector<PlacedHunk> &placed)
{
	FileDiff back = diff;
	size_t shift = 0; // modulo the size of a number
	for (size_t i = 0; i < back.hunks.size(); i++) {
		Hunk &hunk = back.hunks[i];
		std::swap(hunk.old_count, hunk.new_count);
		size_t place = placed[i].place + shift;
		hunk.old_start = hunk.old_count == 0 ? place : place + 1;
		shift += hunk.old_count - hunk.new_count;
		for (HunkLine &line : hunk.lines) {
			if (line.kind != HunkLine::Kind::context)
				line.kind = line.kind == HunkLine::Kind::added
						    ? HunkLine::Kind::removed
						    : HunkLine::Kind::added;
		}
	}
	return back;
}

static void check_result(const std::vector<SourceLine> &source, const FileDiff &diff,
			 const std::vector<PlacedHunk> &placed,
			 const std::vector<SourceLine> &result)
{
	size_t before = 0;
	for (const SourceLine &line : result) {
		must(line.before == 0 || (line.before > before && line.before <= source.size() &&
					  source[line.before - 1].text == line.text),
		     "a line is the one that it was, and in its order");
		before = std::max(before, line.before);
	}
	for (size_t i = 0; i + 1 < result.size(); i++)
		must(result[i].text.ends_with('\n'), "lines but for the last have an end");
	std::vector<PlacedHunk> back;
	FileDiff undone = reversed(diff, placed);
	for (const Hunk &hunk : undone.hunks)
		back.push_back({&hunk, hunk.place()});
	must(text_of(with_hunks(result, back)) == text_of(source), "the way back leads back");
	must(with_line_numbers(result).size() >= text_of(result).size(), "no line is lost");
}

static Result<> apply(const FixPatch &patch, const std::vector<FileDiff> &files,
		      std::string_view text)
{
	std::vector<SourceLine> source = lines_of_source(text);
	for (const FileDiff &diff : files) {
		must(!diff.path().empty() && diff.path().find("..") != 0 && diff.path()[0] != '/',
		     "a path stays in the tree");
		if (diff.hunks.empty() || diff.kind == FileDiff::Kind::added)
			continue;
		std::vector<PlacedHunk> placed = TRY(place_hunks(patch.name, diff, source));
		std::vector<SourceLine> result = with_hunks(source, placed);
		for (const PlacedHunk &hunk : placed)
			(void)function_around(result, hunk.place);
		check_result(source, diff, placed, result);
	}
	return {};
}

Result<> read_input(const std::string &name, std::span<const std::byte> input)
{
	static constexpr std::string_view end = "\n====\n";
	std::string_view bytes(reinterpret_cast<const char *>(input.data()), input.size());
	size_t at = bytes.find(end);
	std::string_view source = at == std::string_view::npos ? "" : bytes.substr(0, at);
	std::string_view text =
		at == std::string_view::npos ? bytes : bytes.substr(at + end.size());
	Result<FixPatch> patch = Fix::parse(name, text);
	Result<> done =
		patch ? apply(*patch, patch->files, source) : std::unexpected(patch.error());
	if (done)
		done = apply(*patch, patch->whole, source);
	if (!done)
		must(done.error().code == EBADMSG && done.error().message.starts_with(name + ":"),
		     "an Error says where");
	return done;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	(void)read_input("fix.patch", std::as_bytes(std::span(data, size)));
	return 0;
}
