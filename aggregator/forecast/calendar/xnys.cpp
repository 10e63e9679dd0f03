// The New York Stock Exchange. The rules are those of NYSE Rule 7.2 and of the exchange's yearly
// announcements; the dates that follow no rule are listed with their reasons.
#include <array>
#include <initializer_list>
#include <span>

#include "aggregator/forecast/calendar/builtin.h"
#include "aggregator/forecast/calendar/xnys_events.h"

namespace headroom::forecast {
namespace {

enum Weekday : unsigned { kSunday, kMonday, kTuesday, kWednesday, kThursday, kFriday, kSaturday };
constexpr int kForEver = 9999;
constexpr int kLast = -1;

constexpr std::uint16_t bits(std::initializer_list<unsigned> numbers) {
  unsigned all = 0;
  for (const unsigned number : numbers) all |= 1u << number;
  return static_cast<std::uint16_t>(all);
}

struct Years {
  int from = 0;
  int until = kForEver;
};

DayRule in(Years years, DayRule rule) {
  rule.from_year = years.from;
  rule.until_year = years.until;
  return rule;
}

DayRule date(unsigned month, int day) {
  DayRule rule;
  rule.months = bits({month});
  rule.nth = day;
  return rule;
}

DayRule only_on(std::initializer_list<unsigned> weekdays, DayRule rule) {
  rule.weekdays = static_cast<std::uint8_t>(bits(weekdays));
  return rule;
}

DayRule nth(int which, unsigned weekday, std::initializer_list<unsigned> months) {
  DayRule rule;
  rule.kind = DayRule::Kind::kNthWeekday;
  rule.months = bits(months);
  rule.nth = which;
  rule.weekday = weekday;
  return rule;
}

DayRule shifted(int days, DayRule rule) {
  rule.shift = days;
  return rule;
}

DayRule easter(int shift) {
  DayRule rule;
  rule.kind = DayRule::Kind::kEaster;
  rule.shift = shift;
  return rule;
}

// United States: the Uniform Time Act of 1966, the exceptions of 1974 and 1975, and the acts that
// came into force in 1976, 1987 and 2007.
TimeZone new_york() {
  constexpr std::array<TimeZone::Era, 6> kEras{{{1967, "EST5EDT,M4.5.0,M10.5.0"},
                                                {1974, "EST5EDT,M1.1.0,M10.5.0"},
                                                {1975, "EST5EDT,M2.4.0,M10.5.0"},
                                                {1976, "EST5EDT,M4.5.0,M10.5.0"},
                                                {1987, "EST5EDT,M4.1.0,M10.5.0"},
                                                {2007, "EST5EDT,M3.2.0,M11.1.0"}}};
  auto zone = TimeZone::from_eras("America/New_York", kEras);
  HEADROOM_ASSERT(zone);
  return std::move(*zone);
}

WeeklyHours hours(CivilDay since, int open, int close) {
  WeeklyHours week;
  week.since = since;
  for (unsigned weekday = kMonday; weekday <= kFriday; ++weekday)
    week.of_weekday[weekday] = {{open, close}};
  return week;
}

std::vector<Holiday> holidays() {
  constexpr auto kNearest = Observed::kNearestWeekday;
  constexpr auto kAsItIs = Observed::kAsItIs;
  return {
      // The accounting year ends on 31 December: it stays open where 1 January is a Saturday.
      {"New Year's Day", {{date(1, 1)}, {}}, Observed::kSundayToMonday},
      {"Martin Luther King Jr. Day", {{in({1998}, nth(3, kMonday, {1}))}, {}}, kAsItIs},
      {"Washington's Birthday", {{in({1970, 1970}, date(2, 22))}, {}}, kNearest},
      {"Washington's Birthday", {{in({1971}, nth(3, kMonday, {2}))}, {}}, kAsItIs},
      {"Good Friday", {{easter(-2)}, {}}, kAsItIs},
      {"Memorial Day", {{in({1971}, nth(kLast, kMonday, {5}))}, {}}, kAsItIs},
      {"Juneteenth", {{in({2022}, date(6, 19))}, {}}, kNearest},
      {"Independence Day", {{date(7, 4)}, {}}, kNearest},
      {"Labor Day", {{nth(1, kMonday, {9})}, {}}, kAsItIs},
      {"Election Day",
       {{in({1972, 1972}, shifted(1, nth(1, kMonday, {11}))),
         in({1976, 1976}, shifted(1, nth(1, kMonday, {11}))),
         in({1980, 1980}, shifted(1, nth(1, kMonday, {11})))},
        {}},
       kAsItIs},
      {"Thanksgiving Day", {{nth(4, kThursday, {11})}, {}}, kAsItIs},
      {"Christmas Day", {{date(12, 25)}, {}}, kNearest},
  };
}

struct Closure {
  int year;
  unsigned month;
  unsigned day;
  const char* reason;
};
// exchange_calendars, us_holidays.py (Apache-2.0), after NYSE's list of historical closings.
constexpr std::array<Closure, 15> kClosures{{
    {1972, 12, 28, "Truman day of mourning"},
    {1973, 1, 25, "L.B. Johnson day of mourning"},
    {1977, 7, 14, "New York City blackout"},
    {1985, 9, 27, "Hurricane Gloria"},
    {1994, 4, 27, "Nixon day of mourning"},
    {2001, 9, 11, "September 11 attacks"},
    {2001, 9, 12, "September 11 attacks"},
    {2001, 9, 13, "September 11 attacks"},
    {2001, 9, 14, "September 11 attacks"},
    {2004, 6, 11, "Reagan day of mourning"},
    {2007, 1, 2, "Ford day of mourning"},
    {2012, 10, 29, "Hurricane Sandy"},
    {2012, 10, 30, "Hurricane Sandy"},
    {2018, 12, 5, "G.H.W. Bush day of mourning"},
    {2025, 1, 9, "Carter day of mourning"},
}};

std::vector<ShortDay> early_closes() {
  constexpr int kUsual = ShortDay::kAsUsual;
  constexpr int kTwo = 14 * 60;
  constexpr int kOne = 13 * 60;
  const DayRule christmas_eve = only_on({kMonday, kTuesday, kWednesday, kThursday}, date(12, 24));
  const DayRule after_thanksgiving = shifted(1, nth(4, kThursday, {11}));
  return {
      {"Day before Independence Day",
       {{in({1995}, only_on({kMonday, kTuesday, kThursday}, date(7, 3))),
         in({2013}, only_on({kWednesday}, date(7, 3)))},
        {}},
       kUsual,
       kOne},
      {"Day after Independence Day",
       {{in({1995, 2012}, only_on({kFriday}, date(7, 5)))}, {}},
       kUsual,
       kOne},
      {"Day after Thanksgiving", {{in({1992, 1992}, after_thanksgiving)}, {}}, kUsual, kTwo},
      {"Day after Thanksgiving", {{in({1993}, after_thanksgiving)}, {}}, kUsual, kOne},
      {"Christmas Eve", {{in({1990, 1992}, christmas_eve)}, {}}, kUsual, kTwo},
      {"Christmas Eve", {{in({1993}, christmas_eve)}, {}}, kUsual, kOne},
      {"Day after Christmas",
       {{}, {civil_day(1997, 12, 26), civil_day(2003, 12, 26)}},
       kUsual,
       kOne},
      {"Millennium's eve", {{}, {civil_day(1999, 12, 31)}}, kUsual, kOne},
  };
}

std::vector<Event> events() {
  constexpr auto kPrevious = IfClosed::kPreviousSession;
  return {
      {"monthly_opex",
       {{in({1974}, nth(3, kFriday, {1, 2, 4, 5, 7, 8, 10, 11})),
         in({1974, 1982}, nth(3, kFriday, {3, 6, 9, 12}))},
        {}},
       kPrevious},
      {"quad_witching", {{in({1983}, nth(3, kFriday, {3, 6, 9, 12}))}, {}}, kPrevious},
      {"fomc_decision", {{}, fomc_decisions()}, IfClosed::kStay},
      {"fomc_unscheduled", {{}, fomc_unscheduled()}, IfClosed::kStay},
  };
}

}  // namespace

CalendarRules xnys_rules() {
  CalendarRules rules;
  rules.name = "XNYS";
  rules.about = "New York Stock Exchange, 09:30–16:00";
  rules.zone = new_york();
  rules.hours = {hours(0, 600, 930), hours(civil_day(1974, 10, 1), 600, 960),
                 hours(civil_day(1985, 9, 30), 570, 960)};
  rules.holidays = holidays();
  for (const Closure& closure : kClosures)
    rules.holidays.push_back(
        {closure.reason, {{}, {civil_day(closure.year, closure.month, closure.day)}}, {}});
  rules.short_days = early_closes();
  rules.events = events();
  return rules;
}

}  // namespace headroom::forecast
