#include "aggregator/forecast/calendar/civil_day.h"

#include "tests/support/catch.h"

using namespace headroom;
using namespace headroom::forecast;

namespace {

std::vector<std::string> days_of(const DayRule& rule, int year) {
  std::vector<CivilDay> days;
  append_days(rule, year, days);
  std::vector<std::string> texts;
  for (const CivilDay day : days) texts.push_back(format_civil_day(day));
  return texts;
}

}  // namespace

TEST_CASE("days count from 1970 and know their weekday") {
  CHECK(civil_day(1970, 1, 1) == 0);
  CHECK(weekday_of(0) == 4);  // a Thursday
  CHECK(civil_day(2000, 3, 1) - civil_day(2000, 2, 1) == 29);
  CHECK(civil_day(2100, 3, 1) - civil_day(2100, 2, 1) == 28);
  CHECK(weekday_of(civil_day(1969, 7, 20)) == 0);
  CHECK(is_weekend(civil_day(2026, 11, 28)));
  CHECK_FALSE(is_weekend(civil_day(2026, 11, 27)));
  CHECK(year_of(civil_day(1969, 12, 31)) == 1969);
}

TEST_CASE("a date is written like 2026-11-25 and in no other way") {
  CHECK(parse_civil_day("2026-11-25") == civil_day(2026, 11, 25));
  CHECK(parse_civil_day("2024-02-29") == civil_day(2024, 2, 29));
  CHECK(format_civil_day(civil_day(2026, 1, 5)) == "2026-01-05");
  for (const char* text : {"", "2026", "2026-11", "2026-11-31", "2023-02-29", "2026-13-01",
                           "2026-00-10", "26-11-25", "2026-1-25", "2026-11-2x", "1899-12-31",
                           "2026-11-25 ", "2026/11/25", "-026-11-25", "2026-+1-25"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_civil_day(text));
  }
}

TEST_CASE("Easter is where Meeus and the R package timeDate have it") {
  // Meeus, Astronomical Algorithms, chapter 8: 1991, 1992, 1993, 1954, 2000, 1818. The others from
  // timeDate 4022.108 and dateutil 2.9.0, among them the earliest and the latest day there is.
  for (const char* day :
       {"1583-04-10", "1600-04-02", "1700-04-11", "1777-03-30", "1818-03-22", "1886-04-25",
        "1943-04-25", "1954-04-18", "1991-03-31", "1992-04-19", "1993-04-11", "2000-04-23",
        "2008-03-23", "2011-04-24", "2024-03-31", "2038-04-25", "2100-03-28", "2199-04-14",
        "2200-04-06", "2285-03-22", "2299-04-16"}) {
    CHECK(format_civil_day(easter_sunday(std::stoi(std::string(day, 4)))) == day);
  }
}

TEST_CASE("a rule finds the nth weekday, counted from either end of the month") {
  DayRule rule;
  rule.kind = DayRule::Kind::kNthWeekday;
  rule.months = 1u << 5;
  rule.weekday = 1;
  CHECK(days_of(rule, 2026) == std::vector<std::string>{"2026-05-04"});
  rule.nth = -1;
  CHECK(days_of(rule, 2026) == std::vector<std::string>{"2026-05-25"});
  rule.nth = 5;
  CHECK(days_of(rule, 2026).empty());
  rule.weekday = 5;
  CHECK(days_of(rule, 2026) == std::vector<std::string>{"2026-05-29"});
  rule.nth = -5;
  CHECK(days_of(rule, 2026) == std::vector<std::string>{"2026-05-01"});
}

TEST_CASE("a rule holds in its years, on its weekdays, and for months that have such a day") {
  DayRule rule;
  rule.months = 1u << 2 | 1u << 3;
  rule.nth = 29;
  CHECK(days_of(rule, 2023) == std::vector<std::string>{"2023-03-29"});
  CHECK(days_of(rule, 2024) == std::vector<std::string>{"2024-02-29", "2024-03-29"});
  rule.nth = -1;
  CHECK(days_of(rule, 2023) == std::vector<std::string>{"2023-02-28", "2023-03-31"});
  rule.weekdays = 1u << 5;
  CHECK(days_of(rule, 2023) == std::vector<std::string>{"2023-03-31"});
  rule.shift = 1;
  rule.weekdays = 1u << 6;
  CHECK(days_of(rule, 2023) == std::vector<std::string>{"2023-04-01"});
  rule.from_year = 2024;
  CHECK(days_of(rule, 2023).empty());
  rule.until_year = 2023;
  CHECK(days_of(rule, 2024).empty());
}
