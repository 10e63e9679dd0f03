// Values and times for people: scaled to a readable size, three significant digits, with the unit.
// What is exact stays in JSON and CSV. Units come in as UCUM codes, as series carry them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"

namespace headroom::cli {

// Shown where there is no value.
inline constexpr std::string_view kNothing = "–";

// How values of one unit are written: divided by `divisor`, followed by `suffix` ("GiB", "k/s",
// "%", may be empty).
struct Scale {
  double divisor = 1;
  std::string suffix;
  bool close = false;  // the suffix stands without a blank, as in "61.0/s"
};

// The scale for a value as large as this: By and By/s by 1024 (B, KiB, MiB, …), "1" as %, "{cpu}"
// as cores, s, ms, us and ns as the time unit that fits, "{anything}" and "{anything}/s" as a count
// with k, M, G; Hz, W, J and bit/s by 1000; any other unit stays behind the value as it is.
Scale scale_for(double value, std::string_view unit);

// "3.40 GiB", "12.3 k/s", "40.1 %"; kNothing for a NaN. An infinity is "∞".
std::string format_value(double value, std::string_view unit);
std::string format_value(std::optional<double> value, std::string_view unit);
// The value in a scale chosen for its neighbours, without the suffix.
std::string format_scaled(double value, const Scale& scale);

// Three significant digits where there is a fraction: "0", "7", "1.21", "61.5", "1250"; below 0.01
// one digit.
std::string format_number(double value);
// A count of things: exact below 10 000, then "36.0 k", "1.25 M".
std::string format_count(double value);
// A share of capacity with one decimal, so that a column lines up: "61.5 %".
std::string format_percent(double percent);
std::string format_bytes(double bytes);

// How long ago, seen from `now`: "just now", "3 s ago", "5 min ago", "2 h ago", "3 d ago", "in 4
// s".
std::string format_age(UnixMs time, UnixMs now);
// A length of time in its two largest parts: "12 s", "5 min 3 s", "3 d 4 h".
std::string format_span(std::int64_t ms);

// In UTC: "2026-11-22 05:54:29", and as in a calendar: "Mon 14:30" within six days of `now`, else
// "Mon 30 Nov 14:30"; a year is added where it is not the one of `now`.
std::string format_stamp(UnixMs time);
std::string format_calendar(UnixMs time, UnixMs now);
// The parts of it: "Mon 30 Nov" and "14:30".
std::string format_day(UnixMs time);
std::string format_clock(UnixMs time);

}  // namespace headroom::cli
