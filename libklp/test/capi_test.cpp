// SPDX-License-Identifier: LGPL-2.1-or-later
// The C ABI's conventions, as klp.h numbers them, where the users of the ABI do not test them.
#include "test_patch.hpp"

#include <cerrno>
#include <gtest/gtest.h>
#include <klp/klp.h>
#include <memory>
#include <stdexcept>
#include <unistd.h>

using klp::test::Patch;

namespace {

template <class T, void (*free_it)(T *)> struct Free {
	void operator()(T *object) const { free_it(object); }
};
using PatchPointer = std::unique_ptr<libklp_patch, Free<libklp_patch, libklp_patch_free>>;
using KernelPointer = std::unique_ptr<libklp_kernel, Free<libklp_kernel, libklp_kernel_free>>;
using ReportPointer = std::unique_ptr<libklp_report, Free<libklp_report, libklp_report_free>>;

KernelPointer running()
{
	libklp_kernel *kernel = nullptr;
	EXPECT_EQ(libklp_kernel_running(&kernel), 0) << libklp_last_error();
	return KernelPointer(kernel);
}

PatchPointer parsed(const Patch &patch, libklp_kernel *kernel)
{
	std::string bytes = patch.file();
	libklp_patch *parsed = nullptr;
	EXPECT_EQ(libklp_patch_parse("fix.ko", bytes.data(), bytes.size(), kernel, &parsed), 0)
		<< libklp_last_error();
	return PatchPointer(parsed);
}

}

TEST(capi, a_failure_leaves_ret_alone_and_has_words)
{
	KernelPointer kernel = running();
	libklp_patch *const untouched = reinterpret_cast<libklp_patch *>(0x10);
	libklp_patch *patch = untouched;
	EXPECT_EQ(libklp_patch_open("/no/such.ko", kernel.get(), &patch), -ENOENT);
	EXPECT_EQ(patch, untouched);
	EXPECT_STREQ(libklp_last_error(), "cannot open '/no/such.ko': No such file or directory");
	EXPECT_EQ(libklp_patch_parse("bad.ko", "hello", 5, kernel.get(), &patch), -EBADMSG);
	EXPECT_EQ(patch, untouched);
	EXPECT_STREQ(libklp_last_error(),
		     "bad.ko: +0: 5 bytes are too few for an ELF header of 64");
}

TEST(capi, past_the_last_is_null)
{
	KernelPointer kernel = running();
	Patch fix;
	fix.objects = {{"", {{"f", 2}}}};
	PatchPointer patch = parsed(fix, kernel.get());
	ASSERT_TRUE(patch);
	const libklp_function *function = libklp_patch_function(patch.get(), 0);
	ASSERT_TRUE(function);
	EXPECT_STREQ(function->object, "vmlinux");
	EXPECT_STREQ(function->name, "f");
	EXPECT_EQ(function->sympos, 2u);
	EXPECT_EQ(libklp_patch_function(patch.get(), 1), nullptr);
	EXPECT_EQ(libklp_patch_object(patch.get(), 1), nullptr);
	EXPECT_EQ(libklp_patch_parameter(patch.get(), 0), nullptr);
}

TEST(capi, a_label_stays_without_its_patch)
{
	Patch fix;
	fix.modinfo.push_back("klp_fixes=CVE-2026-1234");
	PatchPointer patch = parsed(fix, nullptr);
	libklp_label *label = nullptr;
	ASSERT_EQ(libklp_patch_label(patch.get(), &label), 0) << libklp_last_error();
	patch.reset();
	EXPECT_STREQ(libklp_label_fix(label, 0), "CVE-2026-1234");
	EXPECT_EQ(libklp_label_fix(label, 1), nullptr);
	EXPECT_EQ(libklp_label_by_name(label), 0);
	EXPECT_STREQ(libklp_label_version(label), "");
	libklp_label_free(label);
	fix.modinfo.push_back("klp_fixes=not one");
	patch = parsed(fix, nullptr);
	EXPECT_EQ(libklp_patch_label(patch.get(), &label), -EBADMSG);
	KernelPointer kernel = running();
	EXPECT_EQ(libklp_loaded_label(kernel.get(), "no_such_patch", &label), -ENOENT);
}

TEST(capi, free_takes_null)
{
	libklp_label_free(nullptr);
	libklp_patch_free(nullptr);
	libklp_kernel_free(nullptr);
	libklp_report_free(nullptr);
	libklp_tasks_free(nullptr);
	libklp_verification_free(nullptr);
	libklp_loaded_free(nullptr);
}

TEST(capi, a_report_outlives_the_patch_and_only_takes_back_what_is_ours)
{
	KernelPointer kernel = running();
	Patch fix;
	fix.modinfo = {"name=fix", std::string("vermagic=") + klp::test::vermagic};
	PatchPointer patch = parsed(fix, kernel.get());
	libklp_report *made = nullptr;
	ASSERT_EQ(libklp_check(patch.get(), kernel.get(), "nonsense=1", &made), 0);
	ReportPointer report(made);
	patch.reset();
	EXPECT_EQ(libklp_report_verdict(report.get()), LIBKLP_VERDICT_REFUSED);
	EXPECT_EQ(libklp_report_allow(report.get(), "not-a-livepatch"), -EINVAL);
	EXPECT_EQ(libklp_report_allow(report.get(), "no-such-finding"), -EINVAL);
	EXPECT_EQ(libklp_report_allow(report.get(), "parameter-unknown"), 0);
	for (size_t i = 0; const libklp_finding *finding = libklp_report_finding(report.get(), i);
	     i++)
		EXPECT_STRNE(finding->id, "parameter-unknown");
}

TEST(capi, options_of_a_newer_caller_are_refused_where_they_say_something)
{
	KernelPointer kernel = running();
	Patch fix;
	PatchPointer patch = parsed(fix, kernel.get());
	struct {
		libklp_load_options known;
		size_t unknown;
	} newer = {};
	newer.known.size = sizeof(newer);
	newer.unknown = 1;
	libklp_outcome *outcome = nullptr;
	EXPECT_EQ(libklp_load(patch.get(), kernel.get(), &newer.known, &outcome), -E2BIG);
	EXPECT_EQ(outcome, nullptr);
}

TEST(capi, no_name_leads_elsewhere)
{
	KernelPointer kernel = running();
	libklp_verification *verification = nullptr;
	EXPECT_EQ(libklp_verify(kernel.get(), "../module/kernel", &verification), -EINVAL);
	libklp_outcome *outcome = nullptr;
	EXPECT_EQ(libklp_unload("../../x", kernel.get(), nullptr, &outcome), LIBKLP_RESULT_FAILED);
	EXPECT_EQ(libklp_outcome_errno(outcome), EINVAL);
	EXPECT_STREQ(
		libklp_last_error(),
		"'../../x' is no module's name: these have 1 to 55 letters, no '/' and no '.' in front");
	libklp_outcome_free(outcome);
}

// A throwing callback, which is not allowed, shows the path of any exception.
TEST(capi, no_exception_gets_out)
{
	if (geteuid() != 0)
		GTEST_SKIP() << "the loader's lock is root's: run it as root";
	KernelPointer kernel = running();
	Patch fix;
	fix.objects = {{"", {{"klprt_no_such_function"}}}};
	PatchPointer patch = parsed(fix, kernel.get());
	auto load = [&](libklp_checked_fn *checked) {
		libklp_load_options options = {};
		options.size = sizeof(options);
		options.checked = checked;
		libklp_outcome *outcome = nullptr;
		int status = libklp_load(patch.get(), kernel.get(), &options, &outcome);
		EXPECT_EQ(outcome, nullptr);
		return std::to_string(status) + " " + libklp_last_error();
	};
	EXPECT_EQ(load([](const libklp_report *, void *) { throw std::runtime_error("a\nb"); }),
		  std::to_string(-EIO) + " unexpected: a?b");
	EXPECT_EQ(load([](const libklp_report *, void *) { throw std::bad_alloc(); }),
		  std::to_string(-ENOMEM) + " out of memory");
	EXPECT_EQ(load([](const libklp_report *, void *) { throw 1; }),
		  std::to_string(-EIO) + " an exception");
}
