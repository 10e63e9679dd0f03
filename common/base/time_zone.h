// Civil time of a place: UTC to local and back. The zone's changes come from TZif files (RFC 8536,
// versions 1 to 4, as in /usr/share/zoneinfo) or from POSIX TZ rules, so that a program may bring
// the zones it cannot do without. Immutable; read from any thread.
//
// Seconds are Unix seconds without leap seconds. A local time is written as the seconds that would
// give this civil time in UTC.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace headroom {

inline constexpr const char* kZoneInfo = "/usr/share/zoneinfo";
inline constexpr std::size_t kZoneFileBytes = 1u << 20;
inline constexpr std::size_t kZoneChanges = 20'000;  // explicit ones in one file

class TimeZone {
 public:
  // One offset holds from `from_s` (UTC) to the next span's.
  struct Span {
    std::int64_t from_s = std::numeric_limits<std::int64_t>::min();
    std::int32_t offset_s = 0;  // added to UTC gives local time
  };
  // From this year on a POSIX TZ rule holds, such as "EST5EDT,M3.2.0,M11.1.0".
  struct Era {
    int from_year = 0;
    std::string_view rule;
  };

  TimeZone() = default;  // UTC
  // Eras ascending by year. Before the first, its standard time.
  static Result<TimeZone> from_eras(std::string name, std::span<const Era> eras);
  // Errors: kCorruption for bytes that are no TZif file; kUnsupported for zones that count leap
  // seconds.
  static Result<TimeZone> from_tzif(std::string name, std::string_view bytes);
  // "Europe/London" from the folder `root`; "UTC" needs no file. Errors: kInvalidArgument for what
  // cannot be a zone's name, kNotFound for one that is not there, and those of from_tzif.
  static Result<TimeZone> load(const std::string& name, const std::string& root = kZoneInfo);

  const std::string& name() const { return name_; }
  std::int32_t offset_at(std::int64_t utc_s) const;
  std::int64_t to_local(std::int64_t utc_s) const { return utc_s + offset_at(utc_s); }
  // Never goes back where the local time goes on: of a local time that is there twice, the first;
  // one that a change skips is the moment of the change.
  std::int64_t to_utc(std::int64_t local_s) const;
  // All changes up to the year 2400 at least, ascending; the first begins at the beginning of time.
  std::span<const Span> spans() const { return spans_; }

 private:
  TimeZone(std::string name, std::vector<Span> spans, bool recurs);

  std::string name_ = "UTC";
  std::vector<Span> spans_{Span{}};
  // A rule holds to the end of time: the Gregorian calendar repeats every 400 years, weekdays
  // included, and so does the end of spans_.
  bool recurs_ = false;
};

}  // namespace headroom
