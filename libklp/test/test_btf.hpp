// SPDX-License-Identifier: LGPL-2.1-or-later
// A kernel's BTF with some functions, and with structures whose fields are all words.
#pragma once

#include <bpf/btf.h>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>

namespace klp::test {

class Types {
public:
	Types() : types_(btf__new_empty(), btf__free)
	{
		word_ = btf__add_int(types_.get(), "long", 8, 0);
	}
	void add(const char *name, unsigned size,
		 std::initializer_list<std::pair<const char *, unsigned>> fields)
	{
		btf__add_struct(types_.get(), name, size);
		for (auto [field, offset] : fields)
			btf__add_field(types_.get(), field, word_, offset * 8, 0);
	}
	int add_function(const char *name)
	{
		int type = btf__add_func_proto(types_.get(), word_);
		return btf__add_func(types_.get(), name, BTF_FUNC_GLOBAL, type);
	}
	std::string bytes() const
	{
		uint32_t size;
		const void *data = btf__raw_data(types_.get(), &size);
		return std::string(static_cast<const char *>(data), size);
	}

private:
	std::unique_ptr<btf, void (*)(btf *)> types_;
	int word_;
};

}
