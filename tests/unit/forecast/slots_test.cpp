#include <cmath>
#include <random>

#include "aggregator/forecast/calendar/builtin.h"
#include "aggregator/forecast/calendar/calendar_file.h"
#include "common/base/text.h"
#include "tests/support/catch.h"

using namespace headroom;
using namespace headroom::forecast;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds kDay = 24h;

Calendar made(const std::string& yaml) {
  const std::string zones = std::string(HEADROOM_FIXTURES) + "/zoneinfo";
  auto rules = parse_calendar(yaml, "test.yaml",
                              [&](const std::string& name) { return TimeZone::load(name, zones); });
  REQUIRE(rules);
  auto calendar = Calendar::make(std::move(*rules));
  REQUIRE(calendar);
  return *calendar;
}

const Calendar& xnys() { return *find_builtin_calendar("XNYS"); }

UnixMs at(const std::string& time) {
  const auto parsed = parse_time(time);
  REQUIRE(parsed);
  return *parsed;
}

Slot slot_at(const Calendar& calendar, const std::string& time, std::chrono::milliseconds step) {
  return calendar.slots(at(time), step, 1).front();
}

std::string shown(const Slot& slot) {
  const char* type = slot.type == DayType::kFull ? "full" : "half";
  if (slot.type == DayType::kClosed) type = "closed";
  return format_civil_day(slot.day) + " " + std::to_string(slot.minute) + " " + type +
         (slot.open ? " open" : "");
}

// What slot.h says, day by day and without cursors.
Slot by_hand(const Calendar& calendar, const TimeZone& zone, UnixMs start, UnixMs step) {
  const UnixMs end = start + step;
  const auto local_day = [&](UnixMs time) {
    return static_cast<CivilDay>(
        std::floor(static_cast<double>(zone.to_local(time / 1000)) / 86'400.0));
  };
  Slot slot;
  slot.day = local_day(start + (step - 1) / 2);
  UnixMs longest = 0;
  const auto days = calendar.days(local_day(start) - 2, local_day(end) + 2);
  for (const Day& day : days) {
    for (const Session& session : day.sessions) {
      const UnixMs common = std::min(end, session.close) - std::max(start, session.open);
      // The first one of several days.
      if (common > longest && (longest <= 0 || step <= kDay.count())) {
        longest = common;
        slot.day = day.day;
      }
    }
  }
  slot.open = longest > 0;
  for (const Day& day : days) {
    const bool in_slot =
        step > kDay.count() && day.day >= local_day(start) && day.day <= local_day(end - 1);
    if (day.day == slot.day) slot.type = day.type;
    if (day.day == slot.day || in_slot) slot.events |= day.events;
  }
  const double minutes =
      std::floor(static_cast<double>(zone.to_local(start / 1000) - slot.day * 86'400LL) / 60);
  slot.minute = static_cast<std::int16_t>(minutes);
  return slot;
}

bool same(const Slot& a, const Slot& b) {
  return a.day == b.day && a.minute == b.minute && a.type == b.type && a.open == b.open &&
         a.events == b.events;
}

constexpr const char* kFutures = R"(
name: futures
zone: America/Chicago
sessions: {monday-friday: 17:00-16:00}
named_for: closing
holidays: [{name: Christmas, date: 12-25}]
)";

constexpr const char* kNight = R"(
name: night
zone: Europe/Berlin
sessions: {monday-saturday: [12:00-14:00, 22:00-05:00]}
)";

}  // namespace

TEST_CASE("an hour's slot knows its day, its minute and whether the market is open") {
  CHECK(shown(slot_at(xnys(), "2026-11-25T14:00:00Z", 1h)) == "2026-11-25 540 full open");
  CHECK(shown(slot_at(xnys(), "2026-11-25T13:00:00Z", 1h)) == "2026-11-25 480 full");
  CHECK(shown(slot_at(xnys(), "2026-11-25T20:00:00Z", 1h)) == "2026-11-25 900 full open");
  CHECK(shown(slot_at(xnys(), "2026-11-25T21:00:00Z", 1h)) == "2026-11-25 960 full");
  CHECK(shown(slot_at(xnys(), "2026-11-26T15:00:00Z", 1h)) == "2026-11-26 600 closed");
  CHECK(shown(slot_at(xnys(), "2026-11-27T17:00:00Z", 1h)) == "2026-11-27 720 half open");
  CHECK(shown(slot_at(xnys(), "2026-11-27T18:00:00Z", 1h)) == "2026-11-27 780 half");
  // The same hour of the day whatever the clocks do.
  CHECK(slot_at(xnys(), "2026-03-06T14:00:00Z", 1h).minute == 540);
  CHECK(slot_at(xnys(), "2026-03-09T13:00:00Z", 1h).minute == 540);
  // Early in the morning UTC it is the evening before in New York.
  CHECK(shown(slot_at(xnys(), "2026-11-26T02:00:00Z", 1h)) == "2026-11-25 1260 full");
}

TEST_CASE("a day in UTC is the trading day whose session it holds") {
  CHECK(shown(slot_at(xnys(), "2026-11-25T00:00:00Z", kDay)) == "2026-11-25 -300 full open");
  CHECK(shown(slot_at(xnys(), "2026-11-27T00:00:00Z", kDay)) == "2026-11-27 -300 half open");
  CHECK(shown(slot_at(xnys(), "2026-11-28T00:00:00Z", kDay)) == "2026-11-28 -300 closed");
  CHECK(shown(slot_at(xnys(), "2026-07-06T00:00:00Z", kDay)) == "2026-07-06 -240 full open");
  CHECK(xnys().event_list(slot_at(xnys(), "2026-12-09T00:00:00Z", kDay).events, ";") ==
        "fomc_decision");
}

TEST_CASE("a slot longer than a day has the events of all its days") {
  // The week from 2026-12-14: quad_witching on the 18th. The month before: FOMC on the 9th too.
  CHECK(xnys().event_list(slot_at(xnys(), "2026-12-14T00:00:00Z", 7 * kDay).events, ";") ==
        "quad_witching");
  CHECK(xnys().event_list(slot_at(xnys(), "2026-12-01T00:00:00Z", 31 * kDay).events, ";") ==
        "quad_witching;fomc_decision");
}

TEST_CASE("a session across midnight belongs to the day it is named for") {
  const Calendar futures = made(kFutures);
  // Sunday 17:00 in Chicago is Monday's session, seven hours before Monday begins.
  CHECK(shown(slot_at(futures, "2026-11-22T22:00:00Z", 1h)) == "2026-11-22 960 closed");
  CHECK(shown(slot_at(futures, "2026-11-22T23:00:00Z", 1h)) == "2026-11-23 -420 full open");
  CHECK(shown(slot_at(futures, "2026-11-23T22:00:00Z", 1h)) == "2026-11-23 960 full");
  CHECK(shown(slot_at(futures, "2026-11-23T23:00:00Z", 1h)) == "2026-11-24 -420 full open");
  // No evening session before Christmas.
  CHECK(shown(slot_at(futures, "2026-12-24T23:30:00Z", 30min)) == "2026-12-24 1050 full");

  const Calendar night = made(kNight);
  CHECK(shown(slot_at(night, "2026-11-23T21:00:00Z", 1h)) == "2026-11-23 1320 full open");
  CHECK(shown(slot_at(night, "2026-11-24T03:00:00Z", 1h)) == "2026-11-23 1680 full open");
  CHECK(shown(slot_at(night, "2026-11-24T04:00:00Z", 1h)) == "2026-11-24 300 full");
  // Saturday's session ends on a Sunday that is closed.
  CHECK(shown(slot_at(night, "2026-11-29T03:00:00Z", 1h)) == "2026-11-28 1680 full open");
}

TEST_CASE("slots are what their description says, for any step, start and calendar") {
  struct World {
    Calendar calendar;
    TimeZone zone;
  };
  const std::string zones = std::string(HEADROOM_FIXTURES) + "/zoneinfo";
  const World worlds[] = {{xnys(), *TimeZone::load("America/New_York", zones)},
                          {made(kFutures), *TimeZone::load("America/Chicago", zones)},
                          {made(kNight), *TimeZone::load("Europe/Berlin", zones)}};
  const std::chrono::milliseconds steps[] = {1s,    30s, 5min, 15min,    1h,
                                             90min, 5h,  kDay, 7 * kDay, 30 * kDay};
  std::mt19937 random(20'261'125);
  for (const World& world : worlds) {
    for (const std::chrono::milliseconds step : steps) {
      const UnixMs start =
          at("2005-01-01T00:00:00Z") + static_cast<UnixMs>(random()) / 1000 * 250'000;
      const auto slots = world.calendar.slots(start, step, 300);
      REQUIRE(slots.size() == 300);
      for (std::size_t i = 0; i < slots.size(); ++i) {
        const UnixMs time = start + static_cast<UnixMs>(i) * step.count();
        CAPTURE(world.calendar.name(), step.count(), time, shown(slots[i]));
        REQUIRE(same(slots[i], by_hand(world.calendar, world.zone, time, step.count())));
      }
    }
  }
}

TEST_CASE("slots outside of all years are closed, and no number is too large") {
  CHECK(shown(slot_at(xnys(), "1969-12-31T15:00:00Z", 1h)) == "1969-12-31 600 closed");
  CHECK(shown(slot_at(xnys(), "2201-01-02T15:00:00Z", 1h)) == "2201-01-02 600 closed");
  CHECK(xnys().slots(0, 1h, 0).empty());
  for (const UnixMs start : {INT64_MIN, INT64_MIN / 2, UnixMs{0}, INT64_MAX / 2, INT64_MAX}) {
    for (const std::int64_t step : {INT64_MIN, std::int64_t{0}, std::int64_t{1}, INT64_MAX}) {
      const auto slots = xnys().slots(start, std::chrono::milliseconds(step), 3);
      REQUIRE(slots.size() == 3);
    }
  }
}
