// SPDX-License-Identifier: LGPL-2.1-or-later
// A folder that takes the place of / on a machine that runs a kernel, with the files of /proc and
// /sys that the library reads.
#pragma once

#include "test_elf.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace klp::test {

inline std::string text_of(const std::string &path)
{
	std::ifstream in(path, std::ios::binary);
	return {std::istreambuf_iterator<char>(in), {}};
}

class Root {
public:
	Root()
	{
		std::string name = std::filesystem::temp_directory_path() / "klp-test-XXXXXX";
		if (!mkdtemp(name.data()))
			abort();
		path_ = name;
	}
	Root(const Root &) = delete;
	~Root() { std::filesystem::remove_all(path_); }

	const std::string &path() const { return path_; }

	void write(const std::string &path, const std::string &text) const
	{
		std::filesystem::path whole = path_ + path;
		std::filesystem::create_directories(whole.parent_path());
		std::ofstream(whole, std::ios::binary) << text;
	}
	void append(const std::string &path, const std::string &text) const
	{
		std::ofstream(path_ + path, std::ios::app) << text;
	}
	void folder(const std::string &path) const
	{
		std::filesystem::create_directories(path_ + path);
	}
	void remove(const std::string &path) const { std::filesystem::remove_all(path_ + path); }

	// A patch as sysfs of 6.1 shows it; functions are "OBJECT/NAME,SYMPOS". The name of an
	// object that is to be unpatched ends with '-': "ext4-/f,1".
	void livepatch(const std::string &name, std::initializer_list<std::string> functions,
		       bool enabled = true, bool transition = false) const
	{
		std::string folder_name = "/sys/kernel/livepatch/" + name;
		write(folder_name + "/enabled", enabled ? "1\n" : "0\n");
		write(folder_name + "/transition", transition ? "1\n" : "0\n");
		write(folder_name + "/force", "");
		for (std::string function : functions) {
			size_t slash = function.find('/');
			bool patched = function[slash - 1] != '-';
			if (!patched)
				function.erase(slash - 1, 1);
			folder(folder_name + "/" + function);
			write(folder_name + "/" + function.substr(0, function.find('/')) +
				      "/patched",
			      patched ? "1\n" : "0\n");
		}
	}

	// The only module under /lib/modules/RELEASE, with a modules.dep.bin of libkmod: a trie,
	// here of one node.
	void module_on_disk(const std::string &release, const std::string &name,
			    const std::string &file) const
	{
		std::string folder_name = "/lib/modules/" + release;
		write(folder_name + "/" + name + ".ko", file);
		auto number = [](uint32_t value) {
			value = htobe32(value);
			return std::string(reinterpret_cast<char *>(&value), sizeof(value));
		};
		constexpr uint32_t has_prefix = 0x80000000, has_values = 0x40000000;
		write(folder_name + "/modules.dep.bin",
		      number(0xb007f457) + number(0x00020001) +
			      number(12 | has_prefix | has_values) + name + '\0' + number(1) +
			      number(0) + name + ".ko:" + '\0');
	}

private:
	std::string path_;
};

}
