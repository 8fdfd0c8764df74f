/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program of a user of the library: a patch's functions, and would it load? */
#include <klp/klp.h>
#include <stdio.h>

static const char *const verdicts[] = {"loads", "refused", "undecided"};

static int complain(void)
{
	fprintf(stderr, "consumer: %s\n", libklp_last_error());
	return 1;
}

static void show_functions(const struct libklp_patch *patch)
{
	const struct libklp_function *function;
	size_t i;

	for (i = 0; (function = libklp_patch_function(patch, i)); i++)
		printf("%s %s,%lu\n", function->object, function->name, function->sympos);
}

static void show_report(const struct libklp_report *report)
{
	const struct libklp_finding *finding;
	size_t i;

	for (i = 0; (finding = libklp_report_finding(report, i)); i++)
		fprintf(stderr, "[%s] %s\n", finding->id, finding->message);
	printf("verdict %s\n", verdicts[libklp_report_verdict(report)]);
}

int main(int argc, char **argv)
{
	struct libklp_kernel *kernel = NULL;
	struct libklp_patch *patch = NULL;
	struct libklp_report *report = NULL;
	int status = 0;

	if (argc != 2)
		return 2;
	if (libklp_kernel_running(&kernel) != 0 || libklp_patch_open(argv[1], kernel, &patch) != 0) {
		status = complain();
	} else {
		show_functions(patch);
		if (libklp_check(patch, kernel, NULL, &report) == 0)
			show_report(report);
		else
			status = complain();
	}
	libklp_report_free(report);
	libklp_patch_free(patch);
	libklp_kernel_free(kernel);
	return status;
}
