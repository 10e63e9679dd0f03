// The POSIX TZ variable's rules for daylight saving, as they also stand at the end of TZif files
// (IEEE Std 1003.1, Base Definitions 8.3, with the hours −167 … 167 of RFC 8536, section 3.3.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/time_zone.h"

namespace headroom {

// When in a year a change happens.
struct PosixChange {
  enum class Kind { kMonthWeekDay, kJulian, kZeroBased };  // "M3.2.0", "J60", "59"
  Kind kind = Kind::kMonthWeekDay;
  int month = 1;    // 1 … 12
  int week = 1;     // 1 … 5, 5 is the last
  int weekday = 0;  // 0 is Sunday
  int day = 0;      // 1 … 365 without 29 February, or 0 … 365 with it
  std::int32_t time_s = 7200;
};

struct PosixZone {
  struct Saving {
    std::int32_t offset_s = 0;
    PosixChange begin;
    PosixChange end;
  };
  std::int32_t offset_s = 0;  // standard time, added to UTC
  std::optional<Saving> saving;
};

// kInvalidArgument where the text is no such rule; a zone with daylight saving must say when.
Result<PosixZone> parse_posix_zone(std::string_view text);

// Adds what changes in the years first … last, ascending by time; an offset may stand there twice
// running.
void append_changes(const PosixZone& zone, int first_year, int last_year,
                    std::vector<TimeZone::Span>& spans);

}  // namespace headroom
