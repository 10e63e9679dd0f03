// What a calendar knows beforehand about one slot of a series, past or to come.
#pragma once

#include <cstddef>
#include <cstdint>

namespace headroom::forecast {

enum class DayType : std::uint8_t {
  kClosed = 0,  // weekends, holidays, ad-hoc closures
  kHalf = 1,    // shortened session: an early close or a late opening
  kFull = 2,
};
inline constexpr std::size_t kDayTypes = 3;

struct Slot {
  // The civil day in the calendar's zone, counted from 1970-01-01, whose session the slot has most
  // time in common with; without any, the day of the slot's middle. So a session across midnight
  // belongs whole to the day it is named for, and a day in UTC to the one it mostly is.
  std::int32_t day = 0;
  // Of the slot's start, from that day's local midnight, so that daylight saving moves nothing;
  // below 0 or from 1440 on in sessions that cross midnight and in slots longer than an hour.
  std::int16_t minute = 0;
  DayType type = DayType::kClosed;
  bool open = false;  // the slot and a session have time in common
  // Bit i: event i of Calendar::event_names() falls on that day, or for slots longer than a day on
  // one of their days.
  std::uint16_t events = 0;
};

}  // namespace headroom::forecast
