// SPDX-License-Identifier: LGPL-2.1-or-later
#include "metadata.hpp"

#include <chrono>
#include <cstdio>

namespace klp::tuf {

using namespace std::chrono;

// tuf-js writes fractions of a second, which the specification does not have. Without the fraction
// a file expires earlier, never later.
static bool has_form(std::string_view text)
{
	constexpr std::string_view form = "0000-00-00T00:00:00";
	if (text.size() <= form.size() || !text.ends_with('Z'))
		return false;
	for (size_t i = 0; i < form.size(); i++) {
		bool is_digit = text[i] >= '0' && text[i] <= '9';
		if (form[i] == '0' ? !is_digit : text[i] != form[i])
			return false;
	}
	std::string_view rest = text.substr(form.size(), text.size() - form.size() - 1);
	return rest.empty() || (rest.starts_with('.') && rest.size() > 1 && rest.size() <= 10 &&
				rest.find_first_not_of("0123456789", 1) == std::string_view::npos);
}

std::optional<int64_t> time_of(const std::string &text)
{
	if (!has_form(text))
		return std::nullopt;
	auto number = [&](size_t place, size_t size) {
		return std::stoi(text.substr(place, size));
	};
	year_month_day day(year(number(0, 4)), month(number(5, 2)), std::chrono::day(number(8, 2)));
	int hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
	if (!day.ok() || hour > 23 || minute > 59 || second > 59)
		return std::nullopt;
	return sys_days(day).time_since_epoch() / 1s + (hour * 60 + minute) * 60 + second;
}

std::string time_text(int64_t since_1970)
{
	sys_seconds time{seconds(since_1970)};
	sys_days days = floor<std::chrono::days>(time);
	year_month_day day(days);
	hh_mm_ss clock(time - days);
	char text[64];
	snprintf(text, sizeof(text), "%04d-%02u-%02uT%02ld:%02ld:%02ldZ",
		 static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
		 static_cast<unsigned>(day.day()), clock.hours().count(), clock.minutes().count(),
		 clock.seconds().count());
	return text;
}

}
