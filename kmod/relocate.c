// SPDX-License-Identifier: GPL-2.0
/*
 * relocate MODULE.ko OBJECT:SYMBOL[,POS]...
 *
 * Turns the relocations of a linked module against an undefined SYMBOL into
 * livepatch relocations. The kernel then looks SYMBOL up in OBJECT (vmlinux or a
 * module), whether SYMBOL is exported or not, once OBJECT is there. POS tells
 * functions or variables of one name apart, 0 means that there is just one.
 * Documentation/livepatch/module-elf-format.rst has the format. With
 * ext4:ext4_mb_load_buddy, say, called in .text and named in .data,
 *
 *   .rela.text   loses the call to   .klp.rela.ext4..text
 *   .rela.data   loses the name to   .klp.rela.ext4..data
 *   the symbol   becomes             .klp.sym.ext4.ext4_mb_load_buddy,0
 *
 * Parts that are longer than before go to the end of the file. Nothing else
 * changes its place or its section number. A second run does nothing.
 *
 * The module declares SYMBOL weak, since modpost would refuse it as undefined.
 * Weakness also keeps SYMBOL out of __versions. The kernel takes a weak symbol
 * that is still undefined at load time as 0, and does not refuse the module.
 * Hence relocate fails if its arguments name a symbol that the module doesn't
 * use.
 *
 * DKMS compiles this file on the machine that the module is for, so the file uses
 * nothing but libc.
 */
#define _POSIX_C_SOURCE 200809L

#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHN_LIVEPATCH		0xff20
#define SHF_RELA_LIVEPATCH	0x00100000

/* Limits of the sscanf() formats in kernel/livepatch/core.c. */
#define OBJECT_MAX	55
#define SYMBOL_MAX	511

#define SIGNED "~Module signature appended~\n"

struct section {
	Elf64_Shdr header;
	unsigned char *data;	/* header.sh_size bytes, NULL for SHT_NOBITS */
	bool moved;		/* has no room in its old place */
};

struct wanted {
	const char *object;
	const char *symbol;
	const char *livepatch_name;
	size_t index;		/* in the symbol table */
	size_t uses;
	bool done;		/* by an earlier run */
};

static const char *path;
static unsigned char *image;
static size_t image_size;
static Elf64_Ehdr header;
static struct section *sections;
static size_t section_count;
static struct section *section_names, *symbols, *symbol_names;
static size_t symbols_index;

__attribute__((noreturn, format(printf, 1, 2)))
static void die(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "relocate: %s: ", path);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static void *resize(void *memory, size_t size)
{
	void *resized = realloc(memory, size ? size : 1);

	if (!resized)
		die("out of memory");
	return resized;
}

__attribute__((format(printf, 1, 2)))
static char *text(const char *format, ...)
{
	va_list args;
	char *made;
	int size;

	va_start(args, format);
	size = vsnprintf(NULL, 0, format, args) + 1;
	va_end(args);
	made = resize(NULL, size);
	va_start(args, format);
	vsnprintf(made, size, format, args);
	va_end(args);
	return made;
}

static void read_image(void)
{
	FILE *file = fopen(path, "rb");
	struct stat info;

	if (!file)
		die("cannot open: %s", strerror(errno));
	if (fstat(fileno(file), &info))
		die("cannot stat: %s", strerror(errno));
	if (!S_ISREG(info.st_mode))
		die("not a regular file");
	image_size = info.st_size;
	image = resize(NULL, image_size);
	if (fread(image, 1, image_size, file) != image_size)
		die("cannot read %zu bytes: %s", image_size,
		    ferror(file) ? strerror(errno) : "the file has become shorter");
	fclose(file);
}

static bool within_image(Elf64_Off offset, Elf64_Xword size)
{
	return offset <= image_size && size <= image_size - offset;
}

static void read_header(void)
{
	if (image_size < sizeof(header))
		die("%zu bytes are too few for an ELF header", image_size);
	memcpy(&header, image, sizeof(header));
	if (memcmp(header.e_ident, ELFMAG, SELFMAG))
		die("0x0: not an ELF file");
	if (header.e_ident[EI_CLASS] != ELFCLASS64 ||
	    header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_machine != EM_X86_64)
		die("0x4: not an x86-64 file");
	if (header.e_type != ET_REL)
		die("0x10: e_type is %u, a module has %u", header.e_type, ET_REL);
	if (header.e_shentsize != sizeof(Elf64_Shdr))
		die("0x3a: e_shentsize is %u, not %zu", header.e_shentsize, sizeof(Elf64_Shdr));
	if (!within_image(header.e_shoff, (Elf64_Xword)header.e_shnum * sizeof(Elf64_Shdr)))
		die("0x28: %u section headers at 0x%llx reach past the end, 0x%zx",
		    header.e_shnum, (unsigned long long)header.e_shoff, image_size);
	if (header.e_shstrndx >= header.e_shnum)
		die("0x3e: e_shstrndx is %u of %u sections", header.e_shstrndx, header.e_shnum);
	if (image_size >= strlen(SIGNED) &&
	    !memcmp(image + image_size - strlen(SIGNED), SIGNED, strlen(SIGNED)))
		die("0x%zx: signed already, relocate it before", image_size - strlen(SIGNED));
}

static void read_section(size_t index)
{
	struct section *section = &sections[index];
	Elf64_Off at = header.e_shoff + index * sizeof(Elf64_Shdr);
	Elf64_Shdr *h = &section->header;

	memcpy(h, image + at, sizeof(*h));
	section->data = NULL;
	section->moved = false;
	if (h->sh_type == SHT_NOBITS || h->sh_type == SHT_NULL)
		return;
	if (!within_image(h->sh_offset, h->sh_size))
		die("0x%llx: section %zu, 0x%llx bytes at 0x%llx, reaches past the end, 0x%zx",
		    (unsigned long long)at, index, (unsigned long long)h->sh_size,
		    (unsigned long long)h->sh_offset, image_size);
	section->data = resize(NULL, h->sh_size);
	memcpy(section->data, image + h->sh_offset, h->sh_size);
}

static struct section *string_table(size_t index, const char *whose)
{
	struct section *table;

	if (index >= section_count)
		die("%s have their names in section %zu of %zu", whose, index, section_count);
	table = &sections[index];
	if (table->header.sh_type != SHT_STRTAB || !table->header.sh_size ||
	    table->data[table->header.sh_size - 1])
		die("0x%llx: section %zu, the names of %s, is not a string table",
		    (unsigned long long)table->header.sh_offset, index, whose);
	return table;
}

static const char *string_at(const struct section *table, Elf64_Word at)
{
	if (at >= table->header.sh_size)
		die("0x%llx: a string table of 0x%llx bytes has no name at 0x%x",
		    (unsigned long long)table->header.sh_offset,
		    (unsigned long long)table->header.sh_size, at);
	return (const char *)table->data + at;
}

/* TABLE must come from string_table(), which checked that its last byte is 0. */
static Elf64_Word add_string(struct section *table, const char *string)
{
	size_t at = table->header.sh_size;
	size_t size = strlen(string) + 1;

	if (at > UINT32_MAX - size)
		die("no room for '%s' in a string table of 0x%zx bytes", string, at);
	table->data = resize(table->data, at + size);
	memcpy(table->data + at, string, size);
	table->header.sh_size = at + size;
	table->moved = true;
	return at;
}

static void check_entries(const struct section *section, size_t index, size_t size)
{
	if (section->header.sh_entsize != size || section->header.sh_size % size)
		die("0x%llx: section %zu has 0x%llx bytes in entries of %llu, not of %zu",
		    (unsigned long long)section->header.sh_offset, index,
		    (unsigned long long)section->header.sh_size,
		    (unsigned long long)section->header.sh_entsize, size);
}

/* ROOM: how many sections may be added for each that there is. */
static void read_sections(size_t room)
{
	section_count = header.e_shnum;
	sections = resize(NULL, section_count * (1 + room) * sizeof(*sections));
	for (size_t i = 0; i < section_count; i++) {
		read_section(i);
		if (sections[i].header.sh_type != SHT_SYMTAB)
			continue;
		if (symbols_index)
			die("has two symbol tables, sections %zu and %zu", symbols_index, i);
		symbols_index = i;
	}
	if (!symbols_index)
		die("has no symbol table");
	section_names = string_table(header.e_shstrndx, "the sections");
	symbols = &sections[symbols_index];
	check_entries(symbols, symbols_index, sizeof(Elf64_Sym));
	symbol_names = string_table(symbols->header.sh_link, "the symbols");
}

static Elf64_Sym *symbol_at(size_t index)
{
	return (Elf64_Sym *)symbols->data + index;
}

static size_t find_symbol(const char *name, Elf64_Section where)
{
	for (size_t i = 1; i < symbols->header.sh_size / sizeof(Elf64_Sym); i++) {
		const Elf64_Sym *symbol = symbol_at(i);

		if (symbol->st_shndx == where &&
		    !strcmp(string_at(symbol_names, symbol->st_name), name))
			return i;
	}
	return 0;
}

static struct wanted parse_wanted(const char *argument)
{
	size_t object = strcspn(argument, ":,");
	const char *symbol = argument + object + 1;
	size_t length = argument[object] == ':' ? strcspn(symbol, ":,") : 0;
	const char *pos = "0";

	if (length && symbol[length] == ',')
		pos = symbol + length + 1;
	if (!object || !length || symbol[length] == ':' ||
	    !*pos || pos[strspn(pos, "0123456789")]) {
		fprintf(stderr, "relocate: '%s' is not OBJECT:SYMBOL[,POS]\n", argument);
		exit(2);
	}
	if (object > OBJECT_MAX || length > SYMBOL_MAX) {
		fprintf(stderr, "relocate: '%s' has more than %d characters before the colon or %d after it\n",
			argument, OBJECT_MAX, SYMBOL_MAX);
		exit(2);
	}
	return (struct wanted) {
		.object = text("%.*s", (int)object, argument),
		.symbol = text("%.*s", (int)length, symbol),
		.livepatch_name = text(".klp.sym.%.*s.%.*s,%s", (int)object, argument,
				       (int)length, symbol, pos),
	};
}

static void find_wanted(struct wanted *wanted)
{
	wanted->index = find_symbol(wanted->symbol, SHN_UNDEF);
	if (wanted->index)
		return;
	wanted->done = find_symbol(wanted->livepatch_name, SHN_LIVEPATCH);
	if (!wanted->done)
		die("has no undefined symbol '%s'", wanted->symbol);
}

static bool moves(const Elf64_Rela *rela, const char *object,
		  struct wanted *wanted, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (wanted[i].done || ELF64_R_SYM(rela->r_info) != wanted[i].index ||
		    strcmp(wanted[i].object, object))
			continue;
		wanted[i].uses++;
		return true;
	}
	return false;
}

/* Moves the relocations of section INDEX against symbols of OBJECT to a section of their own. */
static void move_relocations(size_t index, const char *object,
			     struct wanted *wanted, size_t count)
{
	Elf64_Shdr *old = &sections[index].header;
	Elf64_Rela *relocations = (Elf64_Rela *)sections[index].data;
	size_t total = old->sh_size / sizeof(Elf64_Rela);
	Elf64_Rela *moved = resize(NULL, old->sh_size);
	size_t kept_count = 0, moved_count = 0;
	const char *target = string_at(section_names, sections[old->sh_info].header.sh_name);
	char *name;

	for (size_t i = 0; i < total; i++) {
		if (moves(&relocations[i], object, wanted, count))
			moved[moved_count++] = relocations[i];
		else
			relocations[kept_count++] = relocations[i];
	}
	if (!moved_count) {
		free(moved);
		return;
	}
	/* The kernel would write to memory that it has freed. */
	if (!strncmp(target, ".init", 5) && strcmp(object, "vmlinux"))
		die("'%s' relocates '%s', which is gone when '%s' comes",
		    string_at(section_names, old->sh_name), target, object);
	if (section_count + 1 >= SHN_LORESERVE)
		die("has %zu sections, no number is left for another one", section_count);
	old->sh_size = kept_count * sizeof(Elf64_Rela);
	name = text(".klp.rela.%s.%s", object, target);
	sections[section_count++] = (struct section) {
		.header = {
			.sh_name = add_string(section_names, name),
			.sh_type = SHT_RELA,
			.sh_flags = SHF_ALLOC | SHF_INFO_LINK | SHF_RELA_LIVEPATCH,
			.sh_size = moved_count * sizeof(Elf64_Rela),
			.sh_link = symbols_index,
			.sh_info = old->sh_info,
			.sh_addralign = 8,
			.sh_entsize = sizeof(Elf64_Rela),
		},
		.data = (unsigned char *)moved,
		.moved = true,
	};
	free(name);
}

static bool holds_relocations(size_t index)
{
	const Elf64_Shdr *h = &sections[index].header;

	if (h->sh_type != SHT_RELA || h->sh_flags & SHF_RELA_LIVEPATCH ||
	    h->sh_link != symbols_index)
		return false;
	check_entries(&sections[index], index, sizeof(Elf64_Rela));
	if (h->sh_info >= header.e_shnum)
		die("0x%llx: section %zu relocates section %u of %u",
		    (unsigned long long)header.e_shoff + index * sizeof(*h), index,
		    h->sh_info, header.e_shnum);
	/* The kernel relocates nothing else: debug information stays as it is. */
	return sections[h->sh_info].header.sh_flags & SHF_ALLOC;
}

static void rename_symbol(const struct wanted *wanted)
{
	Elf64_Sym *symbol = symbol_at(wanted->index);

	symbol->st_name = add_string(symbol_names, wanted->livepatch_name);
	symbol->st_shndx = SHN_LIVEPATCH;
	symbol->st_info = ELF64_ST_INFO(STB_GLOBAL, ELF64_ST_TYPE(symbol->st_info));
}

static bool first_of_object(const struct wanted *wanted, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (!strcmp(wanted[i].object, wanted[index].object))
			return false;
	return true;
}

static void relocate(struct wanted *wanted, size_t count)
{
	for (size_t i = 1; i < header.e_shnum; i++) {
		if (!holds_relocations(i))
			continue;
		for (size_t w = 0; w < count; w++)
			if (first_of_object(wanted, w))
				move_relocations(i, wanted[w].object, wanted, count);
	}
	for (size_t i = 0; i < count; i++) {
		if (wanted[i].done)
			continue;
		if (!wanted[i].uses)
			die("has no relocation against '%s'", wanted[i].symbol);
		rename_symbol(&wanted[i]);
	}
}

/* Returns the offset of the data in the file. */
static size_t append(const void *data, size_t size)
{
	size_t at = (image_size + 7) / 8 * 8;

	image = resize(image, at + size);
	memset(image + image_size, 0, at - image_size);
	memcpy(image + at, data, size);
	image_size = at + size;
	return at;
}

static void compose(void)
{
	Elf64_Shdr *headers = resize(NULL, section_count * sizeof(*headers));

	for (size_t i = 0; i < section_count; i++) {
		struct section *section = &sections[i];
		Elf64_Shdr *h = &section->header;

		if (section->moved)
			h->sh_offset = append(section->data, h->sh_size);
		else if (section->data)
			memcpy(image + h->sh_offset, section->data, h->sh_size);
		headers[i] = *h;
	}
	header.e_shnum = section_count;
	header.e_shoff = append(headers, section_count * sizeof(*headers));
	memcpy(image, &header, sizeof(header));
	free(headers);
}

/* Writes a second file first: an interrupted run leaves the module as it was. */
static void write_image(void)
{
	char *fresh = text("%s.relocate", path);
	FILE *file = fopen(fresh, "wb");
	struct stat info;

	if (!file)
		die("cannot create '%s': %s", fresh, strerror(errno));
	if (fwrite(image, 1, image_size, file) != image_size || fflush(file) ||
	    stat(path, &info) || fchmod(fileno(file), info.st_mode & 07777) ||
	    fclose(file) || rename(fresh, path)) {
		int err = errno;

		unlink(fresh);
		die("cannot write '%s': %s", fresh, strerror(err));
	}
	free(fresh);
}

int main(int argc, char **argv)
{
	size_t count = argc - 2;
	bool all_done = true;
	struct wanted *wanted;

	if (argc < 3) {
		fputs("usage: relocate MODULE.ko OBJECT:SYMBOL[,POS]...\n", stderr);
		return 2;
	}
	path = argv[1];
	wanted = resize(NULL, count * sizeof(*wanted));
	for (size_t i = 0; i < count; i++)
		wanted[i] = parse_wanted(argv[i + 2]);
	read_image();
	read_header();
	read_sections(count);
	for (size_t i = 0; i < count; i++) {
		find_wanted(&wanted[i]);
		all_done = all_done && wanted[i].done;
	}
	if (all_done)
		return 0;
	relocate(wanted, count);
	compose();
	write_image();
	return 0;
}
