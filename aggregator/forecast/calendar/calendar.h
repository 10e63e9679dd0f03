// A calendar: which days are open, when their sessions begin and end in UTC, and what else happens
// on them. Sessions are kept in the zone's local time, so that their UTC times move with daylight
// saving.
//
// Immutable; copies share their tables; any thread may ask. Making one works out every day of the
// years kFirstYear … kLastYear (milliseconds, about 1.5 MB); asking is cheap.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aggregator/forecast/calendar/civil_day.h"
#include "aggregator/forecast/calendar/slot.h"
#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/base/time_zone.h"

namespace headroom::forecast {

struct CalendarRules;

struct Session {
  UnixMs open = 0;
  UnixMs close = 0;  // the first moment that is closed again; > open
};

// One civil day of the calendar's zone. Points into the calendar, or a copy of it.
struct Day {
  CivilDay day = 0;
  DayType type = DayType::kClosed;
  std::uint16_t events = 0;  // bit i: event i of event_names()
  // Named for this day, ascending; they may begin on the evening before or end on the morning
  // after. Empty exactly on closed days.
  std::span<const Session> sessions;
  // Why it is closed, short or open out of turn: "Good Friday"; empty for ordinary days.
  std::string_view name;
};

class Calendar {
 public:
  static constexpr int kFirstYear = 1970;  // before it and after the last, every day is closed
  static constexpr int kLastYear = 2200;

  // Errors: kInvalidArgument where sessions overlap or are out of range, where a short day's time
  // lies outside of its sessions, or too many events or equal names; each says on which day.
  static Result<Calendar> make(CalendarRules rules);

  const std::string& name() const;
  const std::string& about() const;
  const TimeZone& zone() const;
  std::span<const std::string> event_names() const;  // kEvents at most
  std::string event_list(std::uint16_t events, std::string_view separator) const;

  // The days from … to, both included, of which those in kFirstYear … kLastYear are given.
  std::vector<Day> days(CivilDay from, CivilDay to) const;

  // What is known of `count` slots of a series, the first beginning at `start`. step > 0. Cost:
  // under 20 ns a slot for steps up to a day (calendar_bench), more with the sessions in longer
  // ones.
  std::vector<Slot> slots(UnixMs start, std::chrono::milliseconds step, std::size_t count) const;

 private:
  struct Tables;
  class Maker;
  explicit Calendar(std::shared_ptr<const Tables> tables) : tables_(std::move(tables)) {}

  std::shared_ptr<const Tables> tables_;
};

}  // namespace headroom::forecast
