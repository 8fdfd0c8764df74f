// SPDX-License-Identifier: LGPL-2.1-or-later
// Provokes each finding on a machine where all else is in order. report_test.cpp has malformed.
#include "../run_folder.hpp"
#include "test_machine.hpp"
#include "test_signature.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <klp/report.hpp>
#include <unistd.h>

using namespace klp;
using namespace klp::test;

namespace {

struct Check : testing::Test {
	Check()
	{
		patch.objects = {{"", {{"f"}}}};
		patch.versions = {{"module_layout", 0x11111111}, {"klp_enable_patch", 0x22222222}};
		patch.needs = {"klp_enable_patch"};
	}

	Report run()
	{
		Result<PatchFile> file = patch.parse();
		EXPECT_EQ(said(file), "no error");
		Kernel kernel = machine.kernel();
		return check(*file, kernel, parameters);
	}

	// The findings of one kind: "error EINVAL [object function] message", a line each. The
	// errno is that of this finding, "-" where the kernel lets it pass.
	std::string found(const std::string &id)
	{
		std::string lines;
		report = run();
		for (const Finding &finding : report.findings) {
			if (finding.kind->id != id)
				continue;
			const char *severity = finding.kind->severity == Severity::error ? "error"
					       : finding.kind->severity == Severity::warning
						       ? "warning"
					       : finding.kind->undecides ? "unseen"
									 : "note";
			if (!lines.empty())
				lines += "\n";
			lines += severity;
			lines += " ";
			lines += finding.kernel_errno ? strerrorname_np(finding.kernel_errno) : "-";
			lines += " [" + finding.object + " " + finding.function + "] ";
			lines += finding.message;
		}
		for (size_t at; (at = lines.find(machine.path())) != std::string::npos;)
			lines.erase(at, machine.path().size());
		return lines;
	}

	// Whether this is the only finding, except for notes.
	::testing::AssertionResult alone() const
	{
		size_t count = 0;
		std::string ids;
		for (const Finding &finding : report.findings) {
			if (finding.kind->severity == Severity::note && !finding.kind->undecides)
				continue;
			count++;
			ids += std::string(" ") + finding.kind->id;
		}
		return count == 1 ? ::testing::AssertionSuccess()
				  : ::testing::AssertionFailure() << "found:" << ids;
	}

	void release_is(const std::string &other) const
	{
		machine.write("/proc/sys/kernel/osrelease", other + "\n");
	}

	// Signs by subject key id, as klp-build does.
	void sign(const SigningKey &key,
		  unsigned flags = CMS_NOATTR | CMS_NOCERTS | CMS_DETACHED | CMS_USE_KEYID)
	{
		patch.signature = signature_of(patch.file(), key, flags);
	}

	void kernel_has(const std::string &id) const
	{
		machine.write(
			"/proc/keys",
			"015e6b0d I------     2 perm 1f0b0000     0     0 keyring   .builtin_trusted_keys: 1\n"
			"3943dc12 I------     1 perm 1f030000     0     0 asymmetri klp: " +
				id + ": X509.rsa " + id.substr(id.size() - 8) + " []\n");
	}

	Machine machine;
	Patch patch;
	std::string parameters;
	Report report;
	void remember(const std::string &name, std::vector<PatchState> states)
	{
		machine.folder("/sys/module/" + name);
		EXPECT_TRUE(remember_patch(machine.path(), name, {"", "", std::move(states)}));
	}
};

}

TEST_F(Check, a_patch_that_fits_loads)
{
	EXPECT_EQ(found("build-id"), "note - [vmlinux ] vmlinux has the build id 0a0b");
	EXPECT_EQ(report.findings.size(), 2u); // and types-unknown
	EXPECT_EQ(report.verdict(), Verdict::loads);
	EXPECT_EQ(report.kernel_errno(), 0);
}

TEST_F(Check, wrong_architecture)
{
	std::string file = patch.file();
	put(&file, offsetof(Elf64_Ehdr, e_machine), Elf64_Half{EM_AARCH64});
	Result<PatchFile> parsed = PatchFile::parse("fix.ko", to_bytes(file));
	Kernel kernel = machine.kernel();
	report = check(*parsed, kernel);
	EXPECT_TRUE(alone());
	EXPECT_TRUE(report.has("wrong-architecture"));
	EXPECT_EQ(report.findings[0].message, "'fix.ko' is not an x86-64 module");
	EXPECT_EQ(report.kernel_errno(), ENOEXEC);
}

TEST_F(Check, not_permitted)
{
	machine.write("/proc/sys/kernel/modules_disabled", "1\n");
	EXPECT_EQ(found("not-permitted"), "error EPERM [ ] kernel.modules_disabled is 1");
	EXPECT_TRUE(alone());
}

TEST_F(Check, signature_missing)
{
	machine.write("/sys/module/module/parameters/sig_enforce", "Y\n");
	machine.write("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	EXPECT_EQ(found("signature-missing"),
		  "error EKEYREJECTED [ ] the module is not signed, and module.sig_enforce is on");
	EXPECT_TRUE(alone());
}

TEST_F(Check, signature_lockdown)
{
	machine.write("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	EXPECT_EQ(
		found("signature-lockdown"),
		"error EPERM [ ] the module is not signed, and the kernel is locked down (integrity)");
	EXPECT_TRUE(alone());
}

TEST_F(Check, a_signed_module_may_go_into_a_locked_down_kernel)
{
	machine.write("/sys/module/module/parameters/sig_enforce", "Y\n");
	machine.write("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	SigningKey key("klp");
	sign(key);
	kernel_has(key.id());
	EXPECT_EQ(found("signature-unseen"),
		  "unseen - [ ] the module is signed by the key " + key.id() +
			  ", which the kernel has; klp does not verify the signature itself");
	EXPECT_TRUE(alone());
	EXPECT_EQ(report.verdict(), Verdict::undecided);
}

TEST_F(Check, signature_untrusted)
{
	machine.write("/sys/module/module/parameters/sig_enforce", "Y\n");
	SigningKey key("klp");
	sign(key);
	kernel_has("8963f707e289edc09df337a240938134371a5bb8");
	EXPECT_EQ(found("signature-untrusted"),
		  "error EKEYREJECTED [ ] the module is signed by the key " + key.id() +
			  ", which the kernel does not have, and module.sig_enforce is on");
	EXPECT_TRUE(alone());
}

TEST_F(Check, signature_lockdown_where_the_signer_is_unknown)
{
	machine.write("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	SigningKey key("klp");
	sign(key);
	kernel_has("8963f707e289edc09df337a240938134371a5bb8");
	EXPECT_EQ(
		found("signature-lockdown"),
		"error EPERM [ ] the module is signed by the key " + key.id() +
			", which the kernel does not have, and the kernel is locked down (integrity)");
	EXPECT_TRUE(alone());
}

TEST_F(Check, signature_ignored)
{
	SigningKey key("klp");
	sign(key);
	kernel_has("8963f707e289edc09df337a240938134371a5bb8");
	EXPECT_EQ(found("signature-ignored"), "note - [ ] the module is signed by the key " +
						      key.id() +
						      ", which the kernel does not have");
	EXPECT_EQ(report.verdict(), Verdict::loads);
	// A signature of an unknown kind also counts as none.
	patch.signature = appended("message", 1);
	EXPECT_EQ(found("signature-ignored"),
		  "note - [ ] fix.ko: a signature of type 1, not PKCS#7 (2)");
}

TEST_F(Check, signature_broken)
{
	patch.signature = appended("not DER");
	EXPECT_EQ(found("signature-broken"),
		  "error EBADMSG [ ] fix.ko: the signature is not a PKCS#7 message");
	EXPECT_TRUE(alone());
	patch.signature = signature_of(patch.file(), SigningKey("klp"), CMS_NOCERTS | CMS_DETACHED);
	EXPECT_EQ(
		found("signature-broken"),
		"error EKEYREJECTED [ ] fix.ko: the signature covers signed attributes, which the kernel refuses; sign with sign-file");
	EXPECT_TRUE(alone());
	EXPECT_EQ(report.kernel_errno(), EKEYREJECTED);
}

TEST_F(Check, signature_unseen_where_the_keys_are_not_shown)
{
	SigningKey key("klp");
	sign(key);
	machine.write("/proc/keys", "");
	EXPECT_EQ(found("signature-unseen"),
		  "unseen - [ ] the module is signed by the key " + key.id() +
			  "; /proc/keys does not show the kernel's keys");
	EXPECT_TRUE(alone());
	machine.write("/sys/module/module/parameters/sig_enforce", "Y\n");
	EXPECT_EQ(run().verdict(), Verdict::undecided);
}

TEST_F(Check, signature_unseen_where_it_brings_certificates)
{
	kernel_has("8963f707e289edc09df337a240938134371a5bb8");
	SigningKey key("klp");
	sign(key, CMS_NOATTR | CMS_DETACHED | CMS_USE_KEYID);
	EXPECT_EQ(
		found("signature-unseen"),
		"unseen - [ ] the module is signed by the key " + key.id() +
			" and has certificates with it; klp does not verify whether they lead to a key that the kernel has");
	EXPECT_TRUE(alone());
}

TEST_F(Check, signature_unseen)
{
	machine.remove("/sys/module/module");
	EXPECT_EQ(
		found("signature-unseen"),
		"unseen - [ ] cannot open '/sys/module/module/parameters/sig_enforce': No such file or directory");
	EXPECT_TRUE(alone());
	EXPECT_EQ(report.verdict(), Verdict::undecided);
}

TEST_F(Check, signature_unseen_where_lockdown_cannot_be_read)
{
	machine.write("/sys/kernel/security/lockdown", "?\n");
	EXPECT_EQ(found("signature-unseen"),
		  "unseen - [ ] /sys/kernel/security/lockdown: cannot read '?'");
	// A kernel without the lockdown LSM has no such file.
	machine.remove("/sys/kernel/security/lockdown");
	EXPECT_EQ(found("signature-unseen"), "");
}

TEST_F(Check, no_livepatch_support)
{
	machine.remove("/sys/kernel/livepatch");
	EXPECT_EQ(found("no-livepatch-support"),
		  "error ENOEXEC [ ] the kernel 6.1.0-56-amd64 has no livepatch support");
	EXPECT_TRUE(alone());
}

TEST_F(Check, vermagic_mismatch_in_what_follows_the_release)
{
	patch.modinfo[2] = "vermagic=6.1.0-56-amd64 SMP mod_unload modversions ";
	EXPECT_EQ(
		found("vermagic-mismatch"),
		"error ENOEXEC [ ] vermagic '6.1.0-56-amd64 SMP mod_unload modversions ', this kernel's is '6.1.0-56-amd64 SMP preempt mod_unload modversions '");
	EXPECT_TRUE(alone());
}

TEST_F(Check, vermagic_mismatch_in_the_release_where_no_checksums_decide)
{
	patch.modinfo[2] = "vermagic=6.1.0-55-amd64 SMP preempt mod_unload ";
	patch.versions.clear();
	EXPECT_EQ(found("vermagic-mismatch"),
		  "error ENOEXEC [ ] built for 6.1.0-55-amd64, this kernel is 6.1.0-56-amd64");
	EXPECT_TRUE(alone());
}

TEST_F(Check, vermagic_missing)
{
	patch.modinfo.pop_back();
	EXPECT_EQ(found("vermagic-missing"), "error - [ ] the module has no vermagic");
	EXPECT_TRUE(alone());
}

TEST_F(Check, vermagic_unseen)
{
	machine.remove("/proc/kcore");
	machine.write("/lib/modules/6.1.0-56-amd64/build/Module.symvers",
		      "0x11111111\tmodule_layout\tvmlinux\tEXPORT_SYMBOL\t\n"
		      "0x22222222\tklp_enable_patch\tvmlinux\tEXPORT_SYMBOL_GPL\t\n");
	EXPECT_EQ(
		found("vermagic-unseen"),
		"unseen - [ ] neither the kernel's memory nor a module of its own shows its vermagic: cannot open '/proc/kcore': No such file or directory");
	EXPECT_TRUE(alone());
}

TEST_F(Check, what_the_file_says_cannot_steer_a_terminal)
{
	patch.modinfo[2] = "vermagic=\033[2Jother SMP preempt mod_unload modversions ";
	EXPECT_EQ(found("release-mismatch"),
		  "error - [ ] built for ?[2Jother, this kernel is 6.1.0-56-amd64");
}

TEST_F(Check, release_mismatch)
{
	patch.modinfo[2] = "vermagic=6.1.0-55-amd64 SMP preempt mod_unload modversions ";
	EXPECT_EQ(found("release-mismatch"),
		  "error - [ ] built for 6.1.0-55-amd64, this kernel is 6.1.0-56-amd64");
	EXPECT_TRUE(alone());
}

TEST_F(Check, name_loaded)
{
	machine.append("/proc/modules", "fix 16384 1 - Live 0xffffffffc0002000 (OEK)\n");
	EXPECT_EQ(found("name-loaded"), "error EEXIST [ ] a module 'fix' is loaded already");
	EXPECT_TRUE(alone());
}

TEST_F(Check, dependency_missing)
{
	patch.modinfo.push_back("depends=target,other-module");
	EXPECT_EQ(
		found("dependency-missing"),
		"error ENOENT [other_module ] it uses symbols of the module 'other_module', which is not loaded");
	EXPECT_TRUE(alone());
}

TEST_F(Check, symbol_unknown)
{
	patch.needs.push_back("gone");
	EXPECT_EQ(found("symbol-unknown"),
		  "error ENOENT [ gone] neither the kernel nor a loaded module exports 'gone'");
	EXPECT_TRUE(alone());
}

TEST_F(Check, gpl_only_symbol)
{
	patch.license = "BSD";
	EXPECT_EQ(
		found("gpl-only-symbol"),
		"error ENOENT [ klp_enable_patch] 'klp_enable_patch' is for GPL-compatible modules only, and the licence of this one is 'BSD'");
	EXPECT_TRUE(alone());
	patch.license = "Dual BSD/GPL";
	EXPECT_EQ(found("gpl-only-symbol"), "");
	patch.license = "";
	EXPECT_TRUE(found("gpl-only-symbol").ends_with("is ''"));
}

// The machine's printk, in a namespace.
TEST_F(Check, namespace_not_imported)
{
	std::string memory = vermagic;
	memory.resize(0x2100);
	put(&memory, 0x100, uint32_t{0x11111111});
	put(&memory, 0x104, uint32_t{0x33333333});
	put(&memory, 0x200, uint32_t{0x22222222});
	put(&memory, 0x1014, int32_t{0xc});
	memory.replace(0x1020, 6, "PRINTS");
	machine.write("/proc/kcore", core_file(Machine::read_only_data, memory));
	patch.needs.push_back("printk");
	patch.versions.push_back({"printk", 0x33333333});
	EXPECT_EQ(
		found("namespace-not-imported"),
		"error EINVAL [ printk] 'printk' is of the namespace 'PRINTS', which the module does not import");
	EXPECT_TRUE(alone());
	patch.modinfo.push_back("import_ns=OTHER");
	EXPECT_NE(found("namespace-not-imported"), "");
	patch.modinfo.push_back("import_ns=PRINTS");
	EXPECT_EQ(found("namespace-not-imported"), "");
	// For modules of these names alone; nobody imports it.
	patch.modinfo.resize(patch.modinfo.size() - 2);
	for (const auto &[name_space, refused] : {std::pair("module:kvm-intel,fix", false),
						  {"module:fi*", false},
						  {"module:fixes", true},
						  {"module:", true}}) {
		memory.replace(0x1020, 24,
			       std::string(name_space) +
				       std::string(24 - strlen(name_space), '\0'));
		machine.write("/proc/kcore", core_file(Machine::read_only_data, memory));
		EXPECT_EQ(!found("namespace-not-imported").empty(), refused) << name_space;
	}
}

TEST_F(Check, terms_unseen)
{
	machine.remove("/proc/kcore");
	EXPECT_TRUE(found("terms-unseen")
			    .starts_with("unseen - [ klp_enable_patch] 'klp_enable_patch': "))
		<< found("terms-unseen");
	machine.write("/lib/modules/" + std::string(release) + "/build/Module.symvers",
		      "0x22222222\tklp_enable_patch\tvmlinux\tEXPORT_SYMBOL_GPL\tNS\n");
	EXPECT_EQ(found("terms-unseen"), "");
	EXPECT_NE(found("namespace-not-imported"), "");
}

TEST_F(Check, export_duplicate)
{
	ElfWriter elf = patch.writer();
	uint32_t table = elf.add({.name = "__ksymtab", .data = std::string(24, '\0')});
	elf.symbol("__ksymtab_printk", table, 0, STT_OBJECT, STB_LOCAL);
	elf.symbol("__ksymtab_own", table, 12, STT_OBJECT, STB_LOCAL);
	Result<PatchFile> file = PatchFile::parse("fix.ko", elf.bytes());
	ASSERT_EQ(said(file), "no error");
	EXPECT_EQ(file->exported_symbols(), (std::vector<std::string>{"printk", "own"}));
	Kernel kernel = machine.kernel();
	report = check(*file, kernel);
	EXPECT_TRUE(alone());
	EXPECT_STREQ(report.findings[0].kind->id, "export-duplicate");
	EXPECT_EQ(report.findings[0].function, "printk");
	EXPECT_EQ(report.kernel_errno(), ENOEXEC);
}

// abi_test.cpp compares types, selftests/scenarios/types-differ.sh has patches with some.
TEST_F(Check, types_unknown)
{
	EXPECT_EQ(found("types-unknown"), "note - [ ] fix.ko: there is no debug information");
	// klp-build names the builds that it compiled for.
	patch.modinfo.push_back("klp_build_id=vmlinux:0a0b");
	EXPECT_EQ(found("types-unknown"), "");
}

TEST_F(Check, module_blacklisted)
{
	machine.write("/proc/cmdline", "quiet module_blacklist=a,fix module_blacklist=b -- x\n");
	EXPECT_EQ(found("module-blacklisted"), "");
	machine.write("/proc/cmdline", "quiet module_blacklist=b \"module_blacklist=a,fix\"\n");
	EXPECT_EQ(found("module-blacklisted"), "error EPERM [ ] module_blacklist= has 'fix'");
	EXPECT_TRUE(alone());
	// Root's view of it.
	machine.write("/sys/module/kernel/parameters/module_blacklist", "(null)\n");
	EXPECT_EQ(found("module-blacklisted"), "");
	machine.write("/sys/module/kernel/parameters/module_blacklist", "fix\n");
	EXPECT_NE(found("module-blacklisted"), "");
}

TEST_F(Check, livepatch_relocation_wrong)
{
	patch.relocations = {{".klp.rela.vmlinux..text", ".klp.sym.vmlinux.f"}};
	EXPECT_EQ(
		found("livepatch-relocation-wrong"),
		"error EINVAL [vmlinux ] fix.ko: .klp.rela.vmlinux..text+0: symbol '.klp.sym.vmlinux.f' is not .klp.sym.OBJECT.NAME,SYMPOS");
	EXPECT_TRUE(alone());
	patch.relocations = {{".klp.rela.absent..text", ".klp.sym.vmlinux.f,0"}};
	EXPECT_TRUE(found("livepatch-relocation-wrong").starts_with("error - [absent ] "));
	patch.relocations = {{".rela.text", ".klp.sym.vmlinux.f,0"}};
	EXPECT_TRUE(found("livepatch-relocation-wrong").starts_with("error EINVAL [ ] "));
}

TEST_F(Check, symbol_version)
{
	patch.versions[1].crc = 0xabcd;
	EXPECT_EQ(
		found("symbol-version"),
		"error EINVAL [ klp_enable_patch] 'klp_enable_patch' has the checksum 0x22222222, the patch was built against 0x0000abcd");
	EXPECT_TRUE(alone());
}

TEST_F(Check, symbol_version_of_the_module_structure_itself)
{
	patch.versions[0].crc = 1;
	EXPECT_EQ(
		found("symbol-version"),
		"error ENOEXEC [ module_layout] 'module_layout' has the checksum 0x11111111, the patch was built against 0x00000001");
	EXPECT_TRUE(alone());
}

TEST_F(Check, versions_missing)
{
	patch.needs.push_back("printk");
	EXPECT_EQ(found("versions-missing"), "error - [ ] no checksum for printk");
	EXPECT_TRUE(alone());
}

TEST_F(Check, a_kernel_without_checksums_misses_none)
{
	machine.write("/proc/kcore",
		      core_file(Machine::read_only_data,
				"6.1.0-56-amd64 SMP mod_unload " + std::string(0x2100, '\0')));
	patch.modinfo[2] = "vermagic=6.1.0-56-amd64 SMP mod_unload ";
	patch.versions.clear();
	EXPECT_EQ(run().verdict(), Verdict::loads);
}

TEST_F(Check, symbols_unseen)
{
	machine.remove("/proc/kallsyms");
	patch.relocations = {{".klp.rela.vmlinux..text", ".klp.sym.vmlinux.g,0"}};
	const std::string why = "cannot open '/proc/kallsyms': No such file or directory";
	EXPECT_EQ(found("symbols-unseen"), "unseen - [ ] " + why + "\nunseen - [vmlinux f] 'f': " +
						   why + "\nunseen - [vmlinux g] 'g': " + why);
	EXPECT_EQ(report.verdict(), Verdict::undecided);
}

TEST_F(Check, version_unseen)
{
	machine.write("/proc/kcore", core_file(Machine::read_only_data,
					       std::string(vermagic) + std::string(300, '\0')));
	EXPECT_EQ(
		found("version-unseen"),
		"unseen - [ klp_enable_patch] 'klp_enable_patch': no kernel memory at 0xffffffff82000200; cannot open '/usr/src/linux-headers-6.1.0-56-amd64/Module.symvers': No such file or directory");
}

TEST_F(Check, klp_symbol_missing)
{
	patch.relocations = {{".klp.rela.vmlinux..text", ".klp.sym.vmlinux.gone,0"}};
	EXPECT_EQ(found("klp-symbol-missing"),
		  "error EINVAL [vmlinux gone] 'gone' is not in vmlinux");
	EXPECT_TRUE(alone());
}

TEST_F(Check, klp_symbol_ambiguous)
{
	patch.relocations = {{".klp.rela.vmlinux..text", ".klp.sym.vmlinux.twin,0"}};
	EXPECT_EQ(found("klp-symbol-ambiguous"),
		  "error EINVAL [vmlinux twin] 2 symbols of vmlinux are named 'twin'");
	EXPECT_TRUE(alone());
	patch.relocations = {{".klp.rela.vmlinux..text", ".klp.sym.vmlinux.twin,2"}};
	EXPECT_EQ(run().verdict(), Verdict::loads);
}

TEST_F(Check, a_livepatch_symbol_of_a_module_that_comes_later)
{
	release_is("6.12.0");
	machine.module_on_disk("6.12.0", "ext4", Patch().file());
	patch.modinfo[2] = "vermagic=6.12.0 SMP ";
	patch.relocations = {{".klp.rela.ext4..text", ".klp.sym.ext4.gone,0"}};
	EXPECT_EQ(
		found("klp-symbol-missing"),
		"error - [ext4 gone] 'gone' is not in ext4; the kernel would load the patch now, and later refuse to load 'ext4'");
}

TEST_F(Check, not_a_livepatch)
{
	patch.modinfo.erase(patch.modinfo.begin());
	EXPECT_EQ(found("not-a-livepatch"),
		  "error EINVAL [ ] 'fix.ko' has no livepatch= in its .modinfo");
	EXPECT_TRUE(alone());
}

TEST_F(Check, encoding_unknown)
{
	patch.is_static = false;
	EXPECT_EQ(
		found("encoding-unknown"),
		"unseen - [ ] the file describes its patch in no encoding that klp knows, so klp cannot tell which functions it replaces");
	EXPECT_TRUE(alone());
	EXPECT_EQ(report.verdict(), Verdict::undecided);
}

TEST_F(Check, functions_missing)
{
	patch.objects = {{"target", {}, {}, false}};
	EXPECT_EQ(found("functions-missing"),
		  "error EINVAL [target ] 'target' has no array of functions");
	EXPECT_TRUE(alone());
	patch.objects = {{"target", {}}};
	EXPECT_EQ(found("functions-missing"), "");
}

TEST_F(Check, vmlinux_by_name)
{
	patch.objects = {{"vmlinux", {{"f"}}}};
	EXPECT_EQ(
		found("vmlinux-by-name"),
		"error - [vmlinux ] an object is named 'vmlinux', which to the kernel is a module that never comes");
	EXPECT_TRUE(alone());
}

TEST_F(Check, object_misspelt)
{
	patch.objects = {{"tar-get", {{"target_fn"}}}};
	EXPECT_EQ(found("object-misspelt"),
		  "error - [tar-get ] no module is ever named 'tar-get' in memory");
	machine.module_on_disk(release, "ext4", Patch().file());
	for (const char *name : {"ext4.ko", "fs/ext4/ext4.ko.xz", "ext4,"}) {
		patch.objects = {{name, {{"ext4_f"}}}};
		EXPECT_EQ(found("object-misspelt"),
			  "error - [" + std::string(name) + " ] no module is ever named '" + name +
				  "' in memory" +
				  (std::string(name) == "ext4," ? "" : "; the kernel has 'ext4'"));
		EXPECT_EQ(report.kernel_errno(), 0);
		EXPECT_EQ(found("target-unknown"), "");
	}
}

TEST_F(Check, callback_unpaired)
{
	enum : unsigned { pre_patch, post_patch, pre_unpatch, post_unpatch };
	auto unpaired = [&](std::vector<unsigned> callbacks) {
		patch.objects = {{"", {{"f"}}, std::move(callbacks)}};
		return found("callback-unpaired");
	};
	EXPECT_EQ(
		unpaired({pre_patch}),
		"warning - [vmlinux ] vmlinux has a pre_patch callback and no post_unpatch: when the patch is disabled or its transition is reversed, nothing undoes what pre_patch did");
	EXPECT_EQ(
		unpaired({post_patch}),
		"warning - [vmlinux ] vmlinux has a post_patch callback and neither pre_unpatch nor post_unpatch: when the patch is disabled, nothing undoes what post_patch did");
	EXPECT_NE(unpaired({pre_patch, post_patch, pre_unpatch}), "");
	EXPECT_EQ(unpaired({pre_patch, post_unpatch}), "");
	EXPECT_EQ(unpaired({post_patch, pre_unpatch}), "");
	EXPECT_EQ(unpaired({pre_patch, post_patch, pre_unpatch, post_unpatch}), "");
	EXPECT_EQ(unpaired({pre_unpatch, post_unpatch}), "");
}

TEST_F(Check, module_held)
{
	patch.modinfo.push_back("depends=target");
	EXPECT_EQ(
		found("module-held"),
		"note - [target ] 'target' cannot be unloaded while the patch is in memory, since it uses symbols of it");
}

TEST_F(Check, function_unnamed)
{
	patch.objects = {{"", {{""}}}};
	EXPECT_EQ(found("function-unnamed"),
		  "error EINVAL [vmlinux ] a function of 'vmlinux' has no name: old_name is NULL");
	EXPECT_TRUE(alone());
}

TEST_F(Check, state_incompatible)
{
	machine.livepatch("other", {"vmlinux/f,1"});
	remember("other", {{7, 2}});
	patch.states = {{7, 1}};
	EXPECT_EQ(found("state-incompatible"),
		  "error EINVAL [ ] 'other' has version 2 of the state 7, this patch has 1");
	EXPECT_TRUE(alone());
	patch.states = {{7, 2}};
	EXPECT_EQ(found("state-incompatible"), "");
	patch.states = {{8, 1}};
	EXPECT_EQ(found("state-incompatible"), "");
	patch.replace = true;
	EXPECT_EQ(
		found("state-incompatible"),
		"error EINVAL [ ] 'other' has the state 7; this patch replaces it and does not list the state");
}

TEST_F(Check, states_unseen)
{
	machine.livepatch("other", {"vmlinux/f,1"});
	EXPECT_EQ(found("states-unseen"), "");
	patch.states = {{7, 1}};
	EXPECT_EQ(found("states-unseen"),
		  "unseen - [ ] the states of 'other' are not known: klp did not load it");
	EXPECT_EQ(report.verdict(), Verdict::undecided);
}

TEST_F(Check, states_unseen_for_another_reason_than_who_loaded_it)
{
	machine.livepatch("other", {"vmlinux/f,1"});
	machine.write("/run/klp/patches", "no folder");
	patch.states = {{7, 1}};
	EXPECT_EQ(
		found("states-unseen"),
		"unseen - [ ] the states of 'other' are not known: cannot open '/run/klp/patches/other': Not a directory");
}

TEST_F(Check, duplicate_object)
{
	patch.objects = {{"target", {{"target_fn"}}}, {"target", {{"target_fn"}}}};
	EXPECT_EQ(found("duplicate-object"), "error EEXIST [target ] 'target' is named twice");
	EXPECT_TRUE(alone());
}

TEST_F(Check, duplicate_function)
{
	patch.objects = {{"", {{"f", 0}, {"f", 1}}}};
	EXPECT_EQ(found("duplicate-function"), "error EEXIST [vmlinux f] 'f,1' is replaced twice");
	EXPECT_TRUE(alone());
	patch.objects = {{"", {{"twin", 1}, {"twin", 2}}}};
	EXPECT_EQ(found("duplicate-function"), "");
}

TEST_F(Check, name_too_long)
{
	const std::string object(56, 'o'), function(512, 'n');
	patch.objects = {{object, {}}};
	EXPECT_EQ(found("name-too-long"),
		  "error EINVAL [" + object +
			  " ] the object's name has 56 letters, 55 are allowed");
	patch.objects = {{"", {{function}}}};
	machine.symbol("ffffffff81009000 t " + function);
	machine.append("/sys/kernel/tracing/available_filter_functions", function + "\n");
	EXPECT_EQ(found("name-too-long"),
		  "error EINVAL [vmlinux " + function +
			  "] the function's name has 512 letters, 511 are allowed");
	EXPECT_TRUE(alone());
}

TEST_F(Check, replacement_missing)
{
	patch.objects = {{"", {{"f", 0, false}}}};
	EXPECT_EQ(found("replacement-missing"),
		  "error EINVAL [vmlinux f] 'f' has no replacement in the patch");
	EXPECT_TRUE(alone());
}

TEST_F(Check, function_missing)
{
	patch.objects = {{"", {{"gone"}}}};
	EXPECT_EQ(found("function-missing"),
		  "error EINVAL [vmlinux gone] 'gone' is not in vmlinux");
	EXPECT_TRUE(alone());
}

TEST_F(Check, function_missing_in_a_module_that_comes_later)
{
	machine.module_on_disk(release, "ext4", Patch().file());
	patch.objects = {{"ext4", {{"gone"}}}};
	EXPECT_EQ(
		found("function-missing"),
		"error - [ext4 gone] 'gone' is not in ext4; the kernel would load the patch now, and later refuse to load 'ext4'");
	EXPECT_EQ(report.kernel_errno(), 0);
	EXPECT_EQ(report.verdict(), Verdict::refused);
}

TEST_F(Check, function_ambiguous)
{
	patch.objects = {{"", {{"twin"}}}};
	EXPECT_EQ(found("function-ambiguous"),
		  "error EINVAL [vmlinux twin] 2 symbols of vmlinux are named 'twin'");
	EXPECT_TRUE(alone());
}

TEST_F(Check, sympos_out_of_range)
{
	patch.objects = {{"", {{"twin", 3}}}};
	EXPECT_EQ(
		found("sympos-out-of-range"),
		"error EINVAL [vmlinux twin] the patch has the sympos 3 for 'twin', and vmlinux has 2 symbols of this name");
	EXPECT_TRUE(alone());
}

TEST_F(Check, transition_running)
{
	machine.livepatch("other", {"vmlinux/g,1"}, true, true);
	EXPECT_EQ(found("transition-running"),
		  "error EBUSY [ ] the patch 'other' is in transition");
	EXPECT_TRUE(alone());
}

TEST_F(Check, not_traceable)
{
	machine.symbol("ffffffff81008000 t notrace_fn");
	patch.objects = {{"", {{"notrace_fn"}}}};
	EXPECT_EQ(found("not-traceable"),
		  "error EINVAL [vmlinux notrace_fn] ftrace has no site at 'notrace_fn'");
	EXPECT_TRUE(alone());
}

TEST_F(Check, not_traceable_in_a_module_that_comes_later)
{
	ElfWriter module = Patch().writer();
	module.symbol("ext4_f", 1, 0, STT_FUNC);
	machine.module_on_disk(release, "ext4", module.file());
	patch.objects = {{"ext4", {{"ext4_f"}}}};
	EXPECT_EQ(
		found("not-traceable"),
		"error - [ext4 ext4_f] ftrace has no site at 'ext4_f'; the kernel would load the patch now, and later refuse to load 'ext4'");
	EXPECT_EQ(report.kernel_errno(), 0);
}

TEST_F(Check, traceable_unseen)
{
	machine.remove("/sys/kernel/tracing");
	EXPECT_EQ(
		found("traceable-unseen"),
		"unseen - [vmlinux f] 'f': cannot open '/sys/kernel/debug/tracing/available_filter_functions': No such file or directory");
	EXPECT_TRUE(alone());
}

TEST_F(Check, traceable_unseen_where_the_kernel_does_not_say_which)
{
	machine.write("/sys/kernel/tracing/available_filter_functions", "twin\n");
	patch.objects = {{"", {{"twin", 2}}}};
	EXPECT_EQ(
		found("traceable-unseen"),
		"unseen - [vmlinux twin] not every function named 'twin' is traceable, and this kernel does not say which");
	EXPECT_TRUE(alone());
}

TEST_F(Check, ftrace_disabled)
{
	machine.write("/proc/sys/kernel/ftrace_enabled", "0\n");
	EXPECT_EQ(found("ftrace-disabled"), "error EBUSY [ ] kernel.ftrace_enabled is 0");
	EXPECT_TRUE(alone());
}

TEST_F(Check, ip_modify_conflict)
{
	machine.traced(
		"f (1) R I  \ttramp: 0xffffffffc0a51000 (kprobe_ftrace_handler+0x0/0x1c0)\n");
	EXPECT_EQ(found("ip-modify-conflict"),
		  "error EBUSY [vmlinux f] 'f' is redirected by a tracer that is no livepatch");
	EXPECT_TRUE(alone());
}

TEST_F(Check, a_function_that_a_livepatch_redirects_may_be_patched_again)
{
	machine.traced("f (1) R I  \ttramp: 0xffffffffc0a51000 (klp_ftrace_handler+0x0/0x1b0)\n");
	machine.livepatch("other", {"vmlinux/f,1"});
	EXPECT_EQ(run().verdict(), Verdict::loads);
}

TEST_F(Check, another_function_of_the_name_may_be_redirected)
{
	machine.traced("f [target] (1) R I  \n" // in another object
		       "f (1) R    \ttramp: 0xffffffffc0a51000 (function_trace_call+0x0/0x1c0)\n");
	EXPECT_EQ(run().verdict(), Verdict::loads);
}

TEST_F(Check, build_id_mismatch)
{
	patch.modinfo.push_back("klp_build_id=vmlinux:ffff");
	EXPECT_EQ(found("build-id-mismatch"),
		  "error - [vmlinux ] made for the build ffff of vmlinux, this one is 0a0b");
	EXPECT_TRUE(alone());
	patch.modinfo.back() = "klp_build_id=vmlinux:0a0b";
	EXPECT_EQ(run().verdict(), Verdict::loads);
}

TEST_F(Check, build_id_unseen)
{
	patch.modinfo.push_back("klp_build_id=vmlinux:0a0b");
	machine.remove("/sys/kernel/notes");
	EXPECT_EQ(
		found("build-id-unseen"),
		"unseen - [vmlinux ] the build id of vmlinux: cannot open '/sys/kernel/notes': No such file or directory");
	EXPECT_TRUE(alone());
	machine.write("/sys/kernel/notes", "");
	EXPECT_EQ(found("build-id-unseen"),
		  "unseen - [vmlinux ] the build id of vmlinux: it has none");
}

TEST_F(Check, replace_drops_and_removes)
{
	patch.replace = true;
	machine.livepatch("other", {"vmlinux/f,1", "vmlinux/g,1", "target/target_fn,1"});
	EXPECT_EQ(found("replace-removes"), "warning - [ ] it replaces the patch 'other'");
	EXPECT_EQ(
		found("replace-drops"),
		"error - [target target_fn] 'target_fn' of target is replaced by the livepatch 'other', which this patch disables without replacing the function itself\n"
		"error - [vmlinux g] 'g' of vmlinux is replaced by the livepatch 'other', which this patch disables without replacing the function itself");
	EXPECT_EQ(report.kernel_errno(), 0);
}

TEST_F(Check, replacing_what_it_covers_is_no_refusal)
{
	patch.replace = true;
	machine.livepatch("other", {"vmlinux/f,1"});
	remember("other", {});
	EXPECT_EQ(run().verdict(), Verdict::loads);
	// A patch that is already disabled has nothing to lose.
	machine.livepatch("disabled", {"vmlinux/g,1"}, false);
	EXPECT_EQ(found("replace-drops"), "");
}

TEST_F(Check, replace_unknown)
{
	patch.is_static = false;
	machine.livepatch("other", {"vmlinux/g,1"});
	EXPECT_EQ(
		found("replace-unknown"),
		"warning - [ ] whether it replaces the patches that are there cannot be read from the file");
}

TEST_F(Check, unfinished)
{
	patch.is_klp_build = true;
	EXPECT_EQ(found("unfinished"), "");
	patch.needs.push_back(".klp.sym.vmlinux.x,0");
	EXPECT_EQ(
		found("unfinished"),
		"error - [ ] 'objtool klp post-link' has not run on it: to the kernel, '.klp.sym.vmlinux.x,0' is an ordinary symbol that is nowhere");
}

TEST_F(Check, parameter_unknown)
{
	patch.modinfo.push_back("parmtype=busy_ms:int");
	parameters = "busy-ms=5 gentle dyndbg=+p async_probe";
	EXPECT_EQ(found("parameter-unknown"), "error - [ ] the module has no parameter 'gentle'");
	EXPECT_TRUE(alone());
	parameters = "busy_ms=5";
	EXPECT_EQ(run().verdict(), Verdict::loads);
}

TEST_F(Check, a_parameter_of_the_authors_own_kind_is_one)
{
	ElfWriter elf = patch.writer();
	uint32_t strings = elf.add(
		{.name = ".rodata", .flags = SHF_ALLOC, .data = std::string("gentle\0", 7)});
	uint32_t table =
		elf.add({.name = "__param", .flags = SHF_ALLOC, .data = std::string(40, '\0')});
	elf.relocate(table, 0, elf.symbol_of(strings));
	PatchFile file = PatchFile::parse("fix.ko", to_bytes(elf.file())).value();
	EXPECT_EQ(file.parameters(), std::vector<std::string>{"gentle"});
}

TEST_F(Check, target_cannot_return)
{
	patch.relocations = {{".klp.rela.target..text", ".klp.sym.target.target_fn,1"}};
	EXPECT_EQ(
		found("target-cannot-return"),
		"warning - [target ] the patch has livepatch relocations for 'target'; unloaded once, 'target' cannot be loaded again (ENOEXEC)");
	EXPECT_TRUE(alone());
	release_is("6.3.0");
	EXPECT_EQ(found("target-cannot-return"), "");
}

TEST_F(Check, not_removable)
{
	patch.modinfo.push_back("klp_removable=no");
	EXPECT_EQ(found("not-removable"),
		  "warning - [ ] once active, its code stays in memory until the next boot");
	EXPECT_TRUE(alone());
	EXPECT_EQ(report.verdict(), Verdict::loads);
}

TEST_F(Check, target_pinned)
{
	patch.objects = {{"", {{"f"}}}, {"target", {{"target_fn"}}}};
	patch.relocations = {{".klp.rela.target..text", ".klp.sym.target.target_fn,1"}};
	patch.is_klp_build = true;
	patch.pins_targets = true;
	EXPECT_EQ(found("target-pinned"),
		  "note - [target ] 'target' cannot be unloaded while it is patched");
	EXPECT_EQ(found("target-cannot-return"), "");
	EXPECT_EQ(report.verdict(), Verdict::loads);
	release_is("6.3.0");
	EXPECT_EQ(found("target-pinned"), "");
}

TEST_F(Check, target_not_loaded)
{
	ElfWriter module = Patch().writer();
	module.data(1).resize(16);
	module.symbol("ext4_f", 1, 0, STT_FUNC);
	uint32_t sites = module.add({.name = "__mcount_loc", .data = std::string(8, '\0')});
	module.relocate(sites, 0, module.symbol_of(1));
	machine.module_on_disk(release, "ext4", module.file());
	patch.objects = {{"ext4", {{"ext4_f"}}}};
	EXPECT_EQ(found("target-not-loaded"),
		  "note - [ext4 ] the module 'ext4' is not loaded; checked against its file");
	EXPECT_EQ(report.verdict(), Verdict::loads);
}

TEST_F(Check, target_unknown)
{
	patch.objects = {{"nonsense", {{"f"}}}};
	EXPECT_EQ(
		found("target-unknown"),
		"warning - [nonsense ] there is no module 'nonsense', loaded or under /lib/modules/6.1.0-56-amd64");
	EXPECT_TRUE(alone());
	EXPECT_EQ(report.verdict(), Verdict::loads);
}

TEST_F(Check, all_is_found_at_once_and_the_kernels_first_errno_is_told)
{
	patch.objects = {{"", {{"gone"}}}};
	patch.needs.push_back("unknown");
	patch.modinfo.erase(patch.modinfo.begin());
	machine.write("/proc/sys/kernel/ftrace_enabled", "0\n");
	report = run();
	std::string ids;
	for (const Finding &finding : report.findings)
		ids += std::string(finding.kind->id) + " ";
	EXPECT_EQ(
		ids,
		"symbol-unknown not-a-livepatch function-missing ftrace-disabled types-unknown build-id ");
	EXPECT_EQ(report.kernel_errno(), ENOENT);
	EXPECT_EQ(report.verdict(), Verdict::refused);
}

// An index makes ten thousand look-ups fast, and the findings have a size limit.
TEST_F(Check, ten_thousand_functions_that_do_not_exist)
{
	patch.objects = {{"", {}}};
	for (int i = 0; i < 10'000; i++)
		patch.objects[0].functions.push_back({"no_such_function_" + std::to_string(i)});
	std::string modules, symbols;
	for (int i = 0; i < 3'000; i++)
		modules += "module" + std::to_string(i) + " 16384 0 - Live 0xffffffffc1000000\n";
	for (int i = 0; i < 100'000; i++)
		symbols += "ffffffff81001000 t some_function_" + std::to_string(i) + "\n";
	machine.append("/proc/modules", modules);
	machine.append("/proc/kallsyms", symbols);
	auto begun = std::chrono::steady_clock::now();
	report = run();
	std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
	EXPECT_EQ(report.findings.size(), 10'002u); // and a build id, and types-unknown
	EXPECT_EQ(report.kernel_errno(), EINVAL);
	// 0.2 s; with a reading of /proc/modules for each function it takes 10 s.
	EXPECT_LT(took.count(), 4);
}

TEST_F(Check, ten_thousand_functions_of_which_somebody_redirects_one)
{
	patch.objects = {{"", {}}};
	std::string symbols;
	for (int i = 0; i < 40'000; i++) {
		std::string name = "some_function_" + std::to_string(i);
		if (i < 10'000)
			patch.objects[0].functions.push_back({name});
		char line[64];
		snprintf(line, sizeof(line), "ffffffff90%06x t %s\n", i * 16, name.c_str());
		symbols += line;
	}
	machine.append("/proc/kallsyms", symbols);
	machine.traced("some_function_7 (1) R I\n");
	auto begun = std::chrono::steady_clock::now();
	report = run();
	std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
	EXPECT_TRUE(report.has("ip-modify-conflict"));
	// 0.3 s; with a scan of all symbols for each function it takes 20 s.
	EXPECT_LT(took.count(), 6);
}

TEST_F(Check, what_is_found_has_a_limit)
{
	patch.objects = {{"", {}}};
	std::string name(500, 'x');
	for (int i = 0; i < 12'000; i++)
		patch.objects[0].functions.push_back({name + std::to_string(i)});
	report = run();
	EXPECT_LT(report.findings.size(), 9'000u);
	EXPECT_EQ(report.verdict(), Verdict::refused);
	EXPECT_EQ(report.kernel_errno(), EINVAL);
	size_t left_out = 12'002 - report.findings.size() + 1;
	EXPECT_TRUE(std::ranges::any_of(report.findings, [&](const Finding &finding) {
		return finding.message == "and " + std::to_string(left_out) + " more of this kind";
	}));
}

TEST_F(Check, a_deadline_and_an_interrupt_end_it)
{
	patch.objects = {{"", {{"f"}, {"no_such_function"}}}};
	Result<PatchFile> file = patch.parse();
	Kernel kernel = machine.kernel();
	auto now = std::chrono::steady_clock::now();
	EXPECT_EQ(said(check_until(now, -1, *file, kernel)),
		  "ETIMEDOUT: the check did not end within the timeout");
	int pipe_ends[2];
	ASSERT_EQ(pipe(pipe_ends), 0);
	Result<Report> whole =
		check_until(now + std::chrono::hours(1), pipe_ends[0], *file, kernel);
	ASSERT_TRUE(whole);
	EXPECT_TRUE(whole->has("function-missing"));
	close(pipe_ends[1]);
	EXPECT_EQ(said(check_until(now + std::chrono::hours(1), pipe_ends[0], *file, kernel)),
		  "ECANCELED: interrupted while the patch was checked");
	close(pipe_ends[0]);
}
