// SPDX-License-Identifier: LGPL-2.1-or-later
// The folder into which a program writes the corpus of a fuzz target. A file's name tells its kind:
// valid-*, malformed-*, or any-* where either is right. A fuzzer's finding is written as code, not
// committed as the file that the fuzzer found.
#pragma once

#include <cstdio>
#include <string>

namespace klp::test {

inline std::string corpus_folder; // main() sets it
inline bool corpus_failed; // its exit status

inline void write_to_corpus(const std::string &name, const std::string &bytes)
{
	FILE *file = fopen((corpus_folder + "/" + name).c_str(), "w");
	corpus_failed |= !file || fwrite(bytes.data(), 1, bytes.size(), file) != bytes.size();
	corpus_failed |= !file || fclose(file) != 0;
}

}
