#include "aggregator/forecast/calendar/calendar_file.h"

#include "common/base/file.h"
#include "common/base/text.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

using namespace headroom;
using namespace headroom::forecast;

namespace {

const std::string kZones = std::string(HEADROOM_FIXTURES) + "/zoneinfo";

Result<Calendar> parsed(const std::string& yaml) {
  auto rules = parse_calendar(yaml, "c.yaml",
                              [](const std::string& name) { return TimeZone::load(name, kZones); });
  if (!rules) return fail(rules.error());
  return Calendar::make(std::move(*rules));
}

Calendar made(const std::string& yaml) {
  auto calendar = parsed(yaml);
  if (!calendar) FAIL(calendar.error().message);
  return *calendar;
}

std::string problem(const std::string& yaml) {
  const auto calendar = parsed(yaml);
  REQUIRE_FALSE(calendar);
  CHECK(calendar.error().code == ErrorCode::kInvalidArgument);
  return calendar.error().message;
}

void check_problem(const std::string& yaml, const std::string& expected) {
  const std::string message = problem(yaml);
  CAPTURE(message, expected);
  CHECK(message.find(expected) != std::string::npos);
}

Calendar example(const std::string& name) {
  auto calendar = read_calendar_file(std::string(HEADROOM_EXAMPLES) + "/calendars/" + name, kZones);
  if (!calendar) FAIL(calendar.error().message);
  return *calendar;
}

// "full 08:00-16:30 name [events]" in UTC, on one day.
std::string shown(const Calendar& calendar, std::string_view date) {
  const auto day = parse_civil_day(date);
  REQUIRE(day);
  const Day found = calendar.days(*day, *day).at(0);
  std::string text = found.type == DayType::kFull   ? "full"
                     : found.type == DayType::kHalf ? "half"
                                                    : "closed";
  for (const Session& session : found.sessions) {
    text += " " + format_time(session.open).substr(5, 11) + "-" +
            format_time(session.close).substr(11, 5);
  }
  if (!found.name.empty()) text += " " + std::string(found.name);
  const std::string events = calendar.event_list(found.events, ";");
  return events.empty() ? text : text + " [" + events + "]";
}

// The weekdays of a year that are closed.
std::string closed(const Calendar& calendar, int year) {
  std::vector<std::string> days;
  for (const Day& day : calendar.days(civil_day(year, 1, 1), civil_day(year, 12, 31))) {
    if (day.type == DayType::kClosed && !is_weekend(day.day))
      days.push_back(format_civil_day(day.day).substr(5));
  }
  return join(days, " ");
}

const std::string kHead = "name: c\nzone: UTC\nsessions: {monday-friday: 09:00-17:00}\n";

}  // namespace

TEST_CASE("the example of London closes when R's timeDate says so, half a day before holidays") {
  const Calendar xlon = example("xlon.yaml");
  // holidayLONDON(c(2002, 2011, 2012, 2020:2023, 2026)) of timeDate 4022.108.
  CHECK(closed(xlon, 2002) == "01-01 03-29 04-01 05-06 06-03 06-04 08-26 12-25 12-26");
  CHECK(closed(xlon, 2011) == "01-03 04-22 04-25 04-29 05-02 05-30 08-29 12-26 12-27");
  CHECK(closed(xlon, 2012) == "01-02 04-06 04-09 05-07 06-04 06-05 08-27 12-25 12-26");
  CHECK(closed(xlon, 2020) == "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28");
  CHECK(closed(xlon, 2021) == "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28");
  CHECK(closed(xlon, 2022) == "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27");
  CHECK(closed(xlon, 2023) == "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26");
  CHECK(closed(xlon, 2026) == "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28");
  CHECK(shown(xlon, "2026-12-24") == "half 12-24T08:00-12:30 Christmas Eve");
  CHECK(shown(xlon, "2022-12-23") == "half 12-23T08:00-12:30 Last day before Christmas");
  CHECK(shown(xlon, "2023-12-29") == "half 12-29T08:00-12:30 Last day of the year");
  CHECK(shown(xlon, "2022-12-27") == "closed Christmas Day (observed)");
  CHECK(shown(xlon, "2026-07-17") == "full 07-17T07:00-15:30 [derivatives_expiry]");
}

TEST_CASE("the example of Tokyo has a lunch break, longer hours since 2024, and moved holidays") {
  const Calendar xtks = example("xtks.yaml");
  CHECK(shown(xtks, "2024-11-01") == "full 11-01T00:00-02:30 11-01T03:30-06:00");
  CHECK(shown(xtks, "2024-11-05") == "full 11-05T00:00-02:30 11-05T03:30-06:30");
  // The Cabinet Office's list of national holidays, and the exchange's 31 December to 3 January.
  CHECK(closed(xtks, 2024) ==
        "01-01 01-02 01-03 01-08 02-12 02-23 03-20 04-29 05-03 05-06 07-15 08-12 09-16 09-23 10-14 "
        "11-04 12-31");
  CHECK(closed(xtks, 2025) ==
        "01-01 01-02 01-03 01-13 02-11 02-24 03-20 04-29 05-05 05-06 07-21 08-11 09-15 09-23 10-13 "
        "11-03 11-24 12-31");
  CHECK(closed(xtks, 2026) ==
        "01-01 01-02 01-12 02-11 02-23 03-20 04-29 05-04 05-05 05-06 07-20 08-11 09-21 09-22 09-23 "
        "10-12 11-03 11-23 12-31");
}

TEST_CASE("the example of futures opens on the evening before, and stops at noon on holidays") {
  const Calendar futures = example("cme_equity.yaml");
  CHECK(shown(futures, "2026-11-23") == "full 11-22T23:00-22:00");
  CHECK(shown(futures, "2026-11-26") == "half 11-25T23:00-18:00 Thanksgiving Day");
  CHECK(shown(futures, "2026-11-27") == "half 11-26T23:00-18:15 Day after Thanksgiving");
  CHECK(shown(futures, "2026-12-25") == "closed Christmas Day");
  CHECK(shown(futures, "2026-06-19") == "half 06-18T22:00-17:00 Juneteenth [quarterly_expiry]");
  CHECK(shown(futures, "2026-11-22") == "closed");
}

TEST_CASE("the example of an office has closing days, late openings and a Saturday of its own") {
  const Calendar office = example("office.yaml");
  CHECK(shown(office, "2026-05-14") == "closed Ascension Day");
  CHECK(shown(office, "2026-05-15") == "closed Bridge day");
  CHECK(shown(office, "2026-01-12") == "half 01-12T11:00-17:00 Stocktaking");
  CHECK(shown(office, "2026-12-05") == "full 12-05T08:00-13:00 Year-end sale");
  CHECK(shown(office, "2026-12-12") == "closed");
  CHECK(shown(office, "2026-12-24") ==
        "half 12-24T07:00-12:00 Christmas Eve and New Year's Eve [payday]");
  CHECK(shown(office, "2026-07-24") == "full 07-24T06:00-14:00 [payday]");  // the 25th is Saturday
  CHECK(shown(office, "2026-02-27") == "full 02-27T07:00-15:00 [month_end]");
}

TEST_CASE("a file may add closures, early closes and events to a built-in calendar") {
  const Calendar nyse = example("xnys_with_closures.yaml");
  CHECK(nyse.zone().name() == "America/New_York");
  CHECK(shown(nyse, "2030-01-15") == "closed Day of mourning");
  CHECK(shown(nyse, "2030-03-04") == "half 03-04T14:30-19:30 Move of the data centre");
  CHECK(shown(nyse, "2026-11-27") == "half 11-27T14:30-18:00 Day after Thanksgiving");
  CHECK(shown(nyse, "2026-06-26") == "full 06-26T13:30-20:00 [index_rebalance]");
  CHECK(shown(nyse, "2026-06-18") == "full 06-18T13:30-20:00 [quad_witching]");
}

TEST_CASE("what is wrong with a file is said with its line, all of it at once") {
  CHECK(problem("name: c\nzone: UTC\nsesions: {daily: 09:00-17:00}\n") ==
        "c.yaml:3: 'sesions' is not a key here; did you mean sessions?\n"
        "c.yaml:1: sessions: must say when it is open: monday-friday: 09:00-17:30");
  CHECK(problem(kHead + "holidays:\n  - name: A\n    date: 02-30\n    observd: as_it_is\n") ==
        "c.yaml:7: holidays: 'observd' is not a key here; did you mean observed?\n"
        "c.yaml:6: holidays: '02-30' is not a date; write 2026-12-24, or 12-24 for every year");
  struct Case {
    const char* added;
    const char* expected;
  };
  const Case cases[] = {
      {"holidays: 5\n", "c.yaml:4: holidays: must be a list"},
      {"holidays: [5]\n", "c.yaml:4: holidays: must be a map of keys to values"},
      {"holidays: [{name: A}]\n",
       "write on which days: one of date, dates, weekday, day_of_month, easter"},
      {"holidays: [{name: A, date: 01-01, easter: 1}]\n", "write on which days"},
      {"holidays: [{date: 01-01}]\n", "c.yaml:4: holidays: name: is missing"},
      {"holidays: [{name: A, weekday: third fryday}]\n", "'third fryday' is not a weekday"},
      {"holidays: [{name: A, weekday: friday}]\n", "'friday' is not a weekday of a month"},
      {"holidays: [{name: A, weekday: third friday, month: juin}]\n", "'juin' is not a month"},
      {"holidays: [{name: A, weekday: third friday, month: 3, months: [4]}]\n", "not both"},
      {"holidays: [{name: A, date: 01-01, month: 3}]\n", "month goes with weekday or day_of_month"},
      {"holidays: [{name: A, date: 2026-01-01, from: 2020}]\n", "are for what recurs every year"},
      {"holidays: [{name: A, date: 01-01, from: soon}]\n", "from: 'soon' is not a whole number"},
      {"holidays: [{name: A, date: 01-01, observed: monday}]\n", "'monday' is not one of as_it_is"},
      {"holidays: [{name: A, date: 01-01, only_on: mon}]\n", "only_on: 'mon' is not a weekday"},
      {"holidays: [{name: A, easter: 1000}]\n", "easter: '1000' is not a whole number from -200"},
      {"holidays: [{name: A, day_of_month: 32}]\n", "'32' is not a whole number from 1 to 31"},
      {"holidays: [{name: A, date: [1, [2]]}]\n", "must be a list of single values"},
      {"early_closes: [{name: A, date: 12-24}]\n", "close: is missing; write for example 13:00"},
      {"early_closes: [{name: A, date: 12-24, close: noon}]\n", "'noon' is not a time like 13:00"},
      {"late_opens: [{name: A, date: 12-24, close: '11:00'}]\n", "open: is missing"},
      {"closures: [{date: 2026-01-05}]\n", "c.yaml:4: closures: reason: is missing"},
      {"closures: [{date: 2026-01-05, name: A}]\n", "'name' is not a key here"},
      {"open_days: [{date: 12-24, sessions: 09:00-10:00, reason: A}]\n", "needs whole dates"},
      {"open_days: [{date: 2026-12-24, reason: A}]\n", "sessions: is missing"},
      {"events: [{name: 'a;b', date: 12-24}]\n", "must be made of letters, digits"},
      {"events: [{name: a, date: 12-24}, {name: a, date: 12-25}]\n", "'a' is there already"},
      {"events: [{name: a, date: 12-24, if_closed: drop}]\n", "'drop' is not one of stay"},
      {"about: [a]\n", "about: must be a single value"},
      {"name: d\n", "c.yaml:4: the key 'name' stands twice"},
      {"extends: XNYS\n", "zone: comes from XNYS"},
      {"extends: XLON\n", "'XLON' is not built in; known are XNYS"},
      {"named_for: night\n", "'night' is neither opening nor closing"},
      {"about: [a\n", "c.yaml:5: not valid YAML"},
      {"---\nname: d\n", "must hold one calendar"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.added);
    check_problem(kHead + one.added, one.expected);
  }
}

TEST_CASE("a calendar needs a name, a zone and hours, each of which can be meant") {
  CHECK(problem("zone: UTC\nsessions: {daily: 09:00-17:00}\n") == "c.yaml:1: name: is missing");
  check_problem("name: a b\nzone: UTC\nsessions: {daily: 09:00-17:00}\n", "'a b' is not a name");
  check_problem("name: XNYS\nextends: XNYS\n", "XNYS is built in");
  check_problem("name: c\nsessions: {daily: 09:00-17:00}\n", "zone: is miss");
  check_problem("name: c\nzone: Mars/Olympus\nsessions: {daily: 09:00-17:00}\n",
                "c.yaml:2: zone: time zone 'Mars/Olympus' is not in");
  for (const char* sessions :
       {"", "{}", "[]", "9-5", "{daily: 9-5}", "{daily: 24:01-25:00}", "{daily: [[09:00-10:00]]}",
        "{someday: 09:00-10:00}", "{daily: 09:00-10:00, friday: 09:00-10:00}",
        "{daily: [09:00-11:00, 10:00-12:00]}", "[{since: 2020-01-01}]",
        "[{hours: {daily: 09:00-10:00}}, {hours: {daily: 09:00-10:00}}]",
        "[{since: never, hours: {daily: 09:00-10:00}}]"}) {
    CAPTURE(sessions);
    problem("name: c\nzone: UTC\nsessions: " + std::string(sessions) + "\n");
  }
  check_problem("", "c.yaml");
  check_problem("- a\n", "must be a map");
}

TEST_CASE("hours that run into each other and times outside of hours are refused with their day") {
  check_problem("name: c\nzone: UTC\nsessions: {daily: [00:00-01:00, 12:00-02:00]}\n",
                "on 1970-01-02 a session begins before the one before it has ended");
  check_problem(kHead + "early_closes: [{name: A, date: 2026-11-25, close: '18:00'}]\n",
                "on 2026-11-25 'A' lies outside of the day's sessions");
  // On a day that is closed anyway it does not matter.
  made(kHead + "early_closes: [{name: A, date: 2026-11-28, close: '18:00'}]\n");
}

TEST_CASE("sessions in the hour that a change skips are shorter, and none runs backwards") {
  const std::string zone = "name: c\nzone: Europe/Berlin\nsessions: {daily: ";
  const Calendar early = made(zone + "[01:00-02:45, 02:50-04:00]}\n");
  CHECK(shown(early, "2026-03-29") == "full 03-29T00:00-01:00 03-29T01:00-02:00");
  CHECK(shown(early, "2026-03-30") == "full 03-29T23:00-00:45 03-30T00:50-02:00");
  const Calendar within = made(zone + "02:10-02:50}\n");
  CHECK(shown(within, "2026-03-29") == "closed");
  const Calendar always = made(zone + "00:00-24:00}\n");
  CHECK(shown(always, "2026-10-25") == "full 10-24T22:00-23:00");
}

TEST_CASE("a substitute holiday is the next day that is free") {
  const Calendar both = made(kHead + R"(
holidays:
  - {name: A, date: 2022-12-25, observed: next_free_day}
  - {name: B, date: 2022-12-26, observed: next_free_day}
  - {name: C, date: 2021-12-25, observed: next_free_day}
  - {name: D, date: 2021-12-26, observed: next_free_day}
  - {name: E, date: 2022-01-01, observed: sunday_to_next_free_day}
  - {name: F, date: 2022-01-08, observed: nearest_weekday}
)");
  CHECK(shown(both, "2022-12-26") == "closed B");
  CHECK(shown(both, "2022-12-27") == "closed A (observed)");
  CHECK(shown(both, "2021-12-27") == "closed C (observed)");
  CHECK(shown(both, "2021-12-28") == "closed D (observed)");
  CHECK(shown(both, "2022-01-03") == "full 01-03T09:00-17:00");
  CHECK(shown(both, "2022-01-07") == "closed F (observed)");
}

TEST_CASE("events on closed days stay, move or are left out, as they say") {
  const Calendar calendar = made(kHead + R"(
events:
  - {name: stays, date: 2026-11-28}
  - {name: before, date: 2026-11-28, if_closed: previous_session}
  - {name: after, date: 2026-11-28, if_closed: next_session}
  - {name: never, date: 2026-11-28, if_closed: leave_out}
)");
  CHECK(shown(calendar, "2026-11-27") == "full 11-27T09:00-17:00 [before]");
  CHECK(shown(calendar, "2026-11-28") == "closed [stays]");
  CHECK(shown(calendar, "2026-11-30") == "full 11-30T09:00-17:00 [after]");
}

TEST_CASE("every limit of a calendar is kept") {
  std::string sessions;
  for (int hour = 0; hour < 17; ++hour) {
    const std::string digits = (hour < 10 ? "0" : "") + std::to_string(hour);
    sessions += (hour > 0 ? ", " : "") + digits + ":00-" + digits + ":30";
  }
  check_problem("name: c\nzone: UTC\nsessions: {daily: [" + sessions + "]}\n",
                "more than 16 sessions on one day");
  std::string events = "events:\n";
  for (int i = 0; i < 17; ++i) events += "  - {name: e" + std::to_string(i) + ", date: 01-05}\n";
  check_problem(kHead + events, "more than 16 kinds of events");
  std::string dates = "holidays: [{name: A, dates: [";
  for (std::size_t i = 0; i <= kCalendarValues; ++i) dates += "01-01,";
  check_problem(kHead + dates + "]}]\n", "more than 50000 values");
  check_problem("name: " + std::string(65, 'a') + "\nzone: UTC\nsessions: {daily: 09:00-10:00}",
                "is not a name");
  check_problem(kHead + "about: " + std::string(201, 'a') + "\n", "longer than 200 bytes");
  std::string wrong = "holidays:\n";
  for (int i = 0; i < 30; ++i) wrong += "  - 5\n";
  const std::string all = problem(kHead + wrong);
  const auto lines = split(all, '\n');
  CHECK(lines.size() == kCalendarProblems + 1);
  CHECK(lines.back() == "c.yaml: and more");

  const test::TempFolder folder;
  const std::string path = folder.path() + "/large.yaml";
  REQUIRE(write_file_atomically(path, std::string(kCalendarFileBytes + 1, '#')));
  CHECK(read_calendar_file(path, kZones).error().code == ErrorCode::kLimitExceeded);
}

TEST_CASE(
    "a calendar is opened by its name or its path, and unknown ones list those that are known") {
  CHECK(open_calendar("XNYS", "/nonexistent")->name() == "XNYS");
  CHECK(open_calendar(std::string(HEADROOM_EXAMPLES) + "/calendars/office.yaml", kZones)->name() ==
        "office");
  const auto unknown = open_calendar("XNYZ");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == ErrorCode::kNotFound);
  CHECK(unknown.error().message ==
        "no calendar is called 'XNYZ'; did you mean XNYS?\nKnown are XNYS and the path of a YAML "
        "file, such as ./office.yaml.");
  CHECK(open_calendar("./none.yaml").error().code == ErrorCode::kNotFound);
}

TEST_CASE("no part of a calendar's file that is left out or garbled does any harm") {
  const auto content = read_file(std::string(HEADROOM_EXAMPLES) + "/calendars/cme_equity.yaml");
  REQUIRE(content);
  const auto zones = [](const std::string&) -> Result<TimeZone> { return TimeZone(); };
  for (std::size_t i = 0; i < content->size(); i += 7) {
    CAPTURE(i);
    static_cast<void>(parse_calendar(content->substr(0, i), "c.yaml", zones));
    for (const char other : {'\0', ':', '\n', '[', '*', '\xff'}) {
      std::string garbled = *content;
      garbled[i] = other;
      const auto rules = parse_calendar(garbled, "c.yaml", zones);
      if (!rules) REQUIRE_FALSE(rules.error().message.empty());
    }
  }
}
