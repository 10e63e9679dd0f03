// The New York Stock Exchange as built in, against recorded facts (tests/fixtures/README.md).
#include <map>
#include <set>

#include "aggregator/forecast/calendar/builtin.h"
#include "common/base/file.h"
#include "common/base/text.h"
#include "tests/support/catch.h"

using namespace headroom;
using namespace headroom::forecast;

namespace {

const Calendar& xnys() {
  const Calendar* calendar = find_builtin_calendar("XNYS");
  REQUIRE(calendar != nullptr);
  return *calendar;
}

CivilDay day_at(std::string_view text) {
  const auto day = parse_civil_day(text);
  REQUIRE(day);
  return *day;
}

Day one(std::string_view date) {
  const auto days = xnys().days(day_at(date), day_at(date));
  REQUIRE(days.size() == 1);
  return days.front();
}

std::string hours(std::string_view date) {
  const Day day = one(date);
  if (day.sessions.empty()) return "";
  return format_time(day.sessions.front().open).substr(11) + " " +
         format_time(day.sessions.back().close).substr(11);
}

// Rows of a recorded file, without its title.
std::vector<std::vector<std::string>> rows(const std::string& name) {
  const auto content = read_file(std::string(HEADROOM_FIXTURES) + "/calendars/" + name);
  REQUIRE(content);
  std::vector<std::vector<std::string>> rows;
  for (const std::string_view line : split(trim(*content), '\n')) {
    auto& row = rows.emplace_back();
    for (const std::string_view field : split(line, ',')) row.emplace_back(field);
  }
  rows.erase(rows.begin());
  return rows;
}

std::set<std::string> closed_weekdays(int first_year, int last_year) {
  std::set<std::string> closed;
  for (const Day& day : xnys().days(civil_day(first_year, 1, 1), civil_day(last_year, 12, 31))) {
    if (day.type == DayType::kClosed && !is_weekend(day.day))
      closed.insert(format_civil_day(day.day));
  }
  return closed;
}

}  // namespace

TEST_CASE("every closed day and early close of 2015 to 2027 is one, by name, and no other day") {
  std::map<std::string, std::vector<std::string>> recorded;
  for (const auto& row : rows("xnys_days.csv")) recorded[row.at(0)] = row;
  REQUIRE(recorded.size() == 150);
  for (const Day& day : xnys().days(civil_day(2015, 1, 1), civil_day(2027, 12, 31))) {
    const std::string date = format_civil_day(day.day);
    CAPTURE(date);
    const auto special = recorded.find(date);
    const bool is_special = special != recorded.end();
    CHECK(day.name == (is_special ? special->second.at(2) : ""));
    if (is_weekend(day.day) || (is_special && special->second.at(1).empty())) {
      CHECK(day.type == DayType::kClosed);
      CHECK(day.sessions.empty());
      continue;
    }
    CHECK(day.type == (is_special ? DayType::kHalf : DayType::kFull));
    REQUIRE(day.sessions.size() == 1);
    const UnixMs length = day.sessions.front().close - day.sessions.front().open;
    CHECK(length == (is_special ? 210 : 390) * 60'000);
  }
}

TEST_CASE("every event of 2015 to 2027 falls on its day, and on no other") {
  std::map<std::string, std::set<std::string>> recorded;
  std::size_t count = 0;
  for (const auto& row : rows("xnys_events.csv"))
    count += recorded[row.at(0)].insert(row.at(1)).second;
  REQUIRE(count == 261);
  for (const Day& day : xnys().days(civil_day(2015, 1, 1), civil_day(2027, 12, 31))) {
    const std::string date = format_civil_day(day.day);
    std::set<std::string> events;
    const std::string list = xnys().event_list(day.events, ";");
    for (const std::string_view event : split(list, ';')) {
      if (!event.empty()) events.emplace(event);
    }
    const auto expected = recorded.find(date);
    CAPTURE(date);
    CHECK(events == (expected == recorded.end() ? std::set<std::string>() : expected->second));
  }
}

TEST_CASE("openings move in UTC when New York changes its clocks") {
  CHECK(hours("2026-03-06") == "14:30:00Z 21:00:00Z");
  CHECK(hours("2026-03-09") == "13:30:00Z 20:00:00Z");  // clocks changed on the 8th
  CHECK(hours("2026-10-30") == "13:30:00Z 20:00:00Z");
  CHECK(hours("2026-11-02") == "14:30:00Z 21:00:00Z");  // and back on the 1st
  CHECK(hours("2006-03-31") == "14:30:00Z 21:00:00Z");  // before 2007 in April
  CHECK(hours("2006-04-03") == "13:30:00Z 20:00:00Z");
  CHECK(hours("2006-10-30") == "14:30:00Z 21:00:00Z");
  CHECK(hours("1986-04-25") == "14:30:00Z 21:00:00Z");  // before 1987 at its end
  CHECK(hours("1986-04-28") == "13:30:00Z 20:00:00Z");
  CHECK(hours("2026-11-27") == "14:30:00Z 18:00:00Z");
  CHECK(hours("2150-07-01") == "13:30:00Z 20:00:00Z");
}

TEST_CASE("closed days of other years are those that R's timeDate has for the exchange") {
  // holidayNYSE(c(1981:1984, 1994, 1999:2001, 2004, 2007, 2011, 2012, 2050)) of timeDate 4022.108.
  const std::map<int, std::set<std::string>> recorded{
      {1981,
       {"1981-01-01", "1981-02-16", "1981-04-17", "1981-05-25", "1981-07-03", "1981-09-07",
        "1981-11-26", "1981-12-25"}},
      {1984,
       {"1984-01-02", "1984-02-20", "1984-04-20", "1984-05-28", "1984-07-04", "1984-09-03",
        "1984-11-22", "1984-12-25"}},
      {1994,
       {"1994-02-21", "1994-04-01", "1994-04-27", "1994-05-30", "1994-07-04", "1994-09-05",
        "1994-11-24", "1994-12-26"}},
      {1999,
       {"1999-01-01", "1999-01-18", "1999-02-15", "1999-04-02", "1999-05-31", "1999-07-05",
        "1999-09-06", "1999-11-25", "1999-12-24"}},
      {2000,
       {"2000-01-17", "2000-02-21", "2000-04-21", "2000-05-29", "2000-07-04", "2000-09-04",
        "2000-11-23", "2000-12-25"}},
      {2001,
       {"2001-01-01", "2001-01-15", "2001-02-19", "2001-04-13", "2001-05-28", "2001-07-04",
        "2001-09-03", "2001-09-11", "2001-09-12", "2001-09-13", "2001-09-14", "2001-11-22",
        "2001-12-25"}},
      {2004,
       {"2004-01-01", "2004-01-19", "2004-02-16", "2004-04-09", "2004-05-31", "2004-06-11",
        "2004-07-05", "2004-09-06", "2004-11-25", "2004-12-24"}},
      {2007,
       {"2007-01-01", "2007-01-02", "2007-01-15", "2007-02-19", "2007-04-06", "2007-05-28",
        "2007-07-04", "2007-09-03", "2007-11-22", "2007-12-25"}},
      {2011,
       {"2011-01-17", "2011-02-21", "2011-04-22", "2011-05-30", "2011-07-04", "2011-09-05",
        "2011-11-24", "2011-12-26"}},
      {2012,
       {"2012-01-02", "2012-01-16", "2012-02-20", "2012-04-06", "2012-05-28", "2012-07-04",
        "2012-09-03", "2012-10-29", "2012-10-30", "2012-11-22", "2012-12-25"}},
      {2050,
       {"2050-01-17", "2050-02-21", "2050-04-08", "2050-05-30", "2050-06-20", "2050-07-04",
        "2050-09-05", "2050-11-24", "2050-12-26"}},
  };
  for (const auto& [year, closed] : recorded) {
    CAPTURE(year);
    CHECK(closed_weekdays(year, year) == closed);
  }
  // Election Day, as long as it was kept.
  CHECK(one("1976-11-02").name == "Election Day");
  CHECK(one("1984-11-06").type == DayType::kFull);
}

TEST_CASE("early closes before 2015 are those of exchange_calendars") {
  // exchange_calendars at 5308ce2: 63 early closes from 1995-01-01 to 2023-01-13.
  std::set<std::string> early;
  for (const Day& day : xnys().days(civil_day(1995, 1, 1), civil_day(2023, 1, 13))) {
    if (day.type == DayType::kHalf) early.insert(format_civil_day(day.day));
  }
  CHECK(early.size() == 63);
  for (const char* date :
       {"1996-07-05", "1997-12-26", "1999-12-31", "2002-07-05", "2003-12-26", "2013-07-03"}) {
    CAPTURE(date);
    CHECK(early.count(date) == 1);
  }
  CHECK(hours("1990-12-24") == "14:30:00Z 19:00:00Z");  // its table: still at 14:00
  CHECK(hours("1991-11-29") == "14:30:00Z 21:00:00Z");
  CHECK(hours("1992-11-27") == "14:30:00Z 19:00:00Z");
}

TEST_CASE("expiries before and after the known years follow the rule") {
  const auto events = [](std::string_view date) {
    return xnys().event_list(one(date).events, ";");
  };
  CHECK(events("2008-03-20") == "quad_witching");  // 21 March was Good Friday
  CHECK(events("2030-04-18") == "monthly_opex");   // 19 April is Good Friday
  CHECK(events("2035-12-21") == "quad_witching");
  CHECK(events("1973-05-18").empty());
}

TEST_CASE("days outside of the calendar's years are not given") {
  CHECK(xnys().days(civil_day(1960, 1, 1), civil_day(1970, 1, 5)).size() == 5);
  CHECK(xnys().days(civil_day(2200, 12, 31), civil_day(2300, 1, 1)).size() == 1);
  CHECK(xnys().days(civil_day(2026, 2, 1), civil_day(2026, 1, 1)).empty());
  CHECK(find_builtin_calendar("xnys") == nullptr);
}
