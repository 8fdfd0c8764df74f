// SPDX-License-Identifier: LGPL-2.1-or-later
// Writes the corpus of the fix target: write-fix-corpus FOLDER.
#include "../../libklp/fuzz/corpus_folder.hpp"

#include <random>
#include <string>
#include <vector>

using namespace klp::test;

static const std::string source = "int first(void)\n{\n\tint x;\n\treturn 0;\n}\n\n"
				  "int second(void)\n{\n\tint y;\n\treturn 0;\n}\n";
static const std::string names = "--- a/fs/a.c\n+++ b/fs/a.c\n";
static const std::string hunk = "@@ -3,2 +3,3 @@ int first(void)\n \tint x;\n+\tx = 1;\n"
				"-\treturn 0;\n+\treturn x;\n";

static const std::string good = names + hunk;

static std::string input(const std::string &patch, const std::string &of = source)
{
	return of + "\n====\n" + patch;
}

static const std::string git = "diff --git a/fs/a.c b/fs/a.c\n";

static void write_valid(std::vector<std::string> *all)
{
	const std::string none = "\\ No newline at end of file\n";
	const std::string renaming = "diff --git a/fs/a.c b/fs/b.c\nsimilarity index 90%\n"
				     "rename from fs/a.c\nrename to fs/b.c\n";
	const std::pair<const char *, std::string> patches[] = {
		{"plain", good},
		{"git", git + "index 1111..2222 100644\n" + good},
		{"mail",
		 "From: me\nSubject: x\n\n---\n fs/a.c | 2 +-\n\n" + git + good + "-- \n2.39.5\n"},
		{"moved", names + "@@ -1 +1,2 @@\n \tint y;\n+\ty = 1;\n"},
		{"renamed", renaming},
		{"renamed-edited", renaming + "--- a/fs/a.c\n+++ b/fs/b.c\n" + hunk},
		{"new",
		 git + "new file mode 100644\n--- /dev/null\n+++ b/fs/a.c\n@@ -0,0 +1 @@\n+x\n" +
			 none},
		{"two-hunks", names + "@@ -3 +3,2 @@\n \tint x;\n+\tx = 1;\n@@ -9 +10,2 @@\n"
				      " \tint y;\n+\ty = 1;\n"},
		{"bare", "--- a.c\n+++ a.c\n" + hunk},
	};
	for (const auto &[name, patch] : patches) {
		write_to_corpus(std::string("valid-") + name, input(patch));
		all->push_back(input(patch));
	}
	write_to_corpus("valid-no-newline",
			input(names + "@@ -1 +1 @@\n-x\n" + none + "+y\n" + none, "x"));
	write_to_corpus("valid-removed",
			input("--- a/fs/a.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n", "x\n"));
}

static void write_malformed()
{
	const std::pair<const char *, std::string> patches[] = {
		{"empty", ""},
		{"zero-byte", good + std::string(1, '\0')},
		{"two-places", names + "@@ -1 +1 @@\n-\treturn 0;\n+\treturn 1;\n"},
		{"no-context", names + "@@ -2,0 +3 @@\n+x\n"},
		{"huge-numbers", names + "@@ -99999999999999999999 +1 @@\n-x\n+y\n"},
		{"many-lines", names + "@@ -1,999999999 +1,999999999 @@\n-x\n+y\n"},
		{"overlapping", good + "@@ -4 +5 @@\n-\treturn 0;\n+\treturn 1;\n"},
		{"short", good.substr(0, good.size() - 12)},
		{"long", good + " more\n"},
		{"dot-dot", "--- a/../x\n+++ b/../x\n" + hunk},
		{"absolute", "--- /etc/passwd\n+++ /etc/passwd\n" + hunk},
		{"quoted", "--- \"a/x\"\n+++ \"b/x\"\n" + hunk},
		{"program",
		 "--- a/scripts/genksyms/genksyms\n+++ b/scripts/genksyms/genksyms\n" + hunk},
		{"link",
		 git + "new file mode 120000\n--- /dev/null\n+++ b/fs/a.c\n@@ -0,0 +1 @@\n+x\n"},
		{"mode", git + "old mode 100644\nnew mode 100755\n"},
		{"copy", "diff --git a/a.c b/b.c\ncopy from a.c\ncopy to b.c\n"},
		{"binary", git + "GIT binary patch\nliteral 1\nx\n"},
		{"ed", "1c\nx\n.\n" + good},
		{"context", "*** a/x\n--- b/x\n***************\n*** 1 ****\n! x\n"},
		{"combined", "diff --cc fs/a.c\n"},
		{"twice", good + good},
	};
	for (const auto &[name, patch] : patches)
		write_to_corpus(std::string("malformed-") + name, input(patch));
}

// The same on every machine: the generator's sequence is part of the standard.
static void write_random(const std::vector<std::string> &all)
{
	std::mt19937 random(1);
	for (int i = 0; i < 64; i++) {
		std::string text = all[i % all.size()];
		for (int flips = 1 << i % 5; flips > 0; flips--)
			text[random() % text.size()] ^= 1 << random() % 8;
		write_to_corpus("any-flipped-" + std::to_string(i), text);
	}
}

int main(int, char **arguments)
{
	corpus_folder = arguments[1];
	std::vector<std::string> valid;
	write_valid(&valid);
	write_malformed();
	write_random(valid);
	return corpus_failed;
}
