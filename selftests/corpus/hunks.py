# SPDX-License-Identifier: LGPL-2.1-or-later
"""A unified difference, read and written by its hunks."""
import re


CONTEXT = 3


class Hunk:
    def __init__(self, head):
        self.lines = [head]
        numbers = re.match(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@", head).groups()
        self.start, self.before, self.after = (1 if n is None else int(n) for n in numbers)

    def __eq__(self, other):
        return self.lines == other.lines

    def without(self, first, last):
        """The hunk with its lines first to last, counted from 1, as they were before."""
        lines = []
        for number, line in enumerate(self.lines[1:], 1):
            if not first <= number <= last:
                lines.append(line)
            elif line[0] in " -":
                lines.append(" " + line[1:])
        # patch(1) takes a hunk with more lines before the change than after it for a file's end.
        changes = [at for at, line in enumerate(lines) if line[0] in "+-"]
        if not changes:
            raise ValueError("nothing is left of '%s'" % self.lines[0])
        begin = max(0, changes[0] - CONTEXT)
        lines = lines[begin:changes[-1] + 1 + CONTEXT]
        after = int(re.search(r"\+(\d+)", self.lines[0]).group(1))
        shorter = Hunk("@@ -%d,%d +%d,%d @@" % (
            self.start + begin, sum(line[0] in " -" for line in lines),
            after + begin, sum(line[0] in " +" for line in lines)))
        shorter.lines += lines
        return shorter

    def has(self, name, sign):
        word = re.compile(r"\b%s\b" % re.escape(name))
        return any(line[0] in sign and word.search(line[1:]) for line in self.lines[1:])

    def mentions(self, name):
        return any(name in line for line in self.lines)

    def defines(self, name):
        """A function or variable that begins in the first column, and is no declaration."""
        word = re.compile(r"^\+[A-Za-z].*\b%s\b\s*(\(|=|\[|$)" % re.escape(name))
        return any(word.match(line) and not line.rstrip().endswith(";") for line in self.lines[1:])


def read(path):
    """{file: [hunk]} of a unified difference, with the two lines before the first hunk."""
    files, heads = {}, {}
    name = None
    with open(path, encoding="utf-8", errors="surrogateescape") as text:
        lines = text.read().split("\n")
    for i, line in enumerate(lines):
        if line.startswith("--- ") and i + 1 < len(lines) and lines[i + 1].startswith("+++ "):
            name = re.sub(r"^b/", "", lines[i + 1][4:].split("\t")[0])
            files[name], heads[name] = [], [line, lines[i + 1]]
        elif line.startswith("@@ "):
            files[name].append(Hunk(line))
        elif name and files[name] and line[:1] in (" ", "+", "-", "\\") and not line.startswith("+++ b/"):
            files[name][-1].lines.append(line)
    return files, heads


def write(path, files, heads):
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as out:
        for name in sorted(files):
            if not files[name]:
                continue
            out.write("\n".join(heads[name]) + "\n")
            for hunk in sorted(files[name], key=lambda hunk: hunk.start):
                out.write("\n".join(hunk.lines) + "\n")
