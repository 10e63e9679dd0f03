#include "aggregator/forecast/calendar/civil_day.h"

#include <chrono>
#include <cstdio>
#include <optional>

#include "common/base/text.h"

namespace headroom::forecast {
namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;

CivilDay number(sys_days day) { return static_cast<CivilDay>(day.time_since_epoch().count()); }
sys_days days_of(CivilDay day) { return sys_days{std::chrono::days{day}}; }

std::optional<CivilDay> day_in_month(const DayRule& rule, int year, unsigned month) {
  const std::chrono::year y{year};
  const std::chrono::month m{month};
  const auto last = static_cast<int>(static_cast<unsigned>((y / m / std::chrono::last).day()));
  const CivilDay first = number(sys_days{y / m / 1});
  if (rule.kind == DayRule::Kind::kMonthDay) {
    const int day = rule.nth < 0 ? last + 1 + rule.nth : rule.nth;
    if (day < 1 || day > last) return std::nullopt;
    return first + day - 1;
  }
  // The weekday's first day of this month, 0 … 6 after the month's first.
  const int lead = static_cast<int>((rule.weekday + 7 - weekday_of(first)) % 7);
  const int count = (last - 1 - lead) / 7 + 1;
  const int nth = rule.nth < 0 ? count + 1 + rule.nth : rule.nth;
  if (nth < 1 || nth > count) return std::nullopt;
  return first + lead + 7 * (nth - 1);
}

}  // namespace

CivilDay civil_day(int year, unsigned month, unsigned day) {
  return number(
      sys_days{std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day}});
}

int year_of(CivilDay day) { return static_cast<int>(year_month_day{days_of(day)}.year()); }

unsigned weekday_of(CivilDay day) { return std::chrono::weekday{days_of(day)}.c_encoding(); }

Result<CivilDay> parse_civil_day(std::string_view text) {
  const auto parts = split(text, '-');
  if (text.size() == 10 && parts.size() == 3 && parts[0].size() == 4 && parts[1].size() == 2) {
    const auto year = parse_int(parts[0]);
    const auto month = parse_int(parts[1]);
    const auto day = parse_int(parts[2]);
    if (year && month && day && *year >= 1900 && *year <= 2999 && *month > 0 && *day > 0) {
      const year_month_day date{std::chrono::year{static_cast<int>(*year)},
                                std::chrono::month{static_cast<unsigned>(*month)},
                                std::chrono::day{static_cast<unsigned>(*day)}};
      if (date.ok()) return number(sys_days{date});
    }
  }
  return fail(ErrorCode::kInvalidArgument,
              "'" + std::string(text) + "' is not a date; write for example 2026-11-25");
}

std::string format_civil_day(CivilDay day) {
  const year_month_day date{days_of(day)};
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

CivilDay easter_sunday(int year) {
  const int a = year % 19;
  const int century = year / 100;
  const int of_century = year % 100;
  const int f = (century + 8) / 25;
  const int g = (century - f + 1) / 3;
  const int h = (19 * a + century - century / 4 - g + 15) % 30;
  const int l = (32 + 2 * (century % 4) + 2 * (of_century / 4) - h - of_century % 4) % 7;
  const int m = (a + 11 * h + 22 * l) / 451;
  const int sum = h + l - 7 * m + 114;
  return civil_day(year, static_cast<unsigned>(sum / 31), static_cast<unsigned>(sum % 31 + 1));
}

void append_days(const DayRule& rule, int year, std::vector<CivilDay>& days) {
  if (year < rule.from_year || year > rule.until_year) return;
  const auto add = [&](CivilDay day) {
    day += rule.shift;
    if ((rule.weekdays >> weekday_of(day) & 1) != 0) days.push_back(day);
  };
  if (rule.kind == DayRule::Kind::kEaster) {
    add(easter_sunday(year));
    return;
  }
  for (unsigned month = 1; month <= 12; ++month) {
    if ((rule.months >> month & 1) == 0) continue;
    if (const auto day = day_in_month(rule, year, month)) add(*day);
  }
}

}  // namespace headroom::forecast
