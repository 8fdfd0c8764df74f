// SPDX-License-Identifier: LGPL-2.1-or-later
// Writes the corpus of the fuzz target: write-corpus FOLDER.
#include "../test/test_compress.hpp"
#include "../test/test_patch.hpp"
#include "corpus_folder.hpp"

#include <functional>
#include <random>

using namespace klp;
using namespace klp::test;

static Patch rich_patch()
{
	Patch patch;
	patch.modinfo.insert(patch.modinfo.end(),
			     {"depends=target-module,other", "klp_build_id=vmlinux:0123abcd"});
	patch.objects = {{"", {{"cmdline_proc_show"}, {"__x64_sys_getpid", 2}}, {0, 3}},
			 {"target_module", {{"target_fn", 1}}}};
	patch.states = {{1, 1}, {7, 3}};
	patch.replace = true;
	patch.versions.push_back({"klp_enable_patch", 0x22222222});
	patch.needs = {"klp_enable_patch", "seq_printf"};
	patch.relocations = {{".klp.rela.vmlinux..text", ".klp.sym.vmlinux.saved_command_line,0"},
			     {".klp.rela.target_module..text", ".klp.sym.target_module.fn,1"}};
	patch.build_id = std::string(20, '\x5a');
	patch.signature = std::string(12, '\0') + "~Module signature appended~\n";
	return patch;
}

static Patch klp_build_patch()
{
	Patch patch = rich_patch();
	patch.is_klp_build = true;
	patch.pins_targets = true;
	patch.manifest = "{\"schema\": \"klp.manifest/1\", \"tool\": \"klp-build\"}";
	return patch;
}

using Bend = std::function<void(ElfWriter *, uint32_t section)>;

// A module with a function in .kpatch.funcs, after the changes of bend.
static std::string kpatch(const Bend &bend)
{
	Patch patch;
	patch.is_static = false;
	ElfWriter elf = patch.writer();
	elf.data(2) = std::string("f\0ext4\0", 7); // .rodata.str1.1
	uint32_t funcs = elf.add({.name = ".kpatch.funcs"});
	elf.data(funcs).resize(56);
	elf.relocate(funcs, 0, elf.symbol("new_f", 1, 0, STT_FUNC));
	elf.relocate(funcs, 40, elf.symbol_of(2), 0);
	elf.relocate(funcs, 48, elf.symbol_of(2), 2);
	bend(&elf, funcs);
	return elf.file();
}

static void write_valid()
{
	std::string rich = rich_patch().file();
	write_to_corpus("valid-rich.ko", rich);
	write_to_corpus("valid-rich.ko.xz", xz(rich));
	write_to_corpus("valid-rich.ko.zst", zstd(rich));
	write_to_corpus("valid-rich.ko.gz", gzip(rich));
	write_to_corpus("valid-klp-build.ko", klp_build_patch().file());
	write_to_corpus("valid-kpatch.ko", kpatch([](ElfWriter *, uint32_t) {}));
	write_to_corpus("valid-empty-patch.ko", Patch().file());
	Patch bare;
	bare.is_static = false;
	bare.versions.clear();
	write_to_corpus("valid-not-a-patch.ko", bare.file());
}

static void write_broken_headers()
{
	const std::string good = rich_patch().file();
	write_to_corpus("malformed-empty.ko", "");
	write_to_corpus("malformed-text.ko",
			"#!/bin/sh\nexec insmod fix.ko\n" + std::string(64, '#'));
	auto header = [&](const char *name, size_t offset, auto value) {
		std::string file = good;
		put(&file, offset, value);
		write_to_corpus(std::string("malformed-") + name + ".ko", file);
	};
	header("32-bit", EI_CLASS, uint8_t{ELFCLASS32});
	header("big-endian", EI_DATA, uint8_t{ELFDATA2MSB});
	header("executable", offsetof(Elf64_Ehdr, e_type), Elf64_Half{ET_EXEC});
	header("odd-header-size", offsetof(Elf64_Ehdr, e_shentsize), Elf64_Half{40});
	header("no-sections", offsetof(Elf64_Ehdr, e_shnum), Elf64_Half{0});
	header("too-many-sections", offsetof(Elf64_Ehdr, e_shnum), Elf64_Half{0xfeff});
	header("headers-past-the-end", offsetof(Elf64_Ehdr, e_shoff), Elf64_Off{1} << 40);
	header("headers-wrap-around", offsetof(Elf64_Ehdr, e_shoff), Elf64_Off(-64));
	header("names-out-of-range", offsetof(Elf64_Ehdr, e_shstrndx), Elf64_Half{0xfff0});
	header("names-in-text", offsetof(Elf64_Ehdr, e_shstrndx), Elf64_Half{1});
	ElfWriter stripped = rich_patch().writer();
	stripped.with_symbols = false;
	write_to_corpus("malformed-stripped.ko", stripped.file());
}

static void write_broken_sections()
{
	const std::string good = rich_patch().file();
	auto header = [&](const std::string &name, const char *section, auto field, auto value) {
		write_to_corpus("malformed-" + name + ".ko",
				with_header(good, section, field, value));
	};
	for (const char *section : {".text", ".data", ".symtab", ".strtab", ".shstrtab", ".modinfo",
				    "__versions", ".rela.data", ".note.gnu.build-id"}) {
		std::string name(section + (*section == '.'));
		header(name + "-huge", section, &Elf64_Shdr::sh_size, Elf64_Xword(-1));
		header(name + "-past-the-end", section, &Elf64_Shdr::sh_offset,
		       Elf64_Off(good.size()));
		header(name + "-wraps-around", section, &Elf64_Shdr::sh_offset, Elf64_Off(-8));
	}
	header("symtab-link-out-of-range", ".symtab", &Elf64_Shdr::sh_link, Elf64_Word(0xffffffff));
	header("symtab-link-to-text", ".symtab", &Elf64_Shdr::sh_link, Elf64_Word{1});
	header("symtab-odd-size", ".symtab", &Elf64_Shdr::sh_size, Elf64_Xword{25});
	header("two-symtabs", ".text", &Elf64_Shdr::sh_type, Elf64_Word{SHT_SYMTAB});
	header("strtab-is-nobits", ".strtab", &Elf64_Shdr::sh_type, Elf64_Word{SHT_NOBITS});
	header("klp-rela-info-out-of-range", ".klp.rela.vmlinux..text", &Elf64_Shdr::sh_info,
	       Elf64_Word{999});
	header("klp-rela-no-rela", ".klp.rela.vmlinux..text", &Elf64_Shdr::sh_type,
	       Elf64_Word{SHT_PROGBITS});
	header("rela-odd-size", ".rela.data", &Elf64_Shdr::sh_size, Elf64_Xword{23});
	header("section-name-out-of-range", ".text", &Elf64_Shdr::sh_name, Elf64_Word{0x7fffffff});
	header("section-name-without-end", ".shstrtab", &Elf64_Shdr::sh_size,
	       Elf64_Xword{get<Elf64_Shdr>(good, header_of(good, ".shstrtab")).sh_size - 3});
	header("symbol-name-without-end", ".strtab", &Elf64_Shdr::sh_size,
	       Elf64_Xword{get<Elf64_Shdr>(good, header_of(good, ".strtab")).sh_size - 3});
	header("no-this-module", ".gnu.linkonce.this_module", &Elf64_Shdr::sh_name, Elf64_Word{0});
	header("this-module-too-small", ".gnu.linkonce.this_module", &Elf64_Shdr::sh_size,
	       Elf64_Xword{79});
	header("this-module-without-name", ".gnu.linkonce.this_module", &Elf64_Shdr::sh_offset,
	       Elf64_Off{data_of(good, ".data") + 24});
	header("klp-arrays-in-no-section", ".data", &Elf64_Shdr::sh_size, Elf64_Xword{200});
	for (unsigned size : {1, 8, 63, 65, 127})
		header("versions-" + std::to_string(size), "__versions", &Elf64_Shdr::sh_size,
		       Elf64_Xword{size});
	// Sections may overlap, since nothing writes to them.
	write_to_corpus("any-overlapping.ko", with_header(good, ".modinfo", &Elf64_Shdr::sh_offset,
							  Elf64_Off{data_of(good, "__versions")}));
	write_to_corpus("any-section-in-the-header.ko",
			with_header(good, ".data", &Elf64_Shdr::sh_offset, Elf64_Off{0}));
	write_to_corpus(
		"any-info-out-of-range.ko",
		with_header(good, ".rela.data", &Elf64_Shdr::sh_info, Elf64_Word(0xffffffff)));
	write_to_corpus("any-data-is-nobits.ko",
			with_header(with_header(good, ".data", &Elf64_Shdr::sh_type,
						Elf64_Word{SHT_NOBITS}),
				    ".data", &Elf64_Shdr::sh_size, Elf64_Xword(-1)));
	write_to_corpus("any-note-sizes-wrap.ko", [&] {
		std::string file = good;
		put(&file, data_of(good, ".note.gnu.build-id"),
		    Elf64_Nhdr{0xffffffff, 0xffffffff, NT_GNU_BUILD_ID});
		return file;
	}());
}

static void write_broken_contents()
{
	const std::string good = rich_patch().file();
	auto content = [&](const char *name, const char *section, uint64_t offset, auto value) {
		std::string file = good;
		put(&file, data_of(good, section) + offset, value);
		write_to_corpus(std::string("malformed-") + name + ".ko", file);
	};
	content("symbol-section-out-of-range", ".symtab", 24 + offsetof(Elf64_Sym, st_shndx),
		Elf64_Half{0xfe00});
	content("symbol-name-out-of-range", ".symtab", 24, Elf64_Word(0xffffffff));
	content("relocation-symbol-out-of-range", ".rela.data", offsetof(Elf64_Rela, r_info),
		Elf64_Xword{ELF64_R_INFO(0x7fffffffull, R_X86_64_64)});
	content("relocation-offset-out-of-range", ".rela.data", 0, Elf64_Addr(-8));
	content("modinfo-without-equals", ".modinfo", 0, std::array{'l', 'i', 'v', 'e', '\0'});
	content("module-name-with-slash", ".gnu.linkonce.this_module", 24, '/');
	content("module-name-with-newline", ".gnu.linkonce.this_module", 25, '\n');
	std::string file = good;
	std::fill_n(file.data() + data_of(good, "__versions") + 8, 56, 'v');
	write_to_corpus("malformed-version-name-without-end.ko", file);
	file = good;
	std::fill_n(file.data() + data_of(good, ".gnu.linkonce.this_module") + 24, 104, 'm');
	write_to_corpus("malformed-module-name-without-end.ko", file);
	for (const char *symbol :
	     {"saved_command_line", ".klp.sym.vmlinux", ".klp.sym.vmlinux.x", ".klp.sym.vmlinux.x,",
	      ".klp.sym.vmlinux.x,1x", ".klp.sym.vmlinux.x,99999999999999999999", ".klp.sym..x,0",
	      ".klp.sym.vmlinux.,0", ",.klp.sym.vmlinux.x"}) {
		Patch patch;
		patch.relocations = {{".klp.rela.vmlinux..text", symbol}};
		write_to_corpus(std::string("wrong-klp-symbol-") + symbol + ".ko", patch.file());
	}
	Patch patch;
	patch.relocations = {{".klp.rela.vmlinux..text", ".klp.sym.vmlinux.x,0", SHN_UNDEF}};
	write_to_corpus("wrong-klp-symbol-undefined.ko", patch.file());
	patch.relocations = {{".klp.rela.vmlinux", ".klp.sym.vmlinux.x,0"}};
	write_to_corpus("valid-klp-section-name.ko", patch.file());
	patch.relocations = {
		{".klp.rela.vmlinux..text", ".klp.sym.vmlinux." + std::string(512, 'n') + ",0"}};
	write_to_corpus("wrong-klp-symbol-too-long.ko", patch.file());
}

// The klp arrays as a hostile author would point them.
static void write_broken_arrays()
{
	auto arrays = [](const char *name, const Bend &bend) {
		Patch patch;
		patch.is_static = false;
		ElfWriter elf = patch.writer();
		constexpr uint32_t data = 3; // as Patch::writer() has it
		elf.data(data).resize(200 + 2 * 168);
		elf.relocate(data, 0, 1);
		bend(&elf, data);
		write_to_corpus(name, elf.file());
	};
	auto point = [](ElfWriter *elf, uint32_t at, uint32_t section, uint64_t offset) {
		elf->relocate(3, at, elf->symbol_of(section), offset);
	};
	arrays("malformed-objects-past-the-end.ko",
	       [&](ElfWriter *elf, uint32_t data) { point(elf, 8, data, 1 << 20); });
	arrays("malformed-objects-before-the-start.ko",
	       [&](ElfWriter *elf, uint32_t data) { point(elf, 8, data, -8); });
	arrays("any-objects-are-the-patch.ko",
	       [&](ElfWriter *elf, uint32_t data) { point(elf, 8, data, 0); });
	arrays("any-functions-are-the-objects.ko", [&](ElfWriter *elf, uint32_t data) {
		point(elf, 8, data, 200);
		point(elf, 200 + 8, data, 200);
	});
	arrays("malformed-objects-without-end.ko", [&](ElfWriter *elf, uint32_t data) {
		point(elf, 8, data, 200);
		for (uint32_t at = 200; at < 200 + 2 * 168; at += 168)
			point(elf, at + 8, data, 200 + 168 + 16);
	});
	arrays("malformed-function-without-name.ko", [&](ElfWriter *elf, uint32_t data) {
		point(elf, 8, data, 200);
		point(elf, 200 + 8, data, 368);
		point(elf, 368 + 8, 1, 0);
	});
	arrays("malformed-name-past-the-end.ko", [&](ElfWriter *elf, uint32_t data) {
		point(elf, 8, data, 200);
		point(elf, 200, 2, 1 << 20);
	});
	arrays("malformed-name-outside.ko", [&](ElfWriter *elf, uint32_t data) {
		point(elf, 8, data, 200);
		elf->relocate(data, 200, elf->symbol("elsewhere", SHN_UNDEF));
	});
	arrays("malformed-name-without-end.ko", [&](ElfWriter *elf, uint32_t data) {
		elf->data(2) = "vmlinux";
		point(elf, 8, data, 200);
		point(elf, 200, 2, 0);
	});
	arrays("malformed-states-past-the-end.ko", [&](ElfWriter *elf, uint32_t data) {
		point(elf, 8, data, 200);
		point(elf, 16, data, 200 + 2 * 168 - 8);
	});
	arrays("any-two-patches.ko", [&](ElfWriter *elf, uint32_t data) {
		point(elf, 8, data, 200);
		elf->relocate(data, 200, 1);
		point(elf, 208, data, 200);
		elf->data(data).resize(1024);
	});
	// Many names that are all the same long string: memory and time would be in proportion to
	// the square of the file.
	arrays("malformed-names-are-one-long-string.ko", [&](ElfWriter *elf, uint32_t data) {
		constexpr uint32_t count = 500;
		elf->data(2) = std::string(1 << 20, 'f') + '\0';
		elf->data(data).resize(368 + (count + 1) * 152);
		point(elf, 8, data, 200);
		point(elf, 208, data, 368);
		for (uint32_t i = 0; i < count; i++)
			point(elf, 368 + i * 152, 2, i);
	});
	Patch patch;
	patch.is_static = false;
	ElfWriter elf = patch.writer();
	elf.symbol(std::string(1 << 20, 's'), SHN_UNDEF);
	write_to_corpus("malformed-symbol-name-too-long.ko", elf.file());
}

// The same for the sections of klp-build and kpatch-build.
static void write_broken_sections_of_patches()
{
	const std::string good = klp_build_patch().file();
	auto klp_build = [&](const char *name, const char *section, uint64_t at, auto value) {
		std::string file = good;
		put(&file, data_of(good, section) + at, value);
		write_to_corpus(std::string("malformed-klp-build-") + name + ".ko", file);
	};
	klp_build("too-many-functions", KLPRT_OBJECTS_SECTION, offsetof(klprt_object_ext, nr_funcs),
		  0xffffffffu);
	klp_build("functions-past-the-end", ".rela.init.klp_objects",
		  offsetof(Elf64_Rela, r_addend), Elf64_Sxword{1} << 40);
	klp_build("functions-before-the-start", ".rela.init.klp_objects",
		  offsetof(Elf64_Rela, r_addend), Elf64_Sxword{-24});
	klp_build("name-past-the-end", ".rela.init.klp_funcs", offsetof(Elf64_Rela, r_addend),
		  Elf64_Sxword{1} << 40);
	klp_build("unknown-flags", ".rodata", 0, 0x80000001u);
	write_to_corpus(
		"malformed-klp-build-half-an-object.ko",
		with_header(good, KLPRT_OBJECTS_SECTION, &Elf64_Shdr::sh_size, Elf64_Xword{32}));
	write_to_corpus(
		"malformed-klp-build-one-object-of-two.ko",
		with_header(good, KLPRT_OBJECTS_SECTION, &Elf64_Shdr::sh_size, Elf64_Xword{64}));
	write_to_corpus("malformed-klp-build-no-bits.ko",
			with_header(good, KLPRT_OBJECTS_SECTION, &Elf64_Shdr::sh_type,
				    Elf64_Word{SHT_NOBITS}));
	write_to_corpus("malformed-klp-build-states-without-end.ko",
			with_header(good, ".data.states", &Elf64_Shdr::sh_size, Elf64_Xword{48}));
	klp_build("manifest-not-utf8", ".klp.manifest", 20, '\xff');
	write_to_corpus(
		"malformed-klp-build-manifest-too-large.ko",
		with_header(good, ".klp.manifest", &Elf64_Shdr::sh_size, Elf64_Xword{1} << 30));
	write_to_corpus(
		"malformed-kpatch-half-a-function.ko",
		kpatch([](ElfWriter *elf, uint32_t funcs) { elf->data(funcs).resize(80); }));
	write_to_corpus(
		"malformed-kpatch-function-without-name.ko",
		kpatch([](ElfWriter *elf, uint32_t funcs) { elf->data(funcs).resize(112); }));
	write_to_corpus("malformed-kpatch-object-without-name.ko",
			kpatch([](ElfWriter *elf, uint32_t funcs) {
				elf->data(funcs).resize(112);
				elf->relocate(funcs, 96, elf->symbol_of(2));
			}));
	write_to_corpus("malformed-kpatch-callback-without-object.ko",
			kpatch([](ElfWriter *elf, uint32_t) {
				elf->add({.name = ".kpatch.callbacks.pre_patch",
					  .data = std::string(16, '\0')});
			}));
}

static void write_packed()
{
	const std::string good = rich_patch().file();
	const std::pair<const char *, std::string> packed[] = {
		{"xz", xz(good)}, {"zst", zstd(good)}, {"gz", gzip(good)}};
	for (const auto &[suffix, bytes] : packed) {
		for (size_t length : {size_t{6}, size_t{12}, bytes.size() / 2, bytes.size() - 1})
			write_to_corpus("malformed-cut-at-" + std::to_string(length) + ".ko." +
						suffix,
					bytes.substr(0, length));
		std::string flipped = bytes;
		flipped[bytes.size() / 2] ^= 0x10;
		write_to_corpus(std::string("malformed-flipped.ko.") + suffix, flipped);
	}
	const std::string bomb(17 << 20, '\0');
	write_to_corpus("malformed-bomb.ko.xz", xz(bomb));
	write_to_corpus("malformed-bomb.ko.zst", zstd(bomb));
	write_to_corpus("malformed-bomb.ko.gz", gzip(bomb));
	write_to_corpus("malformed-packed-twice.ko.gz", gzip(gzip(good)));
}

// The same on every machine: the generator's sequence is part of the standard.
static void write_random()
{
	const std::string good = rich_patch().file(), other = klp_build_patch().file();
	std::mt19937 random(1);
	for (int i = 0; i < 96; i++) {
		std::string file = i < 64 ? good : other;
		for (int flips = 1 << i % 6; flips > 0; flips--)
			file[random() % file.size()] ^= 1 << random() % 8;
		write_to_corpus("any-flipped-" + std::to_string(i) + ".ko", file);
	}
	// The headers of the sections stand at the end.
	for (size_t i = 0; i < 16; i++)
		write_to_corpus("malformed-truncated-" + std::to_string(i) + ".ko",
				good.substr(0, good.size() * i / 16));
}

int main(int, char **arguments)
{
	corpus_folder = arguments[1];
	write_valid();
	write_broken_headers();
	write_broken_sections();
	write_broken_contents();
	write_broken_arrays();
	write_broken_sections_of_patches();
	write_packed();
	write_random();
	return corpus_failed;
}
