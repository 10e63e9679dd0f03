// Civil days as numbers, and the rules by which holidays are found in a year.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"

namespace headroom::forecast {

// Days from 1970-01-01, proleptic Gregorian, without a zone.
using CivilDay = std::int32_t;

inline constexpr UnixMs kDayMs = 86'400'000;

// The month and day must exist.
CivilDay civil_day(int year, unsigned month, unsigned day);
int year_of(CivilDay day);
// 0 is Sunday, 6 is Saturday.
unsigned weekday_of(CivilDay day);
inline bool is_weekend(CivilDay day) { return weekday_of(day) % 6 == 0; }

// "2026-11-25". Errors: kInvalidArgument, also for 30 February; years 1900 to 2999.
Result<CivilDay> parse_civil_day(std::string_view text);
std::string format_civil_day(CivilDay day);

// Easter Sunday of the Gregorian calendar, year >= 1583 (Meeus, Astronomical Algorithms, chapter
// 8).
CivilDay easter_sunday(int year);

// On which days something falls, year by year.
struct DayRule {
  enum class Kind : std::uint8_t { kMonthDay, kNthWeekday, kEaster };
  Kind kind = Kind::kMonthDay;
  std::uint16_t months = 0;  // bit m for month m, 1 … 12; not for kEaster
  // The day of the month, or which of its `weekday`s; below 0 it counts from the month's end, -1 is
  // the last. A month that has no such day is left out.
  int nth = 1;
  unsigned weekday = 0;
  int shift = 0;  // days added afterwards: the day after Thanksgiving
  // The rule holds only where the outcome falls on one of these weekdays, bit 0 for Sunday.
  std::uint8_t weekdays = 0x7f;
  int from_year = 0;
  int until_year = 9999;  // this year included
};

// Appends the days of one year, ascending; with `shift` they may lie in another year.
void append_days(const DayRule& rule, int year, std::vector<CivilDay>& days);

}  // namespace headroom::forecast
