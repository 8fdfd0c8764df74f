// SPDX-License-Identifier: LGPL-2.1-or-later
// Writes the corpus of the fuzz target kernel_image: a small kernel in the layout of each release.
#include "../test/test_image.hpp"
#include "corpus_folder.hpp"

using namespace klp::test;

int main(int, char **arguments)
{
	corpus_folder = arguments[1];
	int number = 0;
	for (KernelWriter::Layout layout :
	     {KernelWriter::v6_0, KernelWriter::v6_1, KernelWriter::v6_12, KernelWriter::v6_15,
	      KernelWriter::v7_2})
		write_to_corpus("valid-" + std::to_string(number++), KernelWriter(layout).file());
	return corpus_failed;
}
