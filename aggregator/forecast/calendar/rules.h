// What makes a calendar: when it is open in an ordinary week, and what is otherwise on which days.
// Built-in calendars and files say the same things in this form; Calendar::make works it out.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "aggregator/forecast/calendar/civil_day.h"
#include "common/base/time_zone.h"

namespace headroom::forecast {

// From when to when a session lasts, in minutes from local midnight of the day it is named for;
// below 0 on the evening before, above 1440 on the morning after.
struct SessionMinutes {
  int open = 0;
  int close = 0;
  bool operator==(const SessionMinutes&) const = default;
};
inline constexpr int kMinuteLeast = -1440;
inline constexpr int kMinuteMost = 2 * 1440;
inline constexpr std::size_t kSessionsPerDay = 16;

struct WeeklyHours {
  CivilDay since = 0;
  std::array<std::vector<SessionMinutes>, 7> of_weekday;  // 0 is Sunday; ascending; empty: closed
};

struct Dates {
  std::vector<DayRule> rules;
  std::vector<CivilDay> days;
};

// Where a holiday is kept that falls on a day off.
enum class Observed : std::uint8_t {
  kAsItIs,
  kNearestWeekday,    // Saturday → Friday, Sunday → Monday
  kSundayToMonday,    // Saturday stays
  kNextFreeDay,       // the next day that is neither closed every week nor another holiday
  kSundayToNextFree,  // the same for Sundays only
};

struct Holiday {
  std::string name;
  Dates dates;
  Observed observed = Observed::kAsItIs;
};

// A session that closes early, opens late, or both. On closed days nothing happens.
struct ShortDay {
  static constexpr int kAsUsual = -1;
  std::string name;
  Dates dates;
  int open = kAsUsual;   // minute of the local day, 0 … 1439; on the neighbouring day where only
  int close = kAsUsual;  // there a session is
};

enum class IfClosed : std::uint8_t { kStay, kPreviousSession, kNextSession, kLeaveOut };

struct Event {
  std::string name;
  Dates dates;
  IfClosed if_closed = IfClosed::kStay;
};
inline constexpr std::size_t kEvents = 16;  // bits of Slot::events

struct CalendarRules {
  std::string name;
  std::string about;  // one line
  TimeZone zone;
  std::vector<WeeklyHours> hours;  // ascending by `since`
  std::vector<Holiday> holidays;
  std::vector<ShortDay> short_days;
  std::vector<Event> events;
};

}  // namespace headroom::forecast
