// Durations, times, sizes and numbers as people write and read them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"

namespace headroom {

// "250ms", "15s", "5m", "2h", "7d", "3w", "5y" (of 365 days), also joined as "1h30m"; a bare "0".
// Never negative.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

// The shortest exact spelling that parse_duration reads back: 90000 ms → "1m30s".
std::string format_duration(std::chrono::milliseconds duration);

// RFC 3339 ("2026-11-22T05:54:29Z", with fraction or numeric offset) or Unix seconds ("1795326869",
// "1795326869.5").
Result<UnixMs> parse_time(std::string_view text);

// RFC 3339 in UTC; milliseconds only where they are not zero.
std::string format_time(UnixMs time);

// Whole text as a number; no blanks, no locale, no trailing characters. "nan" and "inf" are
// refused.
std::optional<double> parse_double(std::string_view text);
std::optional<std::int64_t> parse_int(std::string_view text);

// Shortest decimal text that reads back as the same double; "NaN", "Infinity", "-Infinity" for the
// others.
std::string format_double(double value);

std::vector<std::string_view> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);
std::string join(const std::vector<std::string>& parts, std::string_view separator);

// The candidate that a mistyped `word` most likely meant, if one is close (edit distance at most 2
// or a third of it).
std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates);

}  // namespace headroom
