// SPDX-License-Identifier: LGPL-2.1-or-later
// Values by their places in a module's file, in sorted vectors and not in maps: a hostile file may
// have millions.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace klp {

// The index of a section, and an offset.
using Where = std::pair<uint32_t, uint64_t>;
template <class Value> using ByPlace = std::vector<std::pair<Where, Value>>;

// Sorts the entries, and keeps the first of several at one place.
template <class Value> void put_in_order(ByPlace<Value> *entries)
{
	std::ranges::stable_sort(*entries, {}, &std::pair<Where, Value>::first);
	auto twice = std::ranges::unique(*entries, {}, &std::pair<Where, Value>::first);
	entries->erase(twice.begin(), twice.end());
}

// Finds a value in sorted entries, or nullptr.
template <class Value> const Value *find_at(const ByPlace<Value> &entries, Where where)
{
	auto found = std::ranges::lower_bound(entries, where, {}, &std::pair<Where, Value>::first);
	return found != entries.end() && found->first == where ? &found->second : nullptr;
}

}
