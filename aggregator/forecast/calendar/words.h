// The words and times of day that calendars are written with; private to this folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "aggregator/forecast/calendar/rules.h"

namespace headroom::forecast {

// "monday" → 1; 0 is Sunday.
std::optional<unsigned> weekday_word(std::string_view word);
// "monday", "monday-friday", "daily" → bits, bit 0 for Sunday.
std::optional<std::uint8_t> weekdays_words(std::string_view words);
// "march" or "3" → 3.
std::optional<unsigned> month_word(std::string_view word);
// "first" … "fifth", "last" → 1 … 5, -1.
std::optional<int> nth_word(std::string_view word);
std::optional<Observed> observed_word(std::string_view word);
std::optional<IfClosed> if_closed_word(std::string_view word);
// "09:30" → 570; 00:00 … 24:00.
std::optional<int> minute_of_day(std::string_view text);
// "22:00-05:00" ends on the day after; with `named_for_closing` it begins on the day before.
std::optional<SessionMinutes> session_minutes(std::string_view text, bool named_for_closing);

}  // namespace headroom::forecast
