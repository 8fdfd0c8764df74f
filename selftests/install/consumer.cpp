// SPDX-License-Identifier: LGPL-2.1-or-later
// consumer.c in C++; its output is to be the same.
#include <cstdio>
#include <klp/report.hpp>

static const char *word_for(klp::Verdict verdict)
{
	switch (verdict) {
	case klp::Verdict::loads:
		return "loads";
	case klp::Verdict::refused:
		return "refused";
	case klp::Verdict::undecided:
		return "undecided";
	}
	return "unknown";
}

static int complain(const klp::Error &error)
{
	fprintf(stderr, "consumer: %s\n", error.message.c_str());
	return 1;
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	klp::Result<klp::Kernel> kernel = klp::Kernel::running();
	if (!kernel)
		return complain(kernel.error());
	klp::Result<klp::PatchFile> patch =
		klp::PatchFile::open(argv[1], kernel->klp_layout().value_or(klp::KlpLayout()));
	if (!patch)
		return complain(patch.error());
	for (const klp::PatchedObject &object : patch->objects())
		for (const klp::PatchedFunction &function : object.functions)
			printf("%s %s,%lu\n", object.name.c_str(), function.name.c_str(),
			       function.sympos);
	klp::Report report = klp::check(*patch, *kernel);
	for (const klp::Finding &finding : report.findings)
		fprintf(stderr, "[%s] %s\n", finding.kind->id, finding.message.c_str());
	printf("verdict %s\n", word_for(report.verdict()));
	return 0;
}
