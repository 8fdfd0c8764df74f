// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../module/notes.hpp"
#include "../module/patch_label.hpp"
#include "test_machine.hpp"
#include "test_patch.hpp"

#include <cerrno>
#include <gtest/gtest.h>
#include <klp/loaded_label.hpp>

using klp::PatchLabel;
using klp::test::Patch;
using klp::test::to_bytes;
using Words = std::vector<std::string>;

namespace {

klp::Result<PatchLabel> label_of_file(Words modinfo, const std::string &name = "fix")
{
	Patch patch;
	patch.name = name;
	patch.modinfo = {"livepatch=Y", "name=" + name};
	patch.modinfo.insert(patch.modinfo.end(), modinfo.begin(), modinfo.end());
	klp::Result<klp::PatchFile> file = klp::PatchFile::parse("fix.ko", patch.bytes());
	if (!file)
		return std::unexpected(file.error());
	return file->label();
}

std::string error_of(const klp::Result<PatchLabel> &label)
{
	EXPECT_FALSE(label);
	return label ? "" : label.error().message;
}

Words fixes_of_name(const std::string &name)
{
	PatchLabel label;
	add_fixes_of_name(name, &label);
	return label.fixes;
}

}

TEST(patch_label, stands_in_modinfo)
{
	klp::Result<PatchLabel> label =
		label_of_file({"klp_fixes=CVE-2026-1234", "klp_fixes=CVE-2026-77777", "version=3",
			       "klp_url=https://example.org/3"});
	ASSERT_TRUE(label) << label.error().message;
	EXPECT_EQ(label->source, PatchLabel::Source::patch);
	EXPECT_EQ(label->fixes, (Words{"CVE-2026-1234", "CVE-2026-77777"}));
	EXPECT_EQ(label->version, "3");
	EXPECT_EQ(label->url, "https://example.org/3");
}

TEST(patch_label, modinfo_and_note_are_read_as_they_were_written)
{
	const PatchLabel label = {
		PatchLabel::Source::patch, {"CVE-2026-1234", "bug.17"}, "", "https://example.org"};
	ASSERT_TRUE(check_label(label));
	klp::Result<PatchLabel> file = label_of_file(modinfo_of(label));
	klp::Result<PatchLabel> memory = klp::parse_label_note(note_of(label));
	ASSERT_TRUE(file && memory);
	for (const PatchLabel &read : {*file, *memory}) {
		EXPECT_EQ(read.source, PatchLabel::Source::patch);
		EXPECT_EQ(read.fixes, label.fixes);
		EXPECT_EQ(read.url, label.url);
	}
	EXPECT_TRUE(note_of(PatchLabel()).empty());
	EXPECT_EQ(modinfo_of(PatchLabel()), Words{});
}

TEST(patch_label, of_another_form_is_refused)
{
	EXPECT_EQ(error_of(label_of_file({"klp_fixes=CVE-2026"})),
		  ".modinfo: 'CVE-2026' names no fix; expected a CVE such as CVE-2026-1234, or "
		  "another name of at most 64 letters, digits and .-_:");
	for (const char *fix : {"", "two words", "CVE-2026-123", "CVE-2026-1234x", "CVE-26-1234",
				"CVE-2026-1234\x1b[2J"})
		EXPECT_FALSE(label_of_file({std::string("klp_fixes=") + fix})) << fix;
	EXPECT_FALSE(label_of_file({"klp_url=javascript:alert(1)"}));
	EXPECT_FALSE(label_of_file({"klp_url=https://example.org/\n"}));
	EXPECT_FALSE(label_of_file({"klp_fixes=CVE-2026-1234", "version=1.0 (beta)"}));
	EXPECT_TRUE(label_of_file({"version=1.0 (beta)"})) << "a version that is none of klp's";
	PatchLabel label;
	label.fixes.assign(1025, "x");
	klp::Result<> valid = check_label(label);
	ASSERT_FALSE(valid);
	EXPECT_EQ(valid.error().code, EINVAL);
}

TEST(patch_label, a_note_that_is_not_known_is_refused_by_its_type)
{
	EXPECT_EQ(error_of(klp::parse_label_note(to_bytes(klp::note("klp", 7, "x")))),
		  ".note.klp has a note of type 7, which this klp does not know");
	EXPECT_EQ(error_of(klp::parse_label_note(to_bytes(klp::note("GNU", 1, "x")))),
		  ".note.klp has a note of 'GNU', not of 'klp'");
	EXPECT_EQ(error_of(klp::parse_label_note(to_bytes(klp::note("klp", 1, "x") + "y"))),
		  ".note.klp is cut off");
	EXPECT_FALSE(klp::parse_label_note(to_bytes(klp::note("klp", 1, "a\nb"))));
}

TEST(patch_label, a_name_alone_has_cves)
{
	EXPECT_EQ(fixes_of_name("livepatch_CVE_2026_1234"), Words{"CVE-2026-1234"});
	EXPECT_EQ(fixes_of_name("kpatch_cve2026_31337_r2"), Words{"CVE-2026-31337"});
	EXPECT_EQ(fixes_of_name("cve_2025_0001_cve_2026_99999"),
		  (Words{"CVE-2025-0001", "CVE-2026-99999"}));
	for (const char *name : {"", "cve", "receive_2026_1234", "cve_2026", "cve_2026_123",
				 "cve_2026_1234x", "cve__2026_1234", "livepatch_7"})
		EXPECT_EQ(fixes_of_name(name), Words{}) << name;
	EXPECT_EQ(label_of_file({}, "fix_cve_2026_1234")->source, PatchLabel::Source::name);
	EXPECT_EQ(label_of_file({"klp_fixes=CVE-2026-5678"}, "fix_cve_2026_1234")->fixes,
		  Words{"CVE-2026-5678"});
}

TEST(patch_label, of_a_patch_in_memory_is_what_the_kernel_shows)
{
	klp::test::Machine machine;
	const PatchLabel label = {
		PatchLabel::Source::patch, {"CVE-2026-1234"}, "", "https://example.org"};
	std::vector<std::byte> note = note_of(label);
	machine.livepatch("klp_fix", {"vmlinux/f,1"});
	machine.livepatch("klp_cve_2026_5555", {"vmlinux/g,1"});
	machine.write("/sys/module/klp_fix/version", "3\n");
	machine.write("/sys/module/klp_fix/notes/.note.klp",
		      {reinterpret_cast<const char *>(note.data()), note.size()});
	klp::Kernel kernel = machine.kernel();
	klp::Result<PatchLabel> found = label_of(kernel, "klp_fix");
	ASSERT_TRUE(found) << found.error().message;
	EXPECT_EQ(found->fixes, label.fixes);
	EXPECT_EQ(found->version, "3");
	EXPECT_EQ(found->url, label.url);
	EXPECT_EQ(label_of(kernel, "klp_cve_2026_5555")->fixes, Words{"CVE-2026-5555"});
	EXPECT_EQ(label_of(kernel, "absent").error().code, ENOENT);
	EXPECT_EQ(label_of(kernel, "../x").error().code, EINVAL);
}
