// Calendars that a person writes: YAML files, described with examples in
// docs/forecasting/calendars.md.
//
// A key that is not known, stands twice or does not pass its check is refused; each problem names
// file and line, and all are reported together, up to kCalendarProblems.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "aggregator/forecast/calendar/calendar.h"
#include "aggregator/forecast/calendar/rules.h"
#include "common/base/result.h"
#include "common/base/time_zone.h"

namespace headroom::forecast {

inline constexpr std::size_t kCalendarFileBytes = 1u << 20;
inline constexpr std::size_t kCalendarValues = 50'000;  // in one file, aliases counted where used
inline constexpr std::size_t kCalendarProblems = 20;

using ZoneLoader = std::function<Result<TimeZone>(const std::string& name)>;

// `file` is the name for errors, which are kInvalidArgument.
Result<CalendarRules> parse_calendar(std::string_view yaml, const std::string& file,
                                     const ZoneLoader& zones);

// Reads and makes one; zones come from `zone_root`. Also the errors of read_file.
Result<Calendar> read_calendar_file(const std::string& path,
                                    const std::string& zone_root = kZoneInfo);

// Letters, digits, '.', '_' and '-', not first a '.'; at most 64.
bool is_calendar_name(std::string_view text);

// What has a '/' or ends in ".yaml" or ".yml" is the path of a file, anything else a name.
bool is_calendar_path(std::string_view text);

// A built-in calendar's name, or the path of a file.
// kNotFound for a name that no calendar has; the message lists those that are known.
Result<Calendar> open_calendar(const std::string& name_or_path,
                               const std::string& zone_root = kZoneInfo);

}  // namespace headroom::forecast
